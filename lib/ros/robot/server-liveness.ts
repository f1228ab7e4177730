import type { GoalCancelService } from './goal-cancel-service.js';

/** Shares of the whole time: silence before the server is asked, and what it has for its answer. */
const SILENCE = 0.25;
const ANSWER = 0.5;
/** A timer that fires later than this had to wait for this process, and the server's answer may have to as well. */
const HELD_UP_MS = 100;

/**
 * Notices the death of an action server while it carries out a goal. Of a server that was killed ROS tells nothing for
 * seconds and no result ever comes; so its feedback is the sign of life, and when that fails to come it is asked.
 */
export class ServerLiveness implements Disposable {
  readonly #cancelService: GoalCancelService;
  readonly #timeoutMs: number;
  readonly #onDead: () => void;
  #heardAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  /** @param timeoutMs at the latest after this much silence `onDead` is called, once */
  constructor(cancelService: GoalCancelService, timeoutMs: number, onDead: () => void) {
    this.#cancelService = cancelService;
    this.#timeoutMs = timeoutMs;
    this.#onDead = onDead;
    this.#lookIn(timeoutMs * SILENCE);
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  /** Ends the watch: nothing is called afterwards. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #lookIn(ms: number): void {
    if (!this.#disposed) this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    const silenceMs = this.#timeoutMs * SILENCE;
    const leftMs = silenceMs - (performance.now() - this.#heardAt);
    if (leftMs > 0) return this.#lookIn(leftMs);
    const askedAt = performance.now();
    const answerMs = this.#timeoutMs * ANSWER;
    const alive = (await this.#cancelService.answers(answerMs)) || this.#heardAt > askedAt;
    if (this.#disposed) return;
    const heldUp = performance.now() - askedAt > answerMs + HELD_UP_MS;
    if (alive) this.heard();
    if (alive || heldUp) return this.#lookIn(alive ? silenceMs : 0);
    this.dispose();
    this.#onDead();
  }
}
