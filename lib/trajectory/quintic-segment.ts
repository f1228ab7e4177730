/** Orders of the derivatives of position, as {@link QuinticSegment} counts them. */
export const POSITION = 0;
export const VELOCITY = 1;
export const ACCELERATION = 2;
export const JERK = 3;
const SNAP = 4;

const DEGREE = 5;
/** A root this exact (of an interval of length 1) puts the extremum itself off by its square. */
const ROOT_TOLERANCE = 1e-12;
const MAX_ROOT_STEPS = 80;

/**
 * One joint between two points, in u = (t − t₀) / h from 0 to 1: its derivatives with respect to u (so a velocity is h
 * times the real one, an acceleration h² times …) and their exact extrema. To be loaded anew for each segment.
 */
export class QuinticSegment {
  /** Power coefficients: derivative `order` from `order * 6` on, lowest power first. */
  readonly #coefficients = new Float64Array((SNAP + 1) * (DEGREE + 1));
  /** Where derivative `order` turns inside (0, 1), ascending, from `order * 6` on. */
  readonly #turns = new Float64Array((SNAP + 1) * (DEGREE + 1));
  readonly #turnCounts = new Int32Array(SNAP + 1);
  /** Turning points are known from this order up. */
  #solved = SNAP;

  /** Ends in units of u: position, velocity · h, acceleration · h². */
  load(p0: number, v0: number, a0: number, p1: number, v1: number, a1: number): void {
    const c = this.#coefficients;
    const d = p1 - p0;
    c[0] = p0;
    c[1] = v0;
    c[2] = 0.5 * a0;
    c[3] = 10 * d - 6 * v0 - 4 * v1 - 1.5 * a0 + 0.5 * a1;
    c[4] = -15 * d + 8 * v0 + 7 * v1 + 1.5 * a0 - a1;
    c[5] = 6 * d - 3 * v0 - 3 * v1 - 0.5 * a0 + 0.5 * a1;
    for (let order = 1; order <= SNAP; order++) {
      const row = order * (DEGREE + 1);
      const above = row - DEGREE - 1;
      for (let power = 0; power <= DEGREE - order; power++)
        c[row + power] = (power + 1) * (c[above + power + 1] as number);
    }
    this.#solved = SNAP;
  }

  /** Derivative `order` at u. */
  at(order: number, u: number): number {
    const row = order * (DEGREE + 1);
    const c = this.#coefficients;
    let value = c[row + DEGREE - order] as number;
    for (let index = row + DEGREE - order - 1; index >= row; index--)
      value = value * u + (c[index] as number);
    return value;
  }

  /** How often derivative `order` (up to jerk) turns inside (0, 1). */
  turnCount(order: number): number {
    this.#solve(order);
    return this.#turnCounts[order] as number;
  }

  /** Where it turns for the `index`-th time; call {@link turnCount} first. */
  turn(order: number, index: number): number {
    return this.#turns[order * (DEGREE + 1) + index] as number;
  }

  /** Largest value of derivative `order` on [0, 1]; NaN when it is no number. */
  max(order: number): number {
    let most = Math.max(this.at(order, 0), this.at(order, 1));
    for (let index = this.turnCount(order) - 1; index >= 0; index--)
      most = Math.max(most, this.at(order, this.turn(order, index)));
    return most;
  }

  /** Smallest value of derivative `order` on [0, 1]; NaN when it is no number. */
  min(order: number): number {
    let least = Math.min(this.at(order, 0), this.at(order, 1));
    for (let index = this.turnCount(order) - 1; index >= 0; index--)
      least = Math.min(least, this.at(order, this.turn(order, index)));
    return least;
  }

  /** Between two turning points of the derivative above, a derivative is monotone and has at most one root. */
  #solve(order: number): void {
    while (this.#solved > order) {
      this.#solved -= 1;
      const derivative = this.#solved + 1;
      const row = this.#solved * (DEGREE + 1);
      const breaks = derivative === SNAP ? 0 : (this.#turnCounts[derivative] as number);
      let count = 0;
      let from = 0;
      let atFrom = this.at(derivative, 0);
      for (let index = 0; index <= breaks; index++) {
        const to = index === breaks ? 1 : this.turn(derivative, index);
        const atTo = this.at(derivative, to);
        if ((atFrom < 0 && atTo > 0) || (atFrom > 0 && atTo < 0))
          this.#turns[row + count++] = this.#root(derivative, from, to, atTo > 0);
        from = to;
        atFrom = atTo;
      }
      this.#turnCounts[this.#solved] = count;
    }
  }

  /** Newton's steps, halving instead wherever one would leave the bracket. */
  #root(order: number, from: number, to: number, rising: boolean): number {
    let low = from;
    let high = to;
    let u = 0.5 * (low + high);
    for (let step = 0; step < MAX_ROOT_STEPS; step++) {
      const value = this.at(order, u);
      if (value > 0 === rising) high = u;
      else low = u;
      let next = u - value / (order === SNAP ? this.#slopeOfSnap() : this.at(order + 1, u));
      if (!(next > low && next < high)) next = 0.5 * (low + high);
      if (Math.abs(next - u) < ROOT_TOLERANCE) return next;
      u = next;
    }
    return u;
  }

  #slopeOfSnap(): number {
    return this.#coefficients[SNAP * (DEGREE + 1) + 1] as number;
  }
}
