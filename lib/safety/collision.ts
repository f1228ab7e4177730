import { VLAError } from '../errors.js';

/** Two bodies that would touch. */
export interface Collision {
  readonly a: string;
  readonly b: string;
  /** How deep one would be inside the other, m. */
  readonly depth: number;
}

/** Predicts contacts, for example with a simulated copy of the robot and its surroundings. */
export interface CollisionChecker {
  /**
   * The unwanted contacts with the robot at `joints` and the gripper as given; none when the pose is free.
   *
   * @param joints rad, in the robot's order
   * @param gripper 0 = open, 1 = closed; undefined when the policy has no gripper
   */
  check(
    joints: readonly number[],
    gripper: number | undefined,
  ): readonly Collision[] | Promise<readonly Collision[]>;
}

/**
 * Asks the checker about one pose.
 *
 * @throws VLAError COLLISION_CHECK_FAILED when it throws or does not return a list
 */
export async function predictCollisions(
  checker: CollisionChecker,
  joints: readonly number[],
  gripper: number | undefined,
): Promise<readonly Collision[]> {
  let collisions: readonly Collision[];
  try {
    // A copy, so that a checker that works in place cannot change what is sent.
    collisions = await checker.check([...joints], gripper);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError('COLLISION_CHECK_FAILED', `the collision checker failed: ${text}`, { cause });
  }
  if (!Array.isArray(collisions))
    throw new VLAError(
      'COLLISION_CHECK_FAILED',
      `the collision checker must return a list of collisions, got ${typeof collisions}`,
    );
  return collisions;
}

/**
 * Stops at the first predicted collision.
 *
 * @throws VLAError COLLISION_PREDICTED naming the deepest of them
 */
export function refuseCollisions(collisions: readonly Collision[], waypoint: number): void {
  const [deepest, ...others] = collisions.toSorted((one, other) => other.depth - one.depth);
  if (deepest === undefined) return;
  const more = others.length > 0 ? `, and ${others.length} more` : '';
  throw new VLAError(
    'COLLISION_PREDICTED',
    `waypoint ${waypoint} would bring ${deepest.a} into ${deepest.b} by ${(deepest.depth * 1000).toFixed(1)} mm${more}`,
    { hint: 'Clear the way or move the arm back, then infer again from a new frame.' },
  );
}
