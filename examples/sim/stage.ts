import type { JointLimits } from 'jetson-vla';
import { PickWorld, type PickWorldOptions } from './pick-world.js';
import { armLimits, WorldCollisionChecker } from './safety.js';
import { SimRobot, type SimRobotOptions } from './sim-robot.js';

export interface StageOptions extends SimRobotOptions, PickWorldOptions {
  /** Receives the safety executor's warnings; by default they are dropped. */
  readonly onWarning?: (text: string) => void;
}

/** World, robot, limits and collision checker, made and disposed of together. */
export class SimStage implements Disposable {
  readonly world: PickWorld;
  readonly robot: SimRobot;
  readonly collision: WorldCollisionChecker;
  readonly limits: readonly JointLimits[];
  readonly onWarning: (text: string) => void;

  constructor(options: StageOptions = {}) {
    this.world = new PickWorld(options);
    this.robot = new SimRobot(this.world, options);
    this.collision = new WorldCollisionChecker(this.world);
    this.limits = armLimits(this.world);
    this.onWarning = options.onWarning ?? (() => {});
  }

  [Symbol.dispose](): void {
    this.collision.dispose();
    this.robot.dispose();
    this.world.dispose();
  }
}
