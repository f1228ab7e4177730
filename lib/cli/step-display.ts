import type { DisplayStream } from './build-display.js';

const BAR = 24;
const CLEAR_LINE = '\r\u001b[K';

/** One step of a command's work. */
export interface Step {
  /** Such as `Exporting to ONNX`. */
  readonly label: string;
  /** 0 … 1; absent where nobody can tell. */
  readonly fraction?: number;
}

/** A line that is rewritten on a terminal; elsewhere one line for each label. */
export class StepDisplay {
  readonly #stream: DisplayStream;
  #label: string | undefined;

  constructor(stream: DisplayStream) {
    this.#stream = stream;
  }

  show({ label, fraction }: Step): void {
    if (this.#stream.isTTY === true) {
      const done = Math.min(1, Math.max(0, fraction ?? 0));
      const full = Math.round(done * BAR);
      const bar =
        fraction === undefined
          ? ''
          : `${'█'.repeat(full)}${'░'.repeat(BAR - full)} ${`${Math.floor(done * 100)}`.padStart(3)} % `;
      // A line that wraps could not be overwritten.
      this.#stream.write(`${CLEAR_LINE}${`${bar}${label}`.slice(0, (this.#stream.columns ?? 80) - 1)}`);
    } else if (label !== this.#label) this.#stream.write(`${label}\n`);
    this.#label = label;
  }

  /** A line that stays, such as a warning. */
  note(text: string): void {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Takes the line away, so that other text can follow. */
  clear(): void {
    if (this.#stream.isTTY === true) this.#stream.write(CLEAR_LINE);
  }
}
