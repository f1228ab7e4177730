import { VLAError } from '../errors.js';
import type { TimeStretched } from '../robot/execution-outcome.js';
import type { JointLimits } from './joint-limits.js';

export interface StretchedTime {
  /** Seconds that the motion takes: at least the planned ones. */
  readonly durationS: number;
  /** Holds one entry when the time was stretched, none otherwise. */
  readonly adjustments: readonly TimeStretched[];
}

/**
 * The time of a motion in which no joint is faster on average than its limit: max(planned, maxᵢ |Δqᵢ| / vᵢ). All
 * joints get the same time, so the path between the two positions stays the one the policy meant.
 *
 * It bounds the *average* speed. A controller that starts and ends the motion at rest peaks above that (a cubic
 * profile at 1.5 times, a minimum-jerk one at 1.875 times), so give limits with that much room.
 *
 * @param from rad, where the motion starts
 * @param to rad, where it ends
 * @param plannedS seconds, above 0
 * @throws VLAError CHUNK_INVALID when the distance is so large, or the limit so small, that no finite time is enough
 */
export function stretchToVelocity(
  from: readonly number[],
  to: readonly number[],
  plannedS: number,
  limits: readonly JointLimits[],
  waypoint: number,
): StretchedTime {
  let durationS = plannedS;
  let stretched: TimeStretched | undefined;
  for (const [joint, { name, velocity }] of limits.entries()) {
    const distance = Math.abs((to[joint] ?? Number.NaN) - (from[joint] ?? Number.NaN));
    const neededS = distance / velocity;
    if (!Number.isFinite(neededS))
      throw new VLAError(
        'CHUNK_INVALID',
        `waypoint ${waypoint}, ${name}: no finite time leads from ${from[joint]} to ${to[joint]} at ${velocity} rad/s`,
      );
    if (neededS <= durationS) continue;
    durationS = neededS;
    stretched = {
      kind: 'time_stretched',
      waypoint,
      joint,
      jointName: name,
      value: distance / plannedS,
      limit: velocity,
      plannedS,
      stretchedS: neededS,
    };
  }
  return { durationS, adjustments: stretched ? [stretched] : [] };
}
