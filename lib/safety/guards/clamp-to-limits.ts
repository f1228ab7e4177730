import { VLAError } from '../../errors.js';
import type { JointLimits } from '../joint-limits.js';
import type { SafetyReason } from '../verdict.js';

export interface ClampedJoints {
  /** Joint targets inside the limits, rad: the given array itself when all of them were. */
  readonly joints: readonly number[];
  /** Kind `clamped`, modify, rad: one per joint that was moved. */
  readonly reasons: readonly SafetyReason[];
}

/**
 * Moves each joint target that is outside its limits to the nearest limit, however far that is. Clamping twice changes
 * nothing.
 *
 * @param waypoint index of the waypoint in its chunk
 * @throws VLAError INVALID_ARGUMENT unless there is one finite target per joint: NaN has no nearest limit
 */
export function clampToLimits(
  joints: readonly number[],
  limits: readonly JointLimits[],
  waypoint: number,
): ClampedJoints {
  if (joints.length !== limits.length || !joints.every(Number.isFinite))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `waypoint ${waypoint}: expected ${limits.length} finite joint angles, got [${joints.join(', ')}]`,
    );
  const reasons: SafetyReason[] = [];
  const clamped = limits.map(({ name, min, max }, joint) => {
    const value = joints[joint] as number;
    if (value >= min && value <= max) return value;
    const limit = value < min ? min : max;
    reasons.push({
      guard: 'position-limits',
      outcome: 'modify',
      kind: 'clamped',
      message: `Joint ${joint} angle ${value} exceeds limits [${min}, ${max}] (${name}). Clamping to ${limit}.`,
      waypoint,
      joint: name,
      value,
      limit,
    });
    return limit;
  });
  return { joints: reasons.length > 0 ? clamped : joints, reasons };
}
