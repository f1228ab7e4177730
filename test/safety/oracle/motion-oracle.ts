import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { endState } from './commanded.js';
import { type Jet, NewtonQuintic } from './newton-quintic.js';

/** What a motion must keep, per joint. */
export interface OracleLimits {
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly velocity: readonly number[];
  readonly acceleration: readonly number[];
  readonly jerk: readonly number[];
}

/** Something that must never have been sent, in words. */
export type Escape = string;

/** Samples between two points of a trajectory, the ends among them. */
const SAMPLES = 13;
/** By how much a limit may be passed: far below what any robot could notice, far above rounding. */
const RELATIVE = 1e-6;
/** The same for positions, rad. */
export const POSITION_TOLERANCE = 2e-9;
const ROUNDING = 256 * Number.EPSILON;

/** Limits with the same share of velocity, acceleration and jerk. */
export function shareOf(limits: OracleLimits, share: number): OracleLimits {
  const times = (values: readonly number[]) => values.map((value) => value * share);
  const { min, max, velocity, acceleration, jerk } = limits;
  return { min, max, velocity: times(velocity), acceleration: times(acceleration), jerk: times(jerk) };
}

/** Whether a trajectory is well formed: finite, of increasing times from 0, and at rest at its end. */
export function judgeForm(points: readonly TrajectoryPoint[], joints: number): Escape[] {
  const escapes: Escape[] = [];
  if (points.length === 0) return ['a trajectory without points'];
  points.forEach((point, index) => {
    const { timeS, positions, velocities, accelerations } = point;
    for (const values of [positions, velocities, accelerations])
      if (values.length !== joints || !values.every(Number.isFinite))
        escapes.push(`point ${index} is [${values.join(', ')}]`);
    const before = points[index - 1]?.timeS;
    if (before === undefined ? timeS !== 0 : !(timeS > before && Number.isFinite(timeS)))
      escapes.push(`point ${index} is due at ${timeS} s after ${before} s`);
  });
  const last = points.at(-1);
  for (const value of [...(last?.velocities ?? []), ...(last?.accelerations ?? [])])
    if (value !== 0) escapes.push(`the last point moves: ${value}`);
  return escapes;
}

/**
 * Where the curve between the points leaves the limits. Its state is sampled; the divided differences of the sampled
 * positions are a second witness, for by the mean value theorem each of them is a derivative that the curve has.
 *
 * Towards a position limit the speed may be √(k · distance) at most, k the limit of the acceleration. A joint outside
 * its positions may come back from point to point, never go further out.
 *
 * @param outermost where the motion began of which this is the rest, rad: bounds a joint outside its positions
 */
export function judgeLimits(
  points: readonly TrajectoryPoint[],
  limits: OracleLimits,
  outermost: readonly number[] = points[0]?.positions ?? [],
): Escape[] {
  const escapes: Escape[] = [];
  const joints = limits.min.length;
  for (let joint = 0; joint < joints; joint++) {
    const found = judgeJoint(points, joint, outermost[joint] ?? Number.NaN, {
      min: limits.min[joint] ?? Number.NaN,
      max: limits.max[joint] ?? Number.NaN,
      velocity: limits.velocity[joint] ?? Number.NaN,
      acceleration: limits.acceleration[joint] ?? Number.NaN,
      jerk: limits.jerk[joint] ?? Number.NaN,
    });
    if (found !== undefined) escapes.push(`joint ${joint}: ${found}`);
  }
  return escapes;
}

interface JointRange {
  readonly min: number;
  readonly max: number;
  readonly velocity: number;
  readonly acceleration: number;
  readonly jerk: number;
}

function judgeJoint(
  points: readonly TrajectoryPoint[],
  joint: number,
  outermost: number,
  { min, max, velocity, acceleration, jerk }: JointRange,
): Escape | undefined {
  let [lower, upper] = [Math.min(min, outermost), Math.max(max, outermost)];
  const jet: Jet = { p: 0, v: 0, a: 0, j: 0 };
  for (let index = 0; index + 1 < points.length; index++) {
    const [from, to] = [points[index], points[index + 1]];
    if (from === undefined || to === undefined) break;
    const start = endState(from, joint);
    const end = endState(to, joint);
    upper = index > 0 && start.p < upper ? Math.max(max, start.p) : upper;
    lower = index > 0 && start.p > lower ? Math.min(min, start.p) : lower;
    const h = to.timeS - from.timeS;
    const curve = new NewtonQuintic(start, end, h);
    // What rounding in the coefficients may do to a derivative.
    const size = Math.max(
      Math.abs(end.p - start.p),
      Math.abs(start.v * h),
      Math.abs(end.v * h),
      Math.abs(start.a * h * h),
      Math.abs(end.a * h * h),
      Math.abs(start.p) * 1e-3,
    );
    const slack = size * ROUNDING;
    const where = (what: string, value: number, limit: number) =>
      `${what} ${value} beyond ${limit} in segment ${index}, ${from.timeS} … ${to.timeS} s`;
    const most = (limit: number, order: number) => limit * (1 + RELATIVE) + slack / h ** order;
    let [p1, p2, p3] = [Number.NaN, Number.NaN, Number.NaN];
    for (let sample = 0; sample < SAMPLES; sample++) {
      curve.at(sample / (SAMPLES - 1), jet);
      const { p, v, a, j } = jet;
      const above = POSITION_TOLERANCE * Math.max(1, Math.abs(upper)) + slack;
      const below = POSITION_TOLERANCE * Math.max(1, Math.abs(lower)) + slack;
      if (!(p <= upper + above)) return where('position', p, upper);
      if (!(p >= lower - below)) return where('position', p, lower);
      if (!(Math.abs(v) <= most(velocity, 1))) return where('velocity', v, velocity);
      if (!(Math.abs(a) <= most(acceleration, 2))) return where('acceleration', a, acceleration);
      if (!(Math.abs(j) <= most(jerk, 3))) return where('jerk', j, jerk);
      const room = v > 0 ? upper + above - p : p - lower + below;
      const fastest = Math.sqrt(acceleration * Math.max(0, room)) * (1 + RELATIVE) + slack / h;
      if (!(Math.abs(v) <= fastest)) return where('approach', v, fastest);

      const dt = h / (SAMPLES - 1);
      const unsure = (Math.abs(p) * 8 * Number.EPSILON + slack) * 8;
      const [d1, d2, d3] = [p - p1, p - 2 * p1 + p2, p - 3 * p1 + 3 * p2 - p3];
      if (Math.abs(d1) - unsure > velocity * (1 + RELATIVE) * dt)
        return where('mean velocity', d1 / dt, velocity);
      if (Math.abs(d2) - unsure > acceleration * (1 + RELATIVE) * dt * dt)
        return where('mean acceleration', d2 / dt ** 2, acceleration);
      if (Math.abs(d3) - unsure > jerk * (1 + RELATIVE) * dt ** 3)
        return where('mean jerk', d3 / dt ** 3, jerk);
      [p3, p2, p1] = [p2, p1, p];
    }
  }
  return undefined;
}
