/** How much closer a curve may get on its way out of a margin, m: what the proof needs to get going. */
const DIP = 0.001;

/**
 * The distance to keep along a curve that may start inside its margin (a person came close, a payload was picked up).
 * Such a robot must be able to leave, and must not come closer. Per channel, with `best` the largest distance that the
 * curve has had so far:
 *
 * - everywhere: distance ≥ min(margin, best − dip), dip = 1 mm, or half the distance where less than 2 mm are left;
 * - at the end: distance ≥ min(margin, distance at the start), so that no sequence of curves creeps closer.
 *
 * A curve that starts more than a dip outside its margins simply has to keep them. Overlap at the start is treated
 * alike: only a curve that ends no deeper passes. A channel knows its nearest pair only, so on the way out of one
 * thing's margin another one may be passed at the distance that the curve has had from the first.
 */
export class MarginRatchet {
  readonly #margins: readonly number[];
  readonly #start: readonly number[];
  #best: readonly number[];
  #required: readonly number[];

  /**
   * @param margins m, per channel
   * @param start distances at the start of the curve, m, per channel
   */
  constructor(margins: readonly number[], start: readonly number[]) {
    this.#margins = margins;
    this.#start = start;
    this.#best = start;
    this.#required = this.#require();
  }

  /** What each channel has to keep from here on, m. Grows to the margin and never shrinks. */
  get required(): readonly number[] {
    return this.#required;
  }

  /** Whether some channel has yet to get back its margin. */
  get escaping(): boolean {
    return this.#required.some((required, channel) => required < (this.#margins[channel] as number));
  }

  /** The motion to resolve while escaping, m: well below the dip. */
  get step(): number {
    const dips = this.#best.map(dip);
    return Math.min(...dips) / 4;
  }

  /** Takes note of the distances at the next proven configuration. */
  advance(distances: readonly number[]): void {
    this.#best = this.#best.map((best, channel) => Math.max(best, distances[channel] as number));
    this.#required = this.#require();
  }

  /** Whether a curve may end at these distances. */
  mayRest(distances: readonly number[]): boolean {
    return distances.every(
      (distance, channel) =>
        distance >= Math.min(this.#margins[channel] as number, this.#start[channel] as number),
    );
  }

  #require(): number[] {
    return this.#margins.map((margin, channel) => {
      const best = this.#best[channel] as number;
      return Math.min(margin, best - dip(best));
    });
  }
}

function dip(distance: number): number {
  return distance > 0 ? Math.min(DIP, distance / 2) : DIP;
}
