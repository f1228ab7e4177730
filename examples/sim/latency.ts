export interface LatencyStatistics {
  readonly p50: number | null;
  readonly p99: number | null;
  readonly mean: number | null;
}

/** Exact nearest-rank percentiles and the mean; null without samples. */
export function latencyStatistics(samples: readonly number[]): LatencyStatistics {
  if (samples.length === 0) return { p50: null, p99: null, mean: null };
  const sorted = [...samples].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const rounded = (ms: number) => Number(ms.toFixed(3));
  return { p50: rounded(rank(0.5)), p99: rounded(rank(0.99)), mean: rounded(mean) };
}
