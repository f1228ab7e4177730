/** Frames carry a number in one byte, so a number comes again after so many of them. */
export const FRAME_NUMBERS = 256;

/** Tells how long after its frame an answer came. The first answer to a frame counts, as a timer may give it several. */
export class FrameLog {
  /** When the newest frame of each number was sent; gone once it was answered. */
  readonly #sentAt = new Map<number, number>();
  readonly #latencies: number[] = [];
  #sent = 0;
  #frame = -1;

  /** @returns the number that the next frame has to carry */
  next(): number {
    this.#frame = (this.#frame + 1) % FRAME_NUMBERS;
    return this.#frame;
  }

  sent(frame: number, atMs: number): void {
    this.#sentAt.set(frame, atMs);
    this.#sent++;
  }

  answered(frame: number, atMs: number): void {
    const sentAt = this.#sentAt.get(frame);
    if (sentAt === undefined) return;
    this.#sentAt.delete(frame);
    this.#latencies.push(atMs - sentAt);
  }

  /** Milliseconds from each frame to its answer, and the frames that got none; begins anew. */
  take(): { readonly latencies: readonly number[]; readonly missed: number } {
    const latencies = this.#latencies.splice(0);
    const missed = this.#sent - latencies.length;
    this.#sent = 0;
    this.#sentAt.clear();
    return { latencies, missed };
  }
}
