/**
 * The nearest-rank quantile: a value that was measured, outliers count.
 *
 * @param sorted ascending, not empty
 * @param share 0 … 1, such as 0.99
 */
export function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('expected at least one value, got none');
  return value;
}
