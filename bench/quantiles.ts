/** Quantiles of measured times, in the unit of the times. */
export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999?: number;
}

/** Nearest-rank quantiles; every value that was measured counts, outliers too. */
export function quantiles(times: readonly number[]): Required<Quantiles> {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
