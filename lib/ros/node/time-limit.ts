import type { Clock } from '../../robot/robot.js';

/** Fires its signal once a time on the robot's clock is over. */
export class TimeLimit implements Disposable {
  readonly #clock: Clock;
  readonly #seconds: () => number;
  readonly #over = new AbortController();
  #waiting = new AbortController();

  /** @param seconds asked at each start; 0: never over */
  constructor(clock: Clock, seconds: () => number) {
    this.#clock = clock;
    this.#seconds = seconds;
    this.restart();
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  restart(): void {
    this.dispose();
    const seconds = this.#seconds();
    if (!(seconds > 0)) return;
    this.#waiting = new AbortController();
    this.#clock.sleep(seconds * 1000, this.#waiting.signal).then(
      () => this.#over.abort(),
      () => {},
    );
  }

  dispose(): void {
    this.#waiting.abort();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
