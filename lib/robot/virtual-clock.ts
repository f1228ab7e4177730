import { VLAError } from '../errors.js';
import type { Clock } from './robot.js';

/**
 * How many turns of the event loop must pass without a new sleeper before time goes on: programs reach their next
 * sleep over promises and one or two `setImmediate`.
 */
const QUIET_TURNS = 3;

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

export interface VirtualClockOptions {
  /** The time at the start, milliseconds. Default 0. */
  readonly startMs?: number;
  /**
   * Called each time before the clock moves on to `toMs`: a simulated world steps its physics up to there. What it
   * throws reaches the sleeper that was to wake.
   */
  readonly onAdvance?: (toMs: number) => void;
}

/**
 * Simulated time for any number of concurrent sleepers. It stands still while somebody computes, and jumps to the
 * earliest sleeper once all of them wait, so a program runs as fast as it can and the same way each time. Sleepers
 * that are due together wake in the order in which they fell asleep, one after the other.
 *
 * Only promises and `setImmediate` count as computing. Hold the clock around anything else that is awaited (a worker,
 * a file, a real timer), or time runs on meanwhile:
 *
 *     const chunk = await clock.withHold(() => engine.infer(frame, instruction));
 */
export class VirtualClock implements Clock {
  readonly #onAdvance: ((toMs: number) => void) | undefined;
  /** By time, and in order of arrival where that is equal. */
  readonly #sleepers: Sleeper[] = [];
  #now: number;
  #holds = 0;
  #quietTurns = 0;
  #turnPending = false;

  constructor({ startMs = 0, onAdvance }: VirtualClockOptions = {}) {
    if (!Number.isFinite(startMs))
      throw new VLAError('INVALID_ARGUMENT', `startMs must be finite milliseconds, got ${startMs}`);
    this.#now = startMs;
    this.#onAdvance = onAdvance;
  }

  now(): number {
    return this.#now;
  }

  /** How many wait on this clock now. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  /** @throws VLAError ABORTED when the signal fires, INVALID_ARGUMENT when `ms` is not finite */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (!Number.isFinite(ms))
        throw new VLAError('INVALID_ARGUMENT', `sleep takes finite milliseconds, got ${ms}`);
      const aborted = () => new VLAError('ABORTED', 'the wait was cancelled', { cause: signal?.reason });
      if (signal?.aborted) throw aborted();
      const onAbort = () => {
        const place = this.#sleepers.indexOf(sleeper);
        if (place >= 0) this.#sleepers.splice(place, 1);
        reject(aborted());
      };
      const sleeper: Sleeper = {
        wakeAt: this.#now + Math.max(0, ms),
        wake: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        fail: (error) => {
          signal?.removeEventListener('abort', onAbort);
          reject(error);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const later = this.#sleepers.findIndex(({ wakeAt }) => wakeAt > sleeper.wakeAt);
      this.#sleepers.splice(later < 0 ? this.#sleepers.length : later, 0, sleeper);
      this.#somethingHappened();
    });
  }

  /** Stops time until the returned function is called; calling it again does nothing. */
  hold(): () => void {
    this.#holds++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds--;
      this.#somethingHappened();
    };
  }

  /** Stops time until the work has settled, and gives its result. */
  async withHold<T>(work: () => T | Promise<T>): Promise<T> {
    const release = this.hold();
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Moves on to `toMs` at once, past any sleepers: they wake late. Does nothing when that is past. */
  advanceTo(toMs: number): void {
    if (!(toMs > this.#now)) return;
    this.#onAdvance?.(toMs);
    this.#now = toMs;
  }

  #somethingHappened(): void {
    this.#quietTurns = 0;
    this.#awaitTurn();
  }

  #awaitTurn(): void {
    if (this.#turnPending || this.#holds > 0 || this.#sleepers.length === 0) return;
    this.#turnPending = true;
    setImmediate(() => {
      this.#turnPending = false;
      if (this.#holds > 0) return;
      if (++this.#quietTurns >= QUIET_TURNS) this.#wakeNext();
      this.#awaitTurn();
    });
  }

  #wakeNext(): void {
    this.#quietTurns = 0;
    const sleeper = this.#sleepers.shift();
    if (sleeper === undefined) return;
    try {
      this.advanceTo(sleeper.wakeAt);
      sleeper.wake();
    } catch (error) {
      sleeper.fail(error);
    }
  }
}
