/** Says when it is time again. Keeps to its grid, and leaves out what was missed. */
export class Period {
  readonly #ms: number;
  #next = Number.NEGATIVE_INFINITY;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** True once per period. */
  due(nowMs: number): boolean {
    if (nowMs < this.#next) return false;
    this.#next = nowMs - this.#next > this.#ms ? nowMs + this.#ms : this.#next + this.#ms;
    return true;
  }
}
