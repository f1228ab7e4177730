/**
 * The quintic spline of least ∫ jerk² through knots, from a given velocity and acceleration to rest: jerk and its
 * derivative are continuous at the inner knots. Those conditions make one symmetric system, block
 * tridiagonal with blocks of 2 × 2 (velocity, acceleration) that depend on the durations only, so it is factored once
 * and solved for each joint.
 */
export class MinJerkSpline {
  readonly #h: Float64Array;
  /** Inverses of the pivot blocks, rows of 4: the block elimination of Thomas. */
  readonly #pivots: Float64Array;
  /** Right-hand side, then solution: velocity and acceleration of each inner knot. */
  readonly #x: Float64Array;

  /** @param segments how many durations {@link factor} will be given */
  constructor(segments: number) {
    this.#h = new Float64Array(segments);
    this.#pivots = new Float64Array(4 * Math.max(0, segments - 1));
    this.#x = new Float64Array(2 * Math.max(0, segments - 1));
  }

  /** @param times of the knots; @param unit seconds to count in, so that the system is well scaled */
  factor(times: Float64Array, unit: number): void {
    const h = this.#h;
    const pivots = this.#pivots;
    for (let index = 0; index < h.length; index++)
      h[index] = ((times[index + 1] as number) - (times[index] as number)) / unit;
    for (let knot = 1; knot < h.length; knot++) {
      const l = 1 / (h[knot - 1] as number);
      const r = 1 / (h[knot] as number);
      let vv = 192 * (l * l * l + r * r * r);
      let va = 36 * (r * r - l * l);
      let aa = 9 * (l + r);
      const row = 4 * (knot - 1);
      if (knot > 1) {
        // Minus Lᵀ-block · pivot⁻¹ · L-block, with the coupling [[168 l³, −24 l²], [24 l², −3 l]] to the knot before.
        const c0 = 168 * l * l * l;
        const c1 = 24 * l * l;
        const c2 = 3 * l;
        const p0 = pivots[row - 4] as number;
        const p1 = pivots[row - 3] as number;
        const p3 = pivots[row - 1] as number;
        vv -= c0 * (p0 * c0 + p1 * c1) + c1 * (p1 * c0 + p3 * c1);
        va -= c0 * (-p0 * c1 - p1 * c2) + c1 * (-p1 * c1 - p3 * c2);
        aa -= -c1 * (-p0 * c1 - p1 * c2) - c2 * (-p1 * c1 - p3 * c2);
      }
      const inverse = 1 / (vv * aa - va * va);
      pivots[row] = aa * inverse;
      pivots[row + 1] = -va * inverse;
      pivots[row + 2] = -va * inverse;
      pivots[row + 3] = vv * inverse;
    }
  }

  /**
   * Writes velocity and acceleration of one joint at the inner knots; those of the first knot are read, those of the
   * last are taken as 0.
   *
   * @param offset index of the joint in the first knot; @param stride numbers per knot
   */
  solve(
    positions: Float64Array,
    velocities: Float64Array,
    accelerations: Float64Array,
    offset: number,
    stride: number,
    unit: number,
  ): void {
    const h = this.#h;
    const x = this.#x;
    const p = this.#pivots;
    const last = h.length;
    for (let knot = 1; knot < last; knot++) {
      const l = 1 / (h[knot - 1] as number);
      const r = 1 / (h[knot] as number);
      const at = offset + knot * stride;
      const dl = (positions[at] as number) - (positions[at - stride] as number);
      const dr = (positions[at + stride] as number) - (positions[at] as number);
      let bv = 360 * (dl * l * l * l * l + dr * r * r * r * r);
      let ba = 60 * (dr * r * r * r - dl * l * l * l);
      if (knot === 1) {
        const v = (velocities[offset] as number) * unit;
        const a = (accelerations[offset] as number) * unit * unit;
        bv -= 168 * l * l * l * v + 24 * l * l * a;
        ba += 24 * l * l * v + 3 * l * a;
      } else {
        const row = 4 * (knot - 2);
        const yv = x[2 * knot - 4] as number;
        const ya = x[2 * knot - 3] as number;
        const zv = (p[row] as number) * yv + (p[row + 1] as number) * ya;
        const za = (p[row + 2] as number) * yv + (p[row + 3] as number) * ya;
        bv -= 168 * l * l * l * zv + 24 * l * l * za;
        ba += 24 * l * l * zv + 3 * l * za;
      }
      x[2 * knot - 2] = bv;
      x[2 * knot - 1] = ba;
    }
    let nextV = 0;
    let nextA = 0;
    for (let knot = last - 1; knot > 0; knot--) {
      const r = 1 / (h[knot] as number);
      const bv = (x[2 * knot - 2] as number) - 168 * r * r * r * nextV + 24 * r * r * nextA;
      const ba = (x[2 * knot - 1] as number) - 24 * r * r * nextV + 3 * r * nextA;
      const row = 4 * (knot - 1);
      nextV = (p[row] as number) * bv + (p[row + 1] as number) * ba;
      nextA = (p[row + 2] as number) * bv + (p[row + 3] as number) * ba;
      const at = offset + knot * stride;
      // Adding 0 turns a −0 into 0: a joint that holds still has the same bits as one that was never asked to move.
      velocities[at] = nextV / unit + 0;
      accelerations[at] = nextA / (unit * unit) + 0;
    }
  }
}
