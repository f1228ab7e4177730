import { VLAError } from '../errors.js';
import type { Clock } from './robot.js';

const MAX_RATE_HZ = 1000;

export interface Tick {
  /** Number of the period on the timeline, from 0; it jumps over missed ones. */
  readonly index: number;
  /** When the tick was due: milliseconds on the clock. */
  readonly dueMs: number;
  /** How much later than due the tick comes, milliseconds, 0 or more. */
  readonly latenessMs: number;
  /** Periods that passed since the tick before without a tick, because the work took too long. */
  readonly missed: number;
}

/**
 * Ticks at a fixed rate on an absolute timeline: tick k is due at the first tick's time + k periods, however long the
 * work in between takes, so lateness never adds up. Work that outlasts its period costs the periods that it covers;
 * they are counted and not made up for in a burst.
 *
 *     for await (const { missed } of new FixedRate(robot.clock, 50)) await controlStep(missed);
 */
export class FixedRate implements AsyncIterable<Tick> {
  readonly periodMs: number;
  readonly #clock: Clock;
  #startMs: number | undefined;
  #nextIndex = 0;

  /** @throws VLAError INVALID_ARGUMENT when the rate is not above 0 and at most 1000 Hz */
  constructor(clock: Clock, rateHz: number) {
    this.#clock = clock;
    this.periodMs = 1000 / checkedRate(rateHz);
  }

  /**
   * Resolves when the next tick is due: at once the first time, and at once when it is late. One caller at a time.
   *
   * @throws VLAError ABORTED when the signal fires
   */
  async next(signal?: AbortSignal): Promise<Tick> {
    if (signal?.aborted) throw new VLAError('ABORTED', 'the wait was cancelled', { cause: signal.reason });
    const calledMs = this.#clock.now();
    this.#startMs ??= calledMs;
    const periodsPassed = Math.floor((calledMs - this.#startMs) / this.periodMs);
    const missed = Math.max(0, periodsPassed - this.#nextIndex);
    const index = this.#nextIndex + missed;
    const dueMs = this.#startMs + index * this.periodMs;
    if (dueMs > calledMs) await this.#clock.sleep(dueMs - calledMs, signal);
    this.#nextIndex = index + 1;
    return { index, dueMs, latenessMs: Math.max(0, this.#clock.now() - dueMs), missed };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Tick, never> {
    for (;;) yield await this.next();
  }
}

/** @throws VLAError INVALID_ARGUMENT when the rate is not above 0 and at most 1000 Hz */
export function checkedRate(rateHz: number): number {
  if (!(rateHz > 0 && rateHz <= MAX_RATE_HZ))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `the rate must be above 0 and at most ${MAX_RATE_HZ} Hz, got ${rateHz}`,
    );
  return rateHz;
}
