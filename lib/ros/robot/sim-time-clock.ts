import { VLAError } from '../../errors.js';
import type { Clock } from '../../robot/robot.js';

/** How often sleepers look at ROS time, real milliseconds: rclnodejs tells nobody when `/clock` moves on. */
const POLL_MS = 1;
/** Steps back up to this are messages of `/clock` that overtook each other, milliseconds. */
const REORDERED_MS = 100;

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * ROS time as a clock that never goes back: where ROS time does (a bag that starts again, a simulation that was reset),
 * it goes on from where it was. It stands still while the simulation is paused, and sleepers wait.
 */
export class SimTimeClock implements Clock {
  readonly #rosNowMs: () => number;
  readonly #onJumpBack: (jumpMs: number) => void;
  readonly #sleepers = new Set<Sleeper>();
  #timer: NodeJS.Timeout | undefined;
  #lastRosMs = Number.NEGATIVE_INFINITY;
  #offsetMs = 0;

  constructor(rosNowMs: () => number, onJumpBack: (jumpMs: number) => void) {
    this.#rosNowMs = rosNowMs;
    this.#onJumpBack = onJumpBack;
  }

  now(): number {
    const rosMs = this.#rosNowMs();
    const backMs = this.#lastRosMs - rosMs;
    this.#lastRosMs = rosMs;
    if (backMs > 0) {
      this.#offsetMs += backMs;
      if (backMs > REORDERED_MS) this.#onJumpBack(backMs);
    }
    return rosMs + this.#offsetMs;
  }

  /** @throws VLAError ABORTED when the signal fires, INVALID_ARGUMENT for NaN, DISPOSED when the node has gone */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (Number.isNaN(ms)) throw new VLAError('INVALID_ARGUMENT', 'sleep takes milliseconds, got NaN');
      const aborted = () => new VLAError('ABORTED', 'the wait was cancelled', { cause: signal?.reason });
      if (signal?.aborted) throw aborted();
      const leave = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
      };
      const sleeper: Sleeper = {
        dueMs: this.now() + ms,
        wake: () => {
          leave();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      const abort = () => {
        sleeper.fail(aborted());
        this.#pollWhileNeeded();
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
      this.#pollWhileNeeded();
    });
  }

  #pollWhileNeeded(): void {
    if (this.#sleepers.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    // A paused simulation must not keep a process alive that has nothing else to do.
    this.#timer ??= setInterval(() => this.#poll(), POLL_MS).unref();
  }

  #poll(): void {
    try {
      const nowMs = this.now();
      const due = [...this.#sleepers].filter(({ dueMs }) => dueMs <= nowMs);
      for (const sleeper of due.sort((a, b) => a.dueMs - b.dueMs)) sleeper.wake();
    } catch (error) {
      for (const sleeper of [...this.#sleepers]) sleeper.fail(error);
    }
    this.#pollWhileNeeded();
  }
}
