import type { TrajectoryPoint } from './joint-trajectory.js';
import { Knots } from './knots.js';
import { LimitCheck } from './limit-check.js';
import { type LimitViolation, type MotionLimits, packLimits } from './motion-limits.js';
import { ACCELERATION, JERK, POSITION, QuinticSegment, VELOCITY } from './quintic-segment.js';

export type { LimitViolation, MotionLimits } from './motion-limits.js';

/** Smallest and largest value of each joint over a whole trajectory. */
export interface Range {
  readonly min: readonly number[];
  readonly max: readonly number[];
}

/** rad, rad/s, rad/s², rad/s³ */
export interface CurveBounds {
  readonly position: Range;
  readonly velocity: Range;
  readonly acceleration: Range;
  readonly jerk: Range;
}

/** The exact extrema of the curve between the points, joint by joint; of the point itself when there is only one. */
export function curveBounds(points: readonly TrajectoryPoint[]): CurveBounds {
  const knots = Knots.of(points);
  return {
    position: range(knots, POSITION),
    velocity: range(knots, VELOCITY),
    acceleration: range(knots, ACCELERATION),
    jerk: range(knots, JERK),
  };
}

/**
 * The worst place where the exact curve between the points leaves the limits by more than a billionth, or undefined.
 * A joint whose first point is outside its position limits may come back, but not go further out.
 *
 * Near a position limit the speed towards it may be at most √(k · distance), with k the limit of the acceleration:
 * libfranka's position-dependent velocity limit min(vmax, max(0, −c + √(k · (qmax − q)))) with c = 0.
 */
export function findViolation(
  points: readonly TrajectoryPoint[],
  limits: MotionLimits,
): LimitViolation | undefined {
  const check = new LimitCheck(packLimits(limits));
  // A single point is at rest: as a segment without length it would have no derivatives.
  const last = points[points.length - 1];
  check.run(Knots.of(points.length === 1 && last ? [last, { ...last, timeS: last.timeS + 1 }] : points));
  return check.violation;
}

function range({ count, joints, times, positions, velocities, accelerations }: Knots, order: number): Range {
  const min = new Array<number>(joints).fill(Number.POSITIVE_INFINITY);
  const max = new Array<number>(joints).fill(Number.NEGATIVE_INFINITY);
  const segment = new QuinticSegment();
  for (let index = 0; index < Math.max(1, count - 1); index++) {
    const next = Math.min(index + 1, count - 1);
    const h = count > 1 ? (times[next] as number) - (times[index] as number) : 1;
    for (let joint = 0; joint < joints; joint++) {
      const from = index * joints + joint;
      const to = next * joints + joint;
      segment.load(
        positions[from] as number,
        (velocities[from] as number) * h,
        (accelerations[from] as number) * h * h,
        positions[to] as number,
        (velocities[to] as number) * h,
        (accelerations[to] as number) * h * h,
      );
      min[joint] = Math.min(min[joint] as number, segment.min(order) / h ** order);
      max[joint] = Math.max(max[joint] as number, segment.max(order) / h ** order);
    }
  }
  return { min, max };
}
