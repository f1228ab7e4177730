import { type Approach, worstApproach } from './braking-distance.js';
import type { Knots } from './knots.js';
import type { LimitKind, LimitViolation, PackedLimits } from './motion-limits.js';
import { ACCELERATION, JERK, POSITION, QuinticSegment, VELOCITY } from './quintic-segment.js';

/** Share by which a limit may be passed: what rounding does to a curve that is exactly at it. */
export const LIMIT_TOLERANCE = 1e-9;

/** The same for positions, rad: relative to limits above 1 rad, absolute below. */
export function positionTolerance(limit: number): number {
  return LIMIT_TOLERANCE * Math.max(1, Math.abs(limit));
}

/**
 * Compares the exact curve between knots with limits. The control points of a Bézier curve enclose it, so most
 * segments pass on a handful of additions; exact extrema are looked for only where that does not decide.
 *
 * Position limits widen for a joint that starts outside of them, as far as where it is: from point to point it may
 * come back, and never go further out.
 *
 * Not reentrant; make one for each check that runs.
 */
export class LimitCheck {
  /**
   * How many times slower the curve must run for its worst violation to end, if slowing alone does that: the ratio
   * of velocities, the square root of that of accelerations, the cube root of that of jerks. 1 when nothing is
   * violated; Infinity for a position, which no pace mends.
   */
  slowdown = 1;

  readonly #limits: PackedLimits;
  readonly #upper: Float64Array;
  readonly #lower: Float64Array;
  readonly #segment = new QuinticSegment();
  readonly #approach: Approach = { u: 0, squaredSpeedOverDistance: 0 };
  #violation: LimitViolation | undefined;

  constructor(limits: PackedLimits) {
    this.#limits = limits;
    this.#upper = new Float64Array(limits.max.length);
    this.#lower = new Float64Array(limits.min.length);
  }

  /** The worst violation of the last {@link run}. */
  get violation(): LimitViolation | undefined {
    return this.#violation;
  }

  /** @returns whether the curve is inside the limits */
  run(knots: Knots): boolean {
    const { joints, count, times } = knots;
    this.slowdown = 1;
    this.#violation = undefined;
    this.#upper.set(this.#limits.max);
    this.#lower.set(this.#limits.min);
    this.#widen(knots, 0, true);
    for (let index = 0; index + 1 < count; index++) {
      const h = (times[index + 1] as number) - (times[index] as number);
      if (index > 0) this.#widen(knots, index, false);
      for (let joint = 0; joint < joints; joint++) this.#check(knots, index, joint, h);
      if (this.slowdown === Infinity) return false;
    }
    return this.#violation === undefined;
  }

  /** The limits of a joint that is outside follow it back in. */
  #widen({ joints, positions }: Knots, index: number, start: boolean): void {
    const { min, max } = this.#limits;
    for (let joint = 0; joint < joints; joint++) {
      const position = positions[index * joints + joint] as number;
      const upper = max[joint] as number;
      const lower = min[joint] as number;
      if (start || position < (this.#upper[joint] as number))
        this.#upper[joint] = position > upper ? position : upper;
      if (start || position > (this.#lower[joint] as number))
        this.#lower[joint] = position < lower ? position : lower;
    }
  }

  #check(knots: Knots, index: number, joint: number, h: number): void {
    const { positions, velocities, accelerations, joints } = knots;
    const from = index * joints + joint;
    const to = from + joints;
    const p0 = positions[from] as number;
    const p1 = positions[to] as number;
    const v0 = (velocities[from] as number) * h;
    const v1 = (velocities[to] as number) * h;
    const a0 = (accelerations[from] as number) * h * h;
    const a1 = (accelerations[to] as number) * h * h;

    // Control points of velocity, acceleration and jerk; each row follows from the differences of the one before.
    const w1 = v0 + 0.25 * a0;
    const w2 = 5 * (p1 - p0) - 2 * (v0 + v1) + 0.25 * (a1 - a0);
    const w3 = v1 - 0.25 * a1;
    const b1 = 4 * (w2 - w1);
    const b2 = 4 * (w3 - w2);
    const j1 = 3 * (b1 - a0);
    const j2 = 3 * (b2 - b1);
    const j3 = 3 * (a1 - b2);
    const fastest = Math.max(Math.abs(v0), Math.abs(w1), Math.abs(w2), Math.abs(w3), Math.abs(v1));
    const strongest = Math.max(Math.abs(a0), Math.abs(b1), Math.abs(b2), Math.abs(a1));
    const jerkiest = Math.max(Math.abs(j1), Math.abs(j2), Math.abs(j3));

    const { velocity, acceleration, jerk } = this.#limits;
    const most = this.slowdown > 1 ? this.slowdown : 1 + LIMIT_TOLERANCE;
    const mostV = (velocity[joint] as number) * h;
    const mostA = (acceleration[joint] as number) * h * h;
    const mostJ = (jerk[joint] as number) * h * h * h;
    const v = fastest <= mostV * most;
    const a = strongest <= mostA * (this.slowdown > 1 ? most * most : most);
    const j = jerkiest <= mostJ * (this.slowdown > 1 ? most * most * most : most);

    const upper = this.#upper[joint] as number;
    const lower = this.#lower[joint] as number;
    const q1 = p0 + 0.2 * v0;
    const q2 = p0 + 0.4 * v0 + 0.05 * a0;
    const q3 = p1 - 0.4 * v1 + 0.05 * a1;
    const q4 = p1 - 0.2 * v1;
    const high = Math.max(p0, q1, q2, q3, q4, p1);
    const low = Math.min(p0, q1, q2, q3, q4, p1);
    const inside = high <= upper + positionTolerance(upper) && low >= lower - positionTolerance(lower);
    const rise = Math.max(v0, w1, w2, w3, v1);
    const fall = -Math.min(v0, w1, w2, w3, v1);
    const brake = mostA * most * most;
    const farUp = rise <= 0 || (high <= upper && rise * rise <= brake * (upper - high));
    const farDown = fall <= 0 || (low >= lower && fall * fall <= brake * (low - lower));
    if (v && a && j && inside && farUp && farDown) return;

    if (!Number.isFinite(high - low)) {
      this.#report('velocity', index, joint, Infinity, velocity[joint] as number, Infinity);
      return;
    }
    this.#segment.load(p0, v0, a0, p1, v1, a1);
    if (!inside && !this.#positions(index, joint, upper, lower)) return;
    if (!v) this.#magnitude(VELOCITY, 'velocity', index, joint, mostV, velocity[joint] as number);
    if (!a) this.#magnitude(ACCELERATION, 'acceleration', index, joint, mostA, acceleration[joint] as number);
    if (!j) this.#magnitude(JERK, 'jerk', index, joint, mostJ, jerk[joint] as number);
    if (!farUp) this.#braking(index, joint, upper + positionTolerance(upper), 1, h, mostA);
    if (!farDown) this.#braking(index, joint, lower - positionTolerance(lower), -1, h, mostA);
  }

  #positions(segment: number, joint: number, upper: number, lower: number): boolean {
    const high = this.#segment.max(POSITION);
    const low = this.#segment.min(POSITION);
    const tooHigh = !(high <= upper + positionTolerance(upper));
    if (!tooHigh && low >= lower - positionTolerance(lower)) return true;
    const value = tooHigh ? high : low;
    this.#report('position', segment, joint, value, tooHigh ? upper : lower, Infinity);
    return false;
  }

  #magnitude(
    order: number,
    kind: 'velocity' | 'acceleration' | 'jerk',
    segment: number,
    joint: number,
    most: number,
    limit: number,
  ): void {
    const ratio = Math.max(this.#segment.max(order), -this.#segment.min(order)) / most;
    if (ratio <= 1 + LIMIT_TOLERANCE) return;
    const slowdown =
      order === VELOCITY ? ratio : order === ACCELERATION ? Math.sqrt(ratio) : Math.cbrt(ratio);
    this.#report(kind, segment, joint, ratio * limit, limit, slowdown);
  }

  #braking(segment: number, joint: number, limit: number, sign: number, h: number, mostA: number): void {
    worstApproach(this.#segment, limit, sign, this.#approach);
    const ratio = Math.sqrt(this.#approach.squaredSpeedOverDistance / mostA);
    if (ratio <= 1 + LIMIT_TOLERANCE) return;
    const speed = Math.abs(this.#segment.at(VELOCITY, this.#approach.u)) / h;
    this.#report('braking-distance', segment, joint, speed, speed / ratio, ratio);
  }

  #report(
    kind: LimitKind,
    segment: number,
    joint: number,
    value: number,
    limit: number,
    slowdown: number,
  ): void {
    // Huge inputs overflow, and then not a number is the worst of all.
    const worst = Number.isNaN(slowdown) ? Infinity : slowdown;
    if (worst <= this.slowdown) return;
    this.slowdown = worst;
    const known = Number.isNaN(value) ? Infinity : value;
    this.#violation = { kind, joint, segment, value: known, limit };
  }
}
