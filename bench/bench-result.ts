import type { Quantiles } from './quantiles.js';

/** What was measured, and how long it took. */
export interface NamedQuantiles extends Quantiles {
  readonly name: string;
}

/** What a benchmark found, in `unit`. */
export interface BenchResult {
  readonly name: string;
  readonly unit: 'ms' | 'µs' | '%' | 'mrad';
  readonly ours: Quantiles;
  /** Null where the machine does not have it. */
  readonly peer: NamedQuantiles | null;
  /** Further figures of the same run. */
  readonly others?: readonly NamedQuantiles[];
  /** The peer's figure divided by ours: above 1, ours is the better. Null without a peer. */
  readonly ratio: number | null;
}
