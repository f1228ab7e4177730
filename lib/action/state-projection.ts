import type { Waypoint } from './action-chunk.js';

/**
 * Which joint state a policy is shown. `measured`: the newest measured one. `projected`: the one at which its chunk
 * is expected to start, so that a policy trained without delay begins where the robot will be (VLASH).
 */
export type StateMode = 'measured' | 'projected';

/** Whether the policy's own actions are joint targets or steps that add up. */
export type ActionReference = 'absolute' | 'delta';

export interface ProjectionInput {
  readonly actions: ActionReference;
  /** Measured joints, rad. */
  readonly measured: readonly number[];
  /** Commanded joints now and when the chunk is expected to start; undefined before the first motion. */
  readonly commandedNow: readonly number[] | undefined;
  readonly commandedThen: readonly number[] | undefined;
}

/**
 * The joints at the instant that the next chunk is expected to start. For absolute actions that is the last action
 * that will have been executed by then. For deltas it is the measured state plus the deltas until then, whose sum is
 * how far the commanded joints move meanwhile. A robot that has not moved yet stays where it is.
 */
export function projectJoints({
  actions,
  measured,
  commandedNow,
  commandedThen,
}: ProjectionInput): readonly number[] {
  if (commandedNow === undefined || commandedThen === undefined) return measured;
  if (actions === 'absolute') return commandedThen;
  return measured.map(
    (value, joint) => value + ((commandedThen[joint] as number) - (commandedNow[joint] as number)),
  );
}

/**
 * The gripper command in force at `progress`: never a sum, since a gripper's values do not add up.
 *
 * @param waypoints one unit of progress apart, the first due at `first`
 * @param before the command in force before the first of them
 */
export function projectGripper(
  waypoints: readonly Waypoint[],
  first: number,
  progress: number,
  before: number | undefined,
): number | undefined {
  const reached = Math.min(Math.floor(progress - first), waypoints.length - 1);
  return reached >= 0 ? waypoints[reached]?.gripper : before;
}
