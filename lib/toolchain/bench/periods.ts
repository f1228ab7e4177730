import { systemClock } from '../../robot/clock.js';
import { FixedRate } from '../../robot/fixed-rate.js';

/** What a measurement at a fixed rate has found so far. */
export interface Periods {
  readonly rateHz: number;
  /** Milliseconds from one start to the next. */
  readonly ms: number[];
  /** Periods that passed without a start. */
  missed: number;
}

const LEAST_PERIODS = 5;

/**
 * Starts `work` at a fixed rate for so many seconds, five periods at least; does nothing when there is no time for them.
 *
 * @param periods is filled as it goes, so that what was measured is there when the signal fires
 */
export async function measurePeriods(
  work: () => Promise<unknown>,
  periods: Periods,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  if (seconds * periods.rateHz < LEAST_PERIODS) return;
  const rate = new FixedRate(systemClock, periods.rateHz);
  const until = performance.now() + seconds * 1000;
  let startedAt: number | undefined;
  while (performance.now() < until || periods.ms.length < LEAST_PERIODS) {
    periods.missed += (await rate.next(signal)).missed;
    const now = performance.now();
    if (startedAt !== undefined) periods.ms.push(now - startedAt);
    startedAt = now;
    await work();
  }
}
