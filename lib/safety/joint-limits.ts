import { VLAError } from '../errors.js';
import type { MotionLimits } from '../trajectory/motion-limits.js';

/** Largest acceleration of a joint whose limits name none, rad/s². */
export const DEFAULT_ACCELERATION = 1;
/** Largest jerk of a joint whose limits name none, rad/s³. */
export const DEFAULT_JERK = 10;
/** Share of the limits that planned motion uses. */
const DEFAULT_FACTOR = 0.5;

/** The limits of one joint. For a sliding joint read m for rad. */
export interface JointLimits {
  /** The robot's name of the joint. */
  readonly name: string;
  /** Smallest angle, rad; −Infinity, together with {@link max} = Infinity, for a joint that turns without end. */
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
 * @throws VLAError INVALID_ARGUMENT unless there is one entry per joint, in the robot's order, with min < max, both
 *   finite or both infinite, and with velocity, and acceleration and jerk where given, finite and above 0 (0 … 0 and
 *   0 rad/s are what parsers write for a limit that is missing)
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
    const { name, min = Number.NaN, max = Number.NaN, velocity = Number.NaN, acceleration, jerk } = given;
    if (name !== jointName)
      throw new VLAError('INVALID_ARGUMENT', `limits[${joint}] must be for ${jointName}, got ${name}`, {
        hint: 'List the limits under the names of the robot, in the order of robot.jointNames.',
      });
    const unbounded = min === Number.NEGATIVE_INFINITY && max === Number.POSITIVE_INFINITY;
    if (!unbounded && !(Number.isFinite(min) && Number.isFinite(max) && min < max))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `${name}: limits need finite min < max, or -Infinity and Infinity for a joint that turns without end, got [${min}, ${max}]`,
        { hint: FROM_DATASHEET },
      );
    checkRate(name, 'velocity', velocity);
    if (acceleration !== undefined) checkRate(name, 'acceleration', acceleration);
    if (jerk !== undefined) checkRate(name, 'jerk', jerk);
    return {
      name,
      min,
      max,
      velocity,
      ...(acceleration !== undefined && { acceleration }),
      ...(jerk !== undefined && { jerk }),
    };
  });
}

function checkRate(name: string, quantity: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new VLAError('INVALID_ARGUMENT', `${name}: the ${quantity} limit must be above 0, got ${value}`, {
    hint: FROM_DATASHEET,
  });
}

/**
 * The limits that planned motion keeps: whole ranges, and `factor` of velocity, acceleration and jerk, where
 * {@link DEFAULT_ACCELERATION} and {@link DEFAULT_JERK} stand for those that are missing.
 *
 * @param limits as {@link checkedJointLimits} gives them
 * @param factor above 0 and at most 1; 0.5 by default
 * @throws VLAError INVALID_ARGUMENT
 */
export function motionLimits(limits: readonly JointLimits[], factor = DEFAULT_FACTOR): MotionLimits {
  if (!(factor > 0 && factor <= 1))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `the share of the limits must be above 0 and at most 1, got ${factor}`,
      { hint: 'Use 0.5 for planned motion and 1 for braking.' },
    );
  return {
    min: limits.map(({ min }) => min),
    max: limits.map(({ max }) => max),
    velocity: limits.map(({ velocity }) => velocity * factor),
    acceleration: limits.map(({ acceleration = DEFAULT_ACCELERATION }) => acceleration * factor),
    jerk: limits.map(({ jerk = DEFAULT_JERK }) => jerk * factor),
  };
}
