import { VLAError } from '../errors.js';
import type { PositionClamped } from '../robot/execution-outcome.js';

/** The range of one joint. For a sliding joint read m for rad and m/s for rad/s. */
export interface JointLimits {
  /** The robot's name of the joint. */
  readonly name: string;
  /** Smallest angle, rad. */
  readonly min: number;
  /** Largest angle, rad; above {@link min}. */
  readonly max: number;
  /** Largest speed, rad/s; above 0. */
  readonly velocity: number;
  /** Largest acceleration, rad/s²; above 0. Default 1. */
  readonly acceleration?: number;
  /** Largest jerk, rad/s³; above 0. Default 10. */
  readonly jerk?: number;
}

const FROM_DATASHEET =
  'Take min, max (rad) and velocity (rad/s) of every joint from the data sheet or the URDF.';

/**
 * A copy of the limits that later writes cannot reach.
 *
 * @throws VLAError INVALID_ARGUMENT unless there is one entry per joint, in the robot's order, finite, with
 *   min < max and velocity > 0 (0 … 0 and 0 rad/s are what parsers write for a limit that is missing)
 */
export function checkedJointLimits(
  limits: readonly JointLimits[],
  jointNames: readonly string[],
): readonly JointLimits[] {
  if (!Array.isArray(limits) || limits.length !== jointNames.length)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `limits need one entry for each of the ${jointNames.length} joints (${jointNames.join(', ')}), got ${Array.isArray(limits) ? limits.length : typeof limits}`,
      { hint: FROM_DATASHEET },
    );
  return jointNames.map((jointName, joint) => {
    const given: Partial<JointLimits> = limits[joint] ?? {};
    const { name, min = Number.NaN, max = Number.NaN, velocity = Number.NaN } = given;
    if (name !== jointName)
      throw new VLAError('INVALID_ARGUMENT', `limits[${joint}] must be for ${jointName}, got ${name}`, {
        hint: 'List the limits under the names of the robot, in the order of robot.jointNames.',
      });
    if (!(Number.isFinite(min) && Number.isFinite(max) && min < max))
      throw new VLAError('INVALID_ARGUMENT', `${name}: limits need finite min < max, got [${min}, ${max}]`, {
        hint: FROM_DATASHEET,
      });
    if (!(Number.isFinite(velocity) && velocity > 0))
      throw new VLAError('INVALID_ARGUMENT', `${name}: the velocity limit must be above 0, got ${velocity}`, {
        hint: FROM_DATASHEET,
      });
    return { name, min, max, velocity };
  });
}

export interface ClampedJoints {
  /** Joint targets inside the limits, rad: the given array itself when all of them were. */
  readonly joints: readonly number[];
  readonly adjustments: readonly PositionClamped[];
}

/** Moves each joint target that is outside its limits to the nearest limit. Clamping twice changes nothing. */
export function clampToLimits(
  joints: readonly number[],
  limits: readonly JointLimits[],
  waypoint: number,
): ClampedJoints {
  const adjustments: PositionClamped[] = [];
  const clamped = joints.map((value, joint) => {
    const range = limits[joint];
    if (range === undefined || (value >= range.min && value <= range.max)) return value;
    const limit = value < range.min ? range.min : range.max;
    adjustments.push({ kind: 'position_clamped', waypoint, joint, jointName: range.name, value, limit });
    return limit;
  });
  return { joints: adjustments.length > 0 ? clamped : joints, adjustments };
}

/** The warning text of a clamped joint. */
export function clampWarning(
  { joint, jointName, value, limit }: PositionClamped,
  limits: readonly JointLimits[],
): string {
  const range = limits[joint];
  return `Joint ${joint} angle ${value} exceeds limits [${range?.min}, ${range?.max}] (${jointName}). Clamping to ${limit}.`;
}
