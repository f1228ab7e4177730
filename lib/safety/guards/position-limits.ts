import type { JointLimits } from '../joint-limits.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import { clampToLimits } from './clamp-to-limits.js';
import { measures } from './measures.js';

export interface LimitedPositions {
  /**
   * The waypoints that may be used, all inside the limits: the given array itself when nothing had to change, and the
   * given waypoint wherever it was inside.
   */
  readonly waypoints: readonly (readonly number[])[];
  readonly reasons: readonly SafetyReason[];
}

/**
 * Keeps waypoints inside the position limits. Limiting twice changes nothing.
 *
 * Kinds, rad: `clamped`, modify: a target at most positionMargin outside is moved to the limit, which is rounding or a
 * policy that leans on a stop; `out-of-limits`, truncate: a target farther outside, or one that is not finite, means
 * something else than the limit, so the chunk ends before that waypoint; reject when that is the first one. One
 * `out-of-limits` at most, for the joint that is farthest outside.
 *
 * @param waypoints targets of every joint in the robot's order, rad
 */
export function limitPositions(
  waypoints: readonly (readonly number[])[],
  {
    limits,
    positionMargin,
  }: Pick<SafetyConfig, 'positionMargin'> & { readonly limits: readonly JointLimits[] },
): LimitedPositions {
  const reasons: SafetyReason[] = [];
  const limited: (readonly number[])[] = [];
  for (const [index, joints] of waypoints.entries()) {
    const outside = farthestOutside(joints, limits, positionMargin);
    if (outside !== undefined) {
      reasons.push(outOfLimits(index, outside, positionMargin));
      return { waypoints: limited, reasons };
    }
    const clamped = clampToLimits(joints, limits, index);
    limited.push(clamped.joints);
    reasons.push(...clamped.reasons);
  }
  return { waypoints: reasons.length > 0 ? limited : waypoints, reasons };
}

interface OutsideTarget {
  readonly range: JointLimits;
  readonly value: number;
}

/** The joint farthest outside limits and margin; a value that is missing or not finite is farther than any other. */
function farthestOutside(
  joints: readonly number[],
  limits: readonly JointLimits[],
  margin: number,
): OutsideTarget | undefined {
  let farthest: OutsideTarget | undefined;
  let farthestExcess = 0;
  for (const [joint, range] of limits.entries()) {
    const value = joints[joint] ?? Number.NaN;
    if (!Number.isFinite(value)) return { range, value };
    // Compared with limit and margin added up, so that a target written as their sum is exactly at the edge.
    if (value >= range.min - margin && value <= range.max + margin) continue;
    const excess = Math.max(range.min - value, value - range.max);
    // Negated, so that a limit that is NaN lets nothing through.
    if (!(excess <= farthestExcess)) {
      farthest = { range, value };
      farthestExcess = excess;
    }
  }
  return farthest;
}

function outOfLimits(waypoint: number, { range, value }: OutsideTarget, margin: number): SafetyReason {
  const { name, min, max } = range;
  return {
    guard: 'position-limits',
    outcome: waypoint === 0 ? 'reject' : 'truncate',
    kind: 'out-of-limits',
    message: `waypoint ${waypoint}, ${name}: expected [${min}, ${max}] rad, at most ${margin} rad outside, got ${value} rad`,
    waypoint,
    joint: name,
    ...measures(value, value < min ? min : max),
  };
}
