import { quantile } from '../../report/quantile.js';

/** Measured times, milliseconds. Quantiles are values that were measured; every one counts, outliers too. */
export interface Distribution {
  readonly count: number;
  readonly mean: number;
  /** Standard deviation of the population; 0 of a single value. */
  readonly std: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly min: number;
  readonly max: number;
}

/** @returns undefined without any value */
export function distributionOf(times: readonly number[]): Distribution | undefined {
  const sorted = times.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  if (min === undefined || max === undefined) return undefined;
  const mean = sum(sorted) / sorted.length;
  return {
    count: sorted.length,
    mean,
    std: Math.sqrt(sum(sorted.map((time) => (time - mean) ** 2)) / sorted.length),
    p50: quantile(sorted, 0.5),
    p90: quantile(sorted, 0.9),
    p99: quantile(sorted, 0.99),
    min,
    max,
  };
}

/** The nearest-rank median; NaN without any value. */
export function median(times: readonly number[]): number {
  return times.length === 0
    ? Number.NaN
    : quantile(
        times.toSorted((a, b) => a - b),
        0.5,
      );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
