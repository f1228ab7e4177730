import { VLAError } from '../../errors.js';
import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../trajectory/sample-trajectory.js';
import type { Kinematics } from './collision-checker.js';
import { CurveMotion } from './curve-motion.js';

export interface TcpSpeedOptions {
  /** How much the result may overstate the true maximum, m/s. Default 0.005. It never understates. */
  readonly tolerance?: number;
  /** Stops refining once the speed is known to stay at or below this, m/s. Default 0: always refine. */
  readonly enough?: number;
  /** Most evaluations of the kinematics; the bound is looser, and still one, when they run out. Default 600. */
  readonly maxEvaluations?: number;
}

export interface TcpSpeed {
  /** Upper bound of the largest speed along the curve, m/s. Overstates by the tolerance at most if `tight`. */
  readonly speed: number;
  /** Seconds from the start of the curve: the interval's middle where the bound was reached. */
  readonly timeS: number;
  /** Whether the tolerance, or `enough`, was reached within the evaluations allowed. */
  readonly tight: boolean;
}

interface Interval {
  readonly startS: number;
  readonly endS: number;
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** |mean velocity|: a speed that is reached in here. */
  readonly mean: number;
  readonly bound: number;
}

/**
 * The largest speed of the first point (the tool centre point) along a curve. On an interval of length δ no velocity
 * differs from the mean one by more than A·δ/2, A a bound of the point's acceleration, so the largest |mean| + A·δ/2 is
 * an upper bound; the interval that holds it is halved until it exceeds the largest |mean| by the tolerance at most.
 *
 * A = Σᵢ reachᵢ·|q̈ᵢ| + Σᵢ Σⱼ max(reachᵢ, reachⱼ)·|q̇ᵢ|·|q̇ⱼ|: the second derivative of a point with respect to joints
 * i and j is a cross product of unit axes and the arm of the outer one.
 *
 * @throws VLAError INVALID_ARGUMENT, INVALID_OUTPUT when the kinematics gives no finite point
 */
export function tcpSpeed(
  points: readonly TrajectoryPoint[],
  kinematics: Kinematics,
  { tolerance = 0.005, enough = 0, maxEvaluations = 600 }: TcpSpeedOptions = {},
): TcpSpeed {
  if (!(tolerance > 0))
    throw new VLAError('INVALID_ARGUMENT', `tolerance must be above 0 m/s, got ${tolerance}`);
  const motion = new CurveMotion(points);
  let evaluations = 0;
  const at = (timeS: number): readonly number[] => {
    evaluations++;
    const point = kinematics.points(sampleTrajectory(points, timeS).positions)[0];
    if (point === undefined || !point.every(Number.isFinite))
      throw new VLAError(
        'INVALID_OUTPUT',
        `expected a finite tool centre point from the kinematics at ${timeS} s, got ${JSON.stringify(point)}`,
      );
    return point;
  };
  const interval = (
    startS: number,
    endS: number,
    from: readonly number[],
    to: readonly number[],
  ): Interval => {
    const mean = distance(from, to) / (endS - startS);
    const spread = (accelerationBound(motion, startS, endS, kinematics.reach) * (endS - startS)) / 2;
    return { startS, endS, from, to, mean, bound: mean + spread };
  };

  const intervals: Interval[] = [];
  let previous = points[0] === undefined ? [] : at(points[0].timeS);
  for (let index = 1; index < points.length; index++) {
    const startS = (points[index - 1] as TrajectoryPoint).timeS;
    const endS = (points[index] as TrajectoryPoint).timeS;
    const next = at(endS);
    intervals.push(interval(startS, endS, previous, next));
    previous = next;
  }
  if (intervals.length === 0) return { speed: 0, timeS: 0, tight: true };

  let reached = Math.max(...intervals.map((each) => each.mean));
  for (;;) {
    const fastest = intervals.reduce(
      (index, each, other) => (each.bound > (intervals[index] as Interval).bound ? other : index),
      0,
    );
    const { startS, endS, from, to, bound } = intervals[fastest] as Interval;
    const middle = (startS + endS) / 2;
    const tight = bound <= Math.max(enough, reached + tolerance);
    if (tight || evaluations >= maxEvaluations) return { speed: bound, timeS: middle, tight };
    const between = at(middle);
    const first = interval(startS, middle, from, between);
    const second = interval(middle, endS, between, to);
    reached = Math.max(reached, first.mean, second.mean);
    intervals.splice(fastest, 1, first, second);
  }
}

/**
 * Upper bound of the speed of any robot point at joint velocities, m/s: what the stopping distance of
 * {@link stoppingDistance} is to be computed from.
 */
export function robotSpeedBound(velocities: readonly number[], reach: readonly number[]): number {
  return velocities.reduce((sum, velocity, joint) => sum + Math.abs(velocity) * (reach[joint] ?? 0), 0);
}

function accelerationBound(
  motion: CurveMotion,
  startS: number,
  endS: number,
  reach: readonly number[],
): number {
  const bounds = motion.bounds(startS, endS);
  let sum = 0;
  bounds.forEach((one, i) => {
    sum += (reach[i] as number) * one.acceleration;
    bounds.forEach((other, j) => {
      sum += Math.max(reach[i] as number, reach[j] as number) * one.velocity * other.velocity;
    });
  });
  return sum;
}

function distance(from: readonly number[], to: readonly number[]): number {
  return Math.hypot(...from.map((value, axis) => value - (to[axis] as number)));
}
