import type { Quantiles } from './quantiles.js';

/** What was measured, and how long it took. */
export interface NamedQuantiles extends Quantiles {
  readonly name: string;
}

/** What a benchmark found, in `unit`. */
export interface BenchResult {
  readonly name: string;
  readonly unit: 'ms' | 'µs';
  readonly ours: Quantiles;
  readonly peer: NamedQuantiles;
  /** Further figures of the same run. */
  readonly others?: readonly NamedQuantiles[];
  /** The peer's figure divided by ours: above 1, ours is the faster. */
  readonly ratio: number;
}
