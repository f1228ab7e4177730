import type { GoalCancelService } from './goal-cancel-service.js';

/** Shares of the whole time: from an answer to the next question, and from a question to its answer. */
const PAUSE = 0.25;
const ANSWER = 0.5;
/** A timer that fires later than this had to wait for this process, and the server's answer may have to as well. */
const HELD_UP_MS = 100;

/**
 * Notices the death of an action server while it carries out a goal. Of a server that was killed ROS tells nothing for
 * seconds and no result ever comes, so it is asked again and again. Feedback would be a sign of life without asking, but
 * not every server sends it, and rclnodejs takes long over it.
 */
export class ServerLiveness implements Disposable {
  readonly #cancelService: GoalCancelService;
  readonly #timeoutMs: number;
  readonly #onDead: () => void;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  /** @param timeoutMs at the latest after this much silence `onDead` is called, once */
  constructor(cancelService: GoalCancelService, timeoutMs: number, onDead: () => void) {
    this.#cancelService = cancelService;
    this.#timeoutMs = timeoutMs;
    this.#onDead = onDead;
    this.#lookIn(timeoutMs * PAUSE);
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
    const askedAt = performance.now();
    const answerMs = this.#timeoutMs * ANSWER;
    const alive = await this.#cancelService.answers(answerMs);
    if (this.#disposed) return;
    if (alive) return this.#lookIn(this.#timeoutMs * PAUSE);
    const heldUp = performance.now() - askedAt > answerMs + HELD_UP_MS;
    if (heldUp) return this.#lookIn(0);
    this.dispose();
    this.#onDead();
  }
}
