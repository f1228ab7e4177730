import type { JointLimits } from 'jetson-vla';
import { PickWorld, type PickWorldOptions } from './pick-world.js';
import { armLimits, WorldCollisionChecker } from './safety.js';
import type { Scene } from './scene.js';
import { SimRobot, type SimRobotOptions } from './sim-robot.js';

export interface StageOptions extends SimRobotOptions, PickWorldOptions {
  /** Receives the safety executor's warnings; by default they are dropped. */
  readonly onWarning?: (text: string) => void;
}

/** World, robot, limits and collision checker, made and disposed of together. */
export class SimStage implements Disposable {
  readonly world: PickWorld;
  readonly collision: WorldCollisionChecker;
  readonly limits: readonly JointLimits[];
  readonly onWarning: (text: string) => void;
  readonly #options: StageOptions;
  #robot: SimRobot;

  constructor(options: StageOptions = {}) {
    this.#options = options;
    this.world = new PickWorld(options);
    this.#robot = new SimRobot(this.world, options);
    // Each episode's robot has a clock of its own.
    this.collision = new WorldCollisionChecker(this.world, { now: () => this.#robot.clock.now() });
    this.limits = armLimits(this.world);
    this.onWarning = options.onWarning ?? (() => {});
  }

  /** The robot since the last {@link reset}. */
  get robot(): SimRobot {
    return this.#robot;
  }

  /**
   * A new episode, which has nothing of those before it: the world in the initial state of `scene`, and a new robot
   * without faults, whose clock starts at 0.
   */
  reset(scene: Scene): void {
    this.world.reset(scene);
    this.#robot.dispose();
    this.#robot = new SimRobot(this.world, this.#options);
  }

  [Symbol.dispose](): void {
    this.collision.dispose();
    this.#robot.dispose();
    this.world.dispose();
  }
}
