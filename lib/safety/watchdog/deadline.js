/**
 * Expires when nobody has touched it for a while, by this process's monotonic clock. Plain JavaScript because
 * watchdog-child.js runs without a loader.
 */
export class Deadline {
  #ms;
  #onExpired;
  #touchedAt = Number.NEGATIVE_INFINITY;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /**
   * @param {number} ms
   * @param {() => void} onExpired called once per start, while it is watched
   */
  constructor(ms, onExpired) {
    this.#ms = ms;
    this.#onExpired = onExpired;
  }

  get expired() {
    return performance.now() - this.#touchedAt > this.#ms;
  }

  touch() {
    this.#touchedAt = performance.now();
  }

  /** As if it had never been touched. */
  lapse() {
    this.#touchedAt = Number.NEGATIVE_INFINITY;
  }

  watch() {
    this.rest();
    this.#wait();
  }

  rest() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #wait() {
    const leftMs = Math.max(0, this.#touchedAt + this.#ms - performance.now());
    // One more millisecond: a timer counts whole ones and may fire within the last of them.
    const timer = setTimeout(() => {
      // Timers run before input is read. If it was this process that was held up, the signs of life lie in the pipe.
      setImmediate(() => {
        if (this.#timer !== timer) return;
        if (!this.expired) return this.#wait();
        this.rest();
        this.#onExpired();
      });
    }, leftMs + 1);
    this.#timer = timer;
  }
}
