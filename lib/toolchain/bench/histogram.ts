export interface Bin {
  /** Milliseconds, exclusive but for the first bin. */
  readonly fromMs: number;
  /** Milliseconds, inclusive. */
  readonly toMs: number;
  readonly count: number;
}

export interface Histogram {
  /** `log`: each bin is as many times wider than the one before. */
  readonly scale: 'linear' | 'log';
  /** Side by side, from the smallest to the largest value. */
  readonly bins: readonly Bin[];
}

/** From this ratio of largest to smallest value on, bins of one width would put nearly all into the first. */
const LOG_FROM_RATIO = 8;

/**
 * Counts how many values lie in each of a few bins.
 *
 * @param times finite, 0 or more
 * @param most bins at most; there are fewer where there are few values
 */
export function histogramOf(times: readonly number[], most = 14): Histogram {
  const least = times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const largest = times.reduce((a, b) => Math.max(a, b), 0);
  if (times.length === 0) return { scale: 'linear', bins: [] };
  if (least === largest)
    return { scale: 'linear', bins: [{ fromMs: least, toMs: largest, count: times.length }] };
  const scale = least > 0 && largest / least > LOG_FROM_RATIO ? 'log' : 'linear';
  // Sturges' rule: what so many values can tell apart.
  const count = Math.min(most, Math.ceil(Math.log2(times.length)) + 1);
  const edgeAt = (share: number) =>
    scale === 'log' ? least * (largest / least) ** share : least + (largest - least) * share;
  const edges = Array.from({ length: count + 1 }, (_, index) =>
    index === count ? largest : edgeAt(index / count),
  );
  const counts = new Array<number>(count).fill(0);
  for (const time of times) {
    const above = edges.findIndex((edge, index) => index > 0 && time <= edge);
    counts[above - 1] = (counts[above - 1] ?? 0) + 1;
  }
  return {
    scale,
    bins: counts.map((number, index) => ({
      fromMs: edges[index] ?? least,
      toMs: edges[index + 1] ?? largest,
      count: number,
    })),
  };
}
