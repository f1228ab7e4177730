import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';

/** Upper bounds of |velocity| and |acceleration| of one joint within an interval: rad/s, rad/s². */
export interface JointMotionBound {
  readonly velocity: number;
  readonly acceleration: number;
}

/** Covers the rounding of the sums below, so that a bound stays one. */
const ROUNDING = 1 + 1e-9;

/** Velocity polynomial of one joint in one segment, in u = 0 … 1: Σ vₖ·uᵏ, degree 4, rad per unit of u. */
type VelocityPolynomial = readonly [number, number, number, number, number];

interface Segment {
  readonly startS: number;
  readonly endS: number;
  readonly velocity: readonly VelocityPolynomial[];
}

/**
 * How far the joints travel along a trajectory: bounds that are never too small, and exact where a joint does not
 * turn round. A polynomial lies within its Bernstein coefficients, and the integral of |v| is at most the mean of
 * their absolute values (G. Farin, Curves and Surfaces for CAGD, ch. 6).
 */
export class CurveMotion {
  readonly #segments: readonly Segment[];
  readonly #joints: number;

  /** @param points at least one, by increasing time */
  constructor(points: readonly TrajectoryPoint[]) {
    this.#joints = points[0]?.positions.length ?? 0;
    this.#segments = points.slice(1).map((to, index) => segmentOf(points[index] ?? to, to));
  }

  /** Σ weightᵢ · ∫|vᵢ| from `startS` to `endS`, rounded up: with reach as weights, how far any robot point travels. */
  travel(startS: number, endS: number, weights: readonly number[]): number {
    let total = 0;
    this.#within(startS, endS, (segment, from, to) => {
      for (let joint = 0; joint < this.#joints; joint++) {
        const b = bernstein(segment.velocity[joint] as VelocityPolynomial, from, to - from);
        const sum = Math.abs(b[0]) + Math.abs(b[1]) + Math.abs(b[2]) + Math.abs(b[3]) + Math.abs(b[4]);
        total += (weights[joint] as number) * ((to - from) / 5) * sum;
      }
    });
    return total * ROUNDING;
  }

  /** Bounds of each joint's speed and acceleration between two times. */
  bounds(startS: number, endS: number): JointMotionBound[] {
    const velocity = new Array<number>(this.#joints).fill(0);
    const acceleration = new Array<number>(this.#joints).fill(0);
    this.#within(startS, endS, (segment, from, to) => {
      const h = segment.endS - segment.startS;
      for (let joint = 0; joint < this.#joints; joint++) {
        const polynomial = segment.velocity[joint] as VelocityPolynomial;
        const b = bernstein(polynomial, from, to - from);
        const speed = largest(b) / h;
        velocity[joint] = Math.max(velocity[joint] as number, speed);
        const push = largest(bernstein(derivative(polynomial), from, to - from)) / (h * h);
        acceleration[joint] = Math.max(acceleration[joint] as number, push);
      }
    });
    return velocity.map((speed, joint) => ({
      velocity: speed * ROUNDING,
      acceleration: (acceleration[joint] as number) * ROUNDING,
    }));
  }

  /** The latest time ≤ `endS` (to 1/256 of the interval) until which the travel from `startS` is at most `distance`. */
  timeWithin(startS: number, endS: number, distance: number, weights: readonly number[]): number {
    if (this.travel(startS, endS, weights) <= distance) return endS;
    let near = startS;
    let far = endS;
    for (let step = 0; step < 8; step++) {
      const middle = (near + far) / 2;
      if (this.travel(startS, middle, weights) <= distance) near = middle;
      else far = middle;
    }
    return near;
  }

  #within(startS: number, endS: number, visit: (segment: Segment, from: number, to: number) => void): void {
    for (const segment of this.#segments) {
      const start = Math.max(startS, segment.startS);
      const end = Math.min(endS, segment.endS);
      if (!(end > start)) continue;
      const h = segment.endS - segment.startS;
      visit(segment, (start - segment.startS) / h, (end - segment.startS) / h);
    }
  }
}

function segmentOf(from: TrajectoryPoint, to: TrajectoryPoint): Segment {
  const h = to.timeS - from.timeS;
  const velocity = from.positions.map((p0, joint): VelocityPolynomial => {
    const v0 = (from.velocities[joint] as number) * h;
    const a0 = (from.accelerations[joint] as number) * h * h;
    const v1 = (to.velocities[joint] as number) * h;
    const a1 = (to.accelerations[joint] as number) * h * h;
    const d = (to.positions[joint] as number) - p0;
    const c3 = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1;
    const c4 = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1;
    const c5 = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1;
    return [v0, a0, 3 * c3, 4 * c4, 5 * c5];
  });
  return { startS: from.timeS, endS: to.timeS, velocity };
}

/** The largest magnitude. Written out because the check of the tool's speed asks for it thousands of times. */
function largest([b0, b1, b2, b3, b4]: VelocityPolynomial): number {
  return Math.max(Math.abs(b0), Math.abs(b1), Math.abs(b2), Math.abs(b3), Math.abs(b4));
}

/** As a polynomial of degree 4 whose highest coefficient is 0. */
function derivative([, p1, p2, p3, p4]: VelocityPolynomial): VelocityPolynomial {
  return [p1, 2 * p2, 3 * p3, 4 * p4, 0];
}

/** Bernstein coefficients of a polynomial of degree 4 over [start, start + width]. */
function bernstein(p: VelocityPolynomial, start: number, width: number): VelocityPolynomial {
  const [p0, p1, p2, p3, p4] = p;
  const u = start;
  const c0 = p0 + u * (p1 + u * (p2 + u * (p3 + u * p4)));
  const c1 = width * (p1 + u * (2 * p2 + u * (3 * p3 + u * 4 * p4)));
  const c2 = width * width * (p2 + u * (3 * p3 + u * 6 * p4));
  const c3 = width ** 3 * (p3 + u * 4 * p4);
  const c4 = width ** 4 * p4;
  return [c0, c0 + c1 / 4, c0 + c1 / 2 + c2 / 6, c0 + (3 * c1) / 4 + c2 / 2 + c3 / 4, c0 + c1 + c2 + c3 + c4];
}
