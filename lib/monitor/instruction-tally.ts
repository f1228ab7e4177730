/** How often an instruction was executed. */
export interface InstructionCount {
  readonly instruction: string;
  readonly count: number;
  readonly successes: number;
}

const LONGEST = 200;

/**
 * Counts per instruction, for a bounded number of instructions: when there are too many, the one that was not used
 * for the longest time is dropped, and starts from zero should it come back.
 */
export class InstructionTally {
  readonly #capacity: number;
  // A Map iterates in the order of insertion; each use inserts anew, so the first key is the one to drop.
  readonly #counts = new Map<string, InstructionCount>();

  /** @param capacity number of instructions kept, 1 or more */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Counts one execution. Of an instruction beyond 200 characters only the beginning is kept. */
  record(instruction: string, success: boolean): void {
    const key = instruction.length > LONGEST ? shortened(instruction) : instruction;
    const { count = 0, successes = 0 } = this.#counts.get(key) ?? {};
    this.#counts.delete(key);
    this.#counts.set(key, {
      instruction: key,
      count: count + 1,
      successes: successes + (success ? 1 : 0),
    });
    const oldest = this.#counts.keys().next();
    if (this.#counts.size > this.#capacity && !oldest.done) this.#counts.delete(oldest.value);
  }

  /** The instructions that are kept, the most executed first. */
  list(): readonly InstructionCount[] {
    return [...this.#counts.values()].sort((one, other) => other.count - one.count);
  }
}

function shortened(text: string): string {
  // A slice keeps the whole text alive in V8; going through bytes makes a string of its own.
  return `${Buffer.from(text.slice(0, LONGEST - 1), 'utf16le').toString('utf16le')}…`;
}
