import type { Clearances, Clock, CollisionChecker, GuardOptions, JointLimits, Kinematics } from 'jetson-vla';
import { MujocoCollisionModel } from 'jetson-vla/mujoco';
import { mujoco } from './mujoco.js';
import { JOINT_NAMES, type PickWorld } from './pick-world.js';
import type { Vec3 } from './vector.js';

/** What the arm's drives can do: rad/s, rad/s², rad/s³. The guards use half of it. */
const DRIVE = { velocity: 3.2, acceleration: 40, jerk: 4000 };

/** Position limits from the world's model, the others of the arm's drives. */
export function armLimits(world: PickWorld): JointLimits[] {
  const ranges = world.jointRanges();
  return JOINT_NAMES.map((name, joint) => {
    const [min, max] = ranges[joint] ?? [0, 0];
    return { name, min, max, ...DRIVE };
  });
}

const ALLOWED = [
  // Fingers are made to touch blocks.
  ['*_pad', 'block*'],
  ['*_finger', 'block*'],
  // Always 6 cm apart. Whatever is farther away than the nearest pair is not seen.
  ['shoulder', 'table'],
] as const;

/** What the guards allow in this world. */
export const GUARDS: GuardOptions = {
  // Blocks lie on the table, and the pads that close around them come within 7 mm of it.
  environmentMargin: 0.002,
  workspace: { min: [-0.3, -0.7, 0], max: [0.9, 0.7, 1.2] },
  // Nobody stands beside a simulation.
  maxTcpSpeed: 0.6,
  // Rendered images have no noise: the same view is the same image.
  maxIdenticalFrames: false,
  // Simulated time stands still while the checker computes, however busy the machine is.
  collisionBudgetMs: 10_000,
};

/** Collision checker and kinematics of the simulated arm, with everything else where it is now. */
export class WorldCollisionChecker implements CollisionChecker, Kinematics, Disposable {
  readonly sceneStamp?: () => number;
  readonly #world: PickWorld;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #model: MujocoCollisionModel;

  /** @param clock of the robot, for the stamps of obstacles */
  constructor(world: PickWorld, clock: Pick<Clock, 'now'>) {
    this.#world = world;
    this.#clock = clock;
    this.#model = MujocoCollisionModel.fromModel(mujoco, world.model, {
      jointNames: JOINT_NAMES,
      points: ['tcp', 'forearm', 'wrist'],
      allowed: ALLOWED,
    });
    // Blocks rest until the arm moves them; an obstacle comes by itself.
    if (world.model.nmocap > 0) this.sceneStamp = () => clock.now();
  }

  get reach(): readonly number[] {
    return this.#model.reach;
  }

  get pointNames(): readonly string[] {
    return this.#model.pointNames;
  }

  /** The fingers are taken as they are: the gripper moves only once the arm has arrived. */
  clearances(joints: readonly number[]): Clearances {
    this.#model.copyObstacles(this.#world.data, this.#clock.now());
    return this.#model.clearances(joints, undefined);
  }

  points(joints: readonly number[]): readonly Vec3[] {
    return this.#model.points(joints);
  }

  dispose(): void {
    this.#model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
