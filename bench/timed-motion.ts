import type { GuardedMotion, JointReference, MotionRequest, MotionStatus, Submission } from 'jetson-vla';

/** Milliseconds. */
export interface MotionTimes {
  readonly submit: number[];
  readonly tick: number[];
}

/** The guards of an executor, timed. */
export class TimedMotion implements GuardedMotion {
  readonly #motion: GuardedMotion;
  readonly #times: MotionTimes;
  readonly #onSubmitted: () => Promise<void>;

  /** @param onSubmitted called after each chunk, once its time is taken */
  constructor(motion: GuardedMotion, times: MotionTimes, onSubmitted: () => Promise<void>) {
    this.#motion = motion;
    this.#times = times;
    this.#onSubmitted = onSubmitted;
  }

  progressAt(timeMs: number): number {
    return this.#motion.progressAt(timeMs);
  }

  referenceAt(timeMs: number): JointReference | undefined {
    return this.#motion.referenceAt(timeMs);
  }

  async submit(request: MotionRequest): Promise<Submission> {
    const start = performance.now();
    const submission = await this.#motion.submit(request);
    this.#times.submit.push(performance.now() - start);
    await this.#onSubmitted();
    return submission;
  }

  async tick(): Promise<MotionStatus> {
    const start = performance.now();
    const status = await this.#motion.tick();
    // At rest a tick has nothing to do.
    if (status.moving) this.#times.tick.push(performance.now() - start);
    return status;
  }

  slowTo(rate: number): Promise<void> {
    return this.#motion.slowTo(rate);
  }
}
