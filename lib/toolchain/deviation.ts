/** How far values are from those that they should be. */
export interface Deviation {
  /** Values compared. */
  readonly count: number;
  /** Largest difference, in the unit of the values; infinite as soon as one of them is no number. */
  readonly maxAbs: number;
  /** Mean of the absolute differences. */
  readonly meanAbs: number;
  /** Cosine of the angle between the two as vectors, −1 … 1; 1 when both are zero, 0 when only one is. */
  readonly cosine: number;
}

/** Adds up differences over any number of outputs. */
export class DeviationTally {
  #count = 0;
  #maxAbs = 0;
  #sumAbs = 0;
  #dot = 0;
  #wantedSquare = 0;
  #gotSquare = 0;

  /** @param got as many values as `wanted` */
  add(wanted: ArrayLike<number>, got: ArrayLike<number>): void {
    if (wanted.length !== got.length)
      throw new RangeError(`expected ${wanted.length} values, got ${got.length}`);
    for (let index = 0; index < wanted.length; index++) {
      const [w, g] = [wanted[index] ?? Number.NaN, got[index] ?? Number.NaN];
      const difference = Math.abs(w - g);
      // A comparison with NaN is false, so a maximum would pass over it.
      this.#maxAbs = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(this.#maxAbs, difference);
      this.#sumAbs += difference;
      this.#dot += w * g;
      this.#wantedSquare += w * w;
      this.#gotSquare += g * g;
    }
    this.#count += wanted.length;
  }

  summary(): Deviation {
    const length = Math.sqrt(this.#wantedSquare) * Math.sqrt(this.#gotSquare);
    const bothZero = this.#wantedSquare === 0 && this.#gotSquare === 0;
    return {
      count: this.#count,
      maxAbs: this.#maxAbs,
      meanAbs: this.#count === 0 ? 0 : this.#sumAbs / this.#count,
      // Rounding may lead a hair beyond ±1.
      cosine: bothZero ? 1 : length === 0 ? 0 : Math.max(-1, Math.min(1, this.#dot / length)),
    };
  }
}
