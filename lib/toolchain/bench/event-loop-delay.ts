const PERIOD_MS = 5;

/**
 * How late timers fire: what a control loop in the same process would feel. Starts at once; milliseconds of each timer
 * until {@link stop}.
 */
export class EventLoopDelay {
  readonly #delays: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#arm();
  }

  /** Idempotent. */
  stop(): readonly number[] {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    return this.#delays;
  }

  #arm(): void {
    const due = performance.now() + PERIOD_MS;
    this.#timer = setTimeout(() => {
      this.#delays.push(Math.max(0, performance.now() - due));
      this.#arm();
    }, PERIOD_MS);
  }
}
