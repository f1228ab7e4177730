/** Largest relative error of a percentile. */
const RELATIVE_ERROR = 0.01;
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GROWTH = Math.log(GROWTH);
const SMALLEST_MS = 1e-3;
const LARGEST_MS = 1e7;
// The last bucket is for what is larger than the largest.
const BUCKETS = Math.ceil(Math.log(LARGEST_MS / SMALLEST_MS) / LOG_GROWTH) + 2;

/**
 * Latencies in a fixed amount of memory (about 9 kB), however many there are. Count, mean and maximum are exact;
 * a percentile is within 1 % of the true one between 1 µs and 10⁷ ms (2.8 hours), and within 1 µs below that.
 * Above, it is the maximum.
 *
 * Bucket i holds (γⁱ⁻¹, γⁱ] × 1 µs with γ = (1 + α) / (1 − α) and stands for 2γⁱ / (γ + 1), which is within α of
 * all of it: DDSketch, Masson, Rim and Lee, PVLDB 12(12), 2019.
 */
export class LatencyHistogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #sum = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  get count(): number {
    return this.#count;
  }

  /** Mean in milliseconds; undefined before the first latency. */
  get mean(): number | undefined {
    return this.#count > 0 ? this.#sum / this.#count : undefined;
  }

  /** Largest latency in milliseconds; undefined before the first one. */
  get max(): number | undefined {
    return this.#count > 0 ? this.#max : undefined;
  }

  /** @param ms finite, 0 or more */
  record(ms: number): void {
    const exponent = Math.ceil(Math.log(ms / SMALLEST_MS) / LOG_GROWTH);
    const index = Math.min(Math.max(exponent, 0), BUCKETS - 1);
    this.#buckets[index] = (this.#buckets[index] ?? 0) + 1;
    this.#count++;
    this.#sum += ms;
    this.#min = Math.min(this.#min, ms);
    this.#max = Math.max(this.#max, ms);
  }

  /**
   * The nearest-rank percentile in milliseconds: the smallest latency that at least the share `p` of all does not
   * exceed. Undefined before the first latency.
   *
   * @param p 0 < p ≤ 1
   */
  percentile(p: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.ceil(p * this.#count);
    let seen = 0;
    const index = this.#buckets.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    if (index === BUCKETS - 1) return this.#max;
    const estimate = (SMALLEST_MS * 2 * GROWTH ** index) / (GROWTH + 1);
    return Math.min(Math.max(estimate, this.#min), this.#max);
  }
}
