import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Quantiles } from './quantiles.js';

/** How late timers of the control loop fire, milliseconds. */
export interface LoopDelay extends Quantiles {
  readonly max: number;
}

const WARM_UP = 3;
const RESOLUTION_MS = 1;

/** How long the event loop is held up while `run` is called `runs` times, one call after the other. */
export async function loopDelay(run: () => Promise<unknown>, runs: number): Promise<LoopDelay> {
  for (let warmUp = 0; warmUp < WARM_UP; warmUp++) await run();
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The monitor counts from its first tick on.
  await setTimeout(10);
  histogram.reset();
  for (let index = 0; index < runs; index++) await run();
  histogram.disable();
  return delays(histogram);
}

/** The monitor records the time between ticks that are meant to be {@link RESOLUTION_MS} apart. */
function delays(histogram: IntervalHistogram): LoopDelay {
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  };
}
