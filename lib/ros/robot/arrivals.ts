import { VLAError } from '../../errors.js';

/** Weight of the newest interval in the mean. */
const NEWEST = 0.1;

/** Counts the messages of a topic, tells how often they come, and lets callers wait for them. */
export class Arrivals {
  readonly #waiting = new Set<() => void>();
  #count = 0;
  #lastMs: number | undefined;
  #meanMs: number | undefined;
  #disposed = false;

  get count(): number {
    return this.#count;
  }

  /** Milliseconds on the clock of {@link arrived}. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  /** Messages per second, a moving mean that falls once they stay away; 0 before the second. */
  rateHz(nowMs: number): number {
    if (this.#lastMs === undefined || this.#meanMs === undefined) return 0;
    const intervalMs = Math.max(this.#meanMs, nowMs - this.#lastMs);
    return intervalMs > 0 ? 1000 / intervalMs : 0;
  }

  arrived(nowMs: number): void {
    this.#count++;
    if (this.#lastMs !== undefined) {
      const intervalMs = nowMs - this.#lastMs;
      this.#meanMs =
        this.#meanMs === undefined ? intervalMs : this.#meanMs + NEWEST * (intervalMs - this.#meanMs);
    }
    this.#lastMs = nowMs;
    for (const look of [...this.#waiting]) look();
  }

  /**
   * Looks now and after each message; false when nothing makes it true within `timeoutMs` of real time.
   *
   * @throws VLAError DISPOSED
   */
  async until(condition: () => boolean, timeoutMs: number): Promise<boolean> {
    this.#checkOpen();
    if (condition()) return true;
    let look = () => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<boolean>((resolve, reject) => {
        look = () => {
          try {
            this.#checkOpen();
            if (condition()) resolve(true);
          } catch (error) {
            reject(error);
          }
        };
        this.#waiting.add(look);
        timer = setTimeout(() => resolve(condition()), timeoutMs);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }

  /** Whoever waits gets DISPOSED. */
  dispose(): void {
    this.#disposed = true;
    for (const look of [...this.#waiting]) look();
  }

  #checkOpen(): void {
    if (this.#disposed) throw new VLAError('DISPOSED', 'the subscription was disposed of');
  }
}
