/** What a motion may do, per joint in the robot's order; rad (m for a sliding joint) and seconds. */
export interface MotionLimits {
  /** Smallest position; −Infinity for a joint without one. */
  readonly min: ArrayLike<number>;
  /** Largest position; Infinity for a joint without one. */
  readonly max: ArrayLike<number>;
  /** Largest speed, above 0. */
  readonly velocity: ArrayLike<number>;
  /** Largest acceleration, above 0. */
  readonly acceleration: ArrayLike<number>;
  /** Largest jerk, above 0. */
  readonly jerk: ArrayLike<number>;
}

/** `braking-distance`: the joint approaches a position limit faster than it could comfortably stop before it. */
export type LimitKind = 'position' | 'velocity' | 'acceleration' | 'jerk' | 'braking-distance';

/** Where a motion leaves its limits. */
export interface LimitViolation {
  readonly kind: LimitKind;
  readonly joint: number;
  /** Index of the first of the two points between which it happens. */
  readonly segment: number;
  /** What the motion does there: a position, or a magnitude; Infinity when it is no finite number. */
  readonly value: number;
  /** What is allowed there. */
  readonly limit: number;
}

/** {@link MotionLimits} as the inner loops read them. */
export interface PackedLimits {
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly velocity: Float64Array;
  readonly acceleration: Float64Array;
  readonly jerk: Float64Array;
}

export function packLimits({ min, max, velocity, acceleration, jerk }: MotionLimits): PackedLimits {
  return {
    min: new Float64Array(min),
    max: new Float64Array(max),
    velocity: new Float64Array(velocity),
    acceleration: new Float64Array(acceleration),
    jerk: new Float64Array(jerk),
  };
}
