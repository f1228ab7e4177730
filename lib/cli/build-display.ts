import type { BuildProgress } from '../toolchain/build-engine.js';
import { PhaseTree } from './phase-tree.js';

/** Where progress is shown: standard error, or what stands for it in a test. */
export interface DisplayStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const BAR = 24;
const CLEAR_LINE = '\r\u001b[K';

/** A bar on a terminal; elsewhere one line for each phase that starts. */
export class BuildDisplay {
  readonly #stream: DisplayStream;
  readonly #tree = new PhaseTree();

  constructor(stream: DisplayStream) {
    this.#stream = stream;
  }

  show(progress: BuildProgress): void {
    this.#tree.update(progress);
    if (this.#stream.isTTY === true) this.#stream.write(`${CLEAR_LINE}${this.#line()}`);
    else if (progress.step === 0)
      this.#stream.write(`${'  '.repeat(this.#tree.depth(progress))}${progress.phase}\n`);
  }

  /** Takes the bar away, so that other text can follow. */
  clear(): void {
    if (this.#stream.isTTY === true) this.#stream.write(CLEAR_LINE);
  }

  #line(): string {
    const { fraction, current } = this.#tree;
    const full = Math.round(fraction * BAR);
    const bar = `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
    const phase = current ? `${current.phase} ${current.step}/${current.steps}` : '';
    const line = `${bar} ${`${Math.floor(fraction * 100)}`.padStart(3)} % ${phase}`;
    // A line that wraps could not be overwritten.
    return line.slice(0, (this.#stream.columns ?? 80) - 1);
  }
}
