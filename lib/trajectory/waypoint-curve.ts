import type { JointReference, TrajectoryPoint } from './joint-trajectory.js';
import { Knots } from './knots.js';
import { MinJerkSpline } from './min-jerk-spline.js';
import type { MotionLimits } from './motion-limits.js';
import { POSITION, QuinticSegment } from './quintic-segment.js';

/** How far the curve may swing back between waypoints that do not, as a share of the joint's whole travel. */
const SWING = 0.02;

type PositionLimits = Pick<MotionLimits, 'min' | 'max'>;

/**
 * The curve from a start state through waypoints to rest at the last of them: C², of degree 5 between the points. Per
 * joint it is the one of least ∫ jerk². Where that would pass a position limit that all points respect, or swing back
 * although the waypoints go one way, the joint takes the velocities of a monotone interpolation (harmonic mean of
 * the two slopes beside a waypoint, 0 at a reversal) and no acceleration at its inner waypoints: end slopes of at
 * most twice the mean slope and no end acceleration keep a quintic monotone.
 *
 * @param start is the first point, at time 0
 * @param waypoints joint positions, at least one; they come out bit for bit
 * @param timesS when each is reached: above 0, increasing
 */
export function fitWaypoints(
  start: JointReference,
  waypoints: readonly (readonly number[])[],
  timesS: readonly number[],
  limits?: PositionLimits,
): TrajectoryPoint[] {
  const curve = new WaypointCurve(start, waypoints, limits);
  timesS.forEach((timeS, index) => {
    curve.knots.times[index + 1] = timeS;
  });
  curve.fit();
  return curve.knots.toPoints();
}

/** The same curve as {@link fitWaypoints}, for fitting one chunk again and again at other times. */
export class WaypointCurve {
  /** Set the times of the knots after the first, then call {@link fit}. */
  readonly knots: Knots;
  readonly #limits: PositionLimits | undefined;
  readonly #spline: MinJerkSpline;
  readonly #segment = new QuinticSegment();

  constructor(start: JointReference, waypoints: readonly (readonly number[])[], limits?: PositionLimits) {
    const joints = start.positions.length;
    this.#limits = limits;
    this.knots = new Knots(waypoints.length + 1, joints);
    this.knots.set(0, start);
    for (let index = 0; index < waypoints.length; index++) {
      const waypoint = waypoints[index] as readonly number[];
      for (let joint = 0; joint < joints; joint++)
        this.knots.positions[(index + 1) * joints + joint] = waypoint[joint] as number;
    }
    this.#spline = new MinJerkSpline(waypoints.length);
  }

  /** Sets velocities and accelerations at the inner knots for the present times. */
  fit(): void {
    const { count, joints, times, positions, velocities, accelerations } = this.knots;
    if (count < 3) return;
    const unit = (times[count - 1] as number) - (times[count - 2] as number);
    this.#spline.factor(times, unit);
    for (let joint = 0; joint < joints; joint++) {
      this.#spline.solve(positions, velocities, accelerations, joint, joints, unit);
      if (this.#swings(joint)) this.#fitMonotone(joint);
    }
  }

  #swings(joint: number): boolean {
    const { count, joints, times, positions, velocities, accelerations } = this.knots;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let at = joint; at < positions.length; at += joints) {
      lowest = Math.min(lowest, positions[at] as number);
      highest = Math.max(highest, positions[at] as number);
    }
    const swing = SWING * (highest - lowest);
    // A point that is outside leads the curve there whatever its slopes are.
    const floor = Math.min(lowest, (this.#limits?.min[joint] as number | undefined) ?? -Infinity);
    const ceiling = Math.max(highest, (this.#limits?.max[joint] as number | undefined) ?? Infinity);
    for (let index = 0; index + 1 < count; index++) {
      const from = index * joints + joint;
      const to = from + joints;
      const p0 = positions[from] as number;
      const p1 = positions[to] as number;
      let low = floor;
      let high = ceiling;
      if (this.#oneWay(index, joint)) {
        low = Math.max(low, Math.min(p0, p1) - swing);
        high = Math.min(high, Math.max(p0, p1) + swing);
      }
      const h = (times[index + 1] as number) - (times[index] as number);
      const v0 = (velocities[from] as number) * h;
      const v1 = (velocities[to] as number) * h;
      const a0 = (accelerations[from] as number) * h * h;
      const a1 = (accelerations[to] as number) * h * h;
      const q1 = p0 + 0.2 * v0;
      const q2 = p0 + 0.4 * v0 + 0.05 * a0;
      const q3 = p1 - 0.4 * v1 + 0.05 * a1;
      const q4 = p1 - 0.2 * v1;
      if (Math.min(q1, q2, q3, q4) >= low && Math.max(q1, q2, q3, q4) <= high) continue;
      this.#segment.load(p0, v0, a0, p1, v1, a1);
      if (!(this.#segment.min(POSITION) >= low && this.#segment.max(POSITION) <= high)) return true;
    }
    return false;
  }

  /** Whether the knots around a segment, and the start velocity at the first one, all go the same way or rest. */
  #oneWay(index: number, joint: number): boolean {
    const { count, joints, positions, velocities } = this.knots;
    const at = index * joints + joint;
    const p0 = positions[at] as number;
    const p1 = positions[at + joints] as number;
    const before = index > 0 ? p0 - (positions[at - joints] as number) : (velocities[joint] as number);
    const after = index + 2 < count ? (positions[at + 2 * joints] as number) - p1 : 0;
    const step = p1 - p0;
    return (before >= 0 && step >= 0 && after >= 0) || (before <= 0 && step <= 0 && after <= 0);
  }

  #fitMonotone(joint: number): void {
    const { count, joints, times, positions, velocities, accelerations } = this.knots;
    for (let index = 1; index + 1 < count; index++) {
      const at = index * joints + joint;
      const time = times[index] as number;
      const p = positions[at] as number;
      const left = (p - (positions[at - joints] as number)) / (time - (times[index - 1] as number));
      const right = ((positions[at + joints] as number) - p) / ((times[index + 1] as number) - time);
      velocities[at] = left * right > 0 ? (2 * left * right) / (left + right) : 0;
      accelerations[at] = 0;
    }
  }
}
