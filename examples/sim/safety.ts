import type { MjData } from '@mujoco/mujoco';
import type { Collision, CollisionChecker, JointLimits } from 'jetson-vla';
import { mujoco } from './mujoco.js';
import { JOINT_NAMES, type PickWorld } from './pick-world.js';

/** The arm's speed limit: half as fast again as the expert ever moves, rad/s. */
const JOINT_SPEED = 1.6;

/** Position limits from the world's model, velocity limits of the arm. */
export function armLimits(world: PickWorld): JointLimits[] {
  const ranges = world.jointRanges();
  return JOINT_NAMES.map((name, joint) => {
    const [min, max] = ranges[joint] ?? [0, 0];
    return { name, min, max, velocity: JOINT_SPEED };
  });
}

const isBlock = (geom: string): boolean => geom.startsWith('block');
/** Fingers are made to touch blocks, and blocks stand on the table and lean on each other. */
const isWanted = (geom: string): boolean => /_pad$|_finger$|^table$/.test(geom) || isBlock(geom);

/**
 * Predicts collisions of the simulated arm: a second MuJoCo state takes the pose that a waypoint asks for, with
 * the blocks where they are now, and MuJoCo finds what would overlap.
 */
export class WorldCollisionChecker implements CollisionChecker, Disposable {
  readonly #world: PickWorld;
  readonly #predicted: MjData;

  constructor(world: PickWorld) {
    this.#world = world;
    this.#predicted = new mujoco.MjData(world.model);
  }

  /** The fingers are taken as they are: the gripper moves only once the arm has arrived. */
  check(joints: readonly number[]): Collision[] {
    return this.#world
      .contactsAt(this.#predicted, joints)
      .filter(({ a, b, distance }) => {
        const touchesBlock = isBlock(a) || isBlock(b);
        return distance < 0 && !(touchesBlock && isWanted(a) && isWanted(b));
      })
      .map(({ a, b, distance }) => ({ a, b, depth: -distance }));
  }

  dispose(): void {
    this.#predicted.delete();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
