import type { TensorMap } from '../../policy/tensor.js';
import { quantile } from '../../report/quantile.js';
import type { ModelRunner } from './run-model.js';

export interface Latency {
  /** Inferences that were timed. */
  readonly runs: number;
  /** Nearest rank, milliseconds that the backend took, outliers included. */
  readonly p50: number;
  readonly p99: number;
}

export interface LatencyOptions {
  /** For all models together; every one gets {@link LEAST_ROUNDS} in any case. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  /** Called between turns with what is done, 0 … 1. */
  readonly onFraction?: (fraction: number) => void;
}

const LEAST_ROUNDS = 3;
/**
 * Inferences of one model in a row that count. The one before them does not: it finds the caches, and perhaps threads
 * that still spin, of the model before.
 */
const TURN = 4;

/** Times models in turns, in another order each round; the first round warms them up and does not count. */
export async function measureLatency(
  runners: readonly ModelRunner[],
  samples: readonly TensorMap[],
  { seconds, signal, onFraction }: LatencyOptions,
): Promise<ReadonlyMap<ModelRunner, Latency>> {
  const times = new Map(runners.map((runner) => [runner, [] as number[]]));
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  for (let round = 0; round <= LEAST_ROUNDS || elapsed() < seconds; round++)
    for (const [place, runner] of rotated([...times.keys()], round).entries()) {
      const byRounds = (round + place / runners.length) / (LEAST_ROUNDS + 1);
      onFraction?.(Math.min(1, byRounds, seconds > 0 ? elapsed() / seconds : 1));
      for (let run = 0; run <= TURN; run++) {
        const sample = samples[(round * TURN + run) % samples.length];
        if (sample === undefined) return new Map();
        const { inferMs } = await runner.run(sample, signal);
        if (round > 0 && run > 0) times.get(runner)?.push(inferMs);
      }
    }
  return new Map([...times].map(([runner, measured]) => [runner, summary(measured)]));
}

function summary(times: readonly number[]): Latency {
  const sorted = times.toSorted((a, b) => a - b);
  return { runs: sorted.length, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
