/** Position, velocity, acceleration and jerk of one joint at one instant. */
export interface Jet {
  p: number;
  v: number;
  a: number;
  j: number;
}

/** Where one joint is at one end of a segment. */
export interface EndState {
  readonly p: number;
  readonly v: number;
  readonly a: number;
}

/**
 * The polynomial of degree 5 between two states, in Newton's form over the nodes 0, 0, 0, 1, 1, 1 (divided differences
 * with repeated nodes): another way to the same curve than the Hermite and Bézier forms of the library.
 */
export class NewtonQuintic {
  readonly #c: readonly number[];
  readonly #h: number;

  /** @param h seconds between the two states */
  constructor(from: EndState, to: EndState, h: number) {
    const step = to.p - from.p;
    const v0 = from.v * h;
    const v1 = to.v * h;
    const half0 = (from.a * h * h) / 2;
    const half1 = (to.a * h * h) / 2;
    const third = [step - v0 - half0, v1 - step - (step - v0), half1 - (v1 - step)] as const;
    const fourth = [third[1] - third[0], third[2] - third[1]] as const;
    this.#c = [from.p, v0, half0, third[0], fourth[0], fourth[1] - fourth[0]];
    this.#h = h;
  }

  /** Fills `jet` with the state at the share u of the segment. */
  at(u: number, jet: Jet): void {
    const c = this.#c;
    let p = c[5] as number;
    let v = 0;
    let a = 0;
    let j = 0;
    for (let k = 4; k >= 0; k--) {
      const x = k >= 3 ? u - 1 : u;
      j = j * x + 3 * a;
      a = a * x + 2 * v;
      v = v * x + p;
      p = p * x + (c[k] as number);
    }
    const h = this.#h;
    jet.p = p;
    jet.v = v / h;
    jet.a = a / (h * h);
    jet.j = j / (h * h * h);
  }
}
