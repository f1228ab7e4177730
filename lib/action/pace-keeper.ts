import type { Clock } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';
import type { GuardedMotion } from '../safety/guarded-motion.js';
import type { DeadlineInput, DeadlineWatch } from './deadline-policy.js';

/** Slows the running motion down when the chunk after it is late. */
export class PaceKeeper {
  readonly #motion: GuardedMotion;
  readonly #clock: Clock;
  readonly #deadline: DeadlineWatch;
  readonly #timeoutMs: number;
  #slowing: Promise<void> = Promise.resolve();
  #slowed = false;

  /** @param timeoutMs within which the motion must take a new pace */
  constructor(motion: GuardedMotion, clock: Clock, deadline: DeadlineWatch, timeoutMs: number) {
    this.#motion = motion;
    this.#clock = clock;
    this.#deadline = deadline;
    this.#timeoutMs = timeoutMs;
  }

  /** Whether the running motion goes at another pace than its own. */
  get slowed(): boolean {
    return this.#slowed;
  }

  /** Resolves once no change of pace is under way: the motion takes one command at a time. */
  get settled(): Promise<void> {
    return this.#slowing;
  }

  /**
   * Acts on a deadline that is missed at this tick, and tells whether it was.
   *
   * @throws VLAError ROBOT_FAILED when the motion does not answer; whatever it throws
   */
  async check(input: DeadlineInput): Promise<boolean> {
    const miss = this.#deadline.check(input);
    if (miss === undefined) return false;
    const { rate } = miss;
    if (rate !== undefined) {
      this.#slowed = true;
      const slowing = withTimeout('slowing down', this.#clock, this.#timeoutMs, () =>
        this.#motion.slowTo(rate),
      );
      this.#slowing = slowing.catch(() => {});
      await slowing;
    }
    return true;
  }

  /** A new chunk runs, at its own pace. */
  renew(): void {
    this.#slowed = false;
    this.#deadline.renew();
  }
}
