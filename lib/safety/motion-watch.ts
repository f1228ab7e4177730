import type { Waypoint } from '../action/action-chunk.js';
import { FixedRate } from '../robot/fixed-rate.js';
import type { Clock } from '../robot/robot.js';
import type { GuardedMotion } from './guarded-motion.js';

/** Watches a motion to its end, at a fixed rate, whatever else is waited for meanwhile. */
export class MotionWatch {
  readonly #motion: Pick<GuardedMotion, 'tick'>;
  readonly #rate: FixedRate;
  readonly #signal: AbortSignal | undefined;
  readonly #passed: Waypoint[] = [];
  #due: Promise<unknown> | undefined;
  #moving = true;

  constructor(
    motion: Pick<GuardedMotion, 'tick'>,
    clock: Clock,
    rateHz: number,
    signal: AbortSignal | undefined,
  ) {
    this.#motion = motion;
    this.#rate = new FixedRate(clock, rateHz);
    this.#signal = signal;
  }

  /**
   * The waypoints as they are passed, until the robot is at rest.
   *
   * @throws VLAError ABORTED when the signal fires
   */
  async *passed(): AsyncGenerator<Waypoint> {
    for (;;) {
      const waypoint = this.#passed.shift();
      if (waypoint !== undefined) yield waypoint;
      else if (!this.#moving) return;
      else await this.#tick();
    }
  }

  /** The result of the work. A callback may be slow; a motion that nobody watches meanwhile must not be. */
  async meanwhile<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const settle = () => {
      settled = true;
    };
    const waited = work.then(settle, settle);
    while (this.#moving && !settled) {
      await Promise.race([waited, this.#nextDue()]);
      if (!settled) await this.#tick();
    }
    return work;
  }

  async #tick(): Promise<void> {
    await this.#nextDue();
    this.#due = undefined;
    const { passed, moving } = await this.#motion.tick();
    this.#passed.push(...passed);
    this.#moving = moving;
  }

  /** One and the same wait until it is over: it may be awaited by several in turn. */
  #nextDue(): Promise<unknown> {
    if (this.#due === undefined) {
      this.#due = this.#rate.next(this.#signal);
      // Whoever awaits it hears of an abort; when nobody does, the motion is over.
      this.#due.catch(() => {});
    }
    return this.#due;
  }
}
