import { VLAError } from '../errors.js';
import { type InstructionCount, InstructionTally } from './instruction-tally.js';
import { LatencyHistogram } from './latency-histogram.js';

/** Inference latencies in milliseconds; all but the count are undefined before the first inference. */
export interface LatencySummary {
  readonly count: number;
  /** Exact. */
  readonly mean: number | undefined;
  /** Within 1 % of the true median. */
  readonly p50: number | undefined;
  /** Within 1 % of the true 99th percentile. */
  readonly p99: number | undefined;
  /** Exact. */
  readonly max: number | undefined;
}

export interface MonitorSummary {
  readonly executions: number;
  readonly successes: number;
  readonly failures: number;
  /** Successes per execution, 0 … 1; undefined before the first execution. */
  readonly successRate: number | undefined;
  readonly inferenceMs: LatencySummary;
  /** The most executed first; the monitor keeps a bounded number of them, those used last. */
  readonly instructions: readonly InstructionCount[];
}

export interface VLAMonitorOptions {
  /** Number of different instructions to count separately. Default 100. */
  readonly maxInstructions?: number;
}

/**
 * Success rate and inference latency over the life of a process. Its memory is bounded, so it can run for months:
 * latencies go into a histogram, and only the instructions used last are counted one by one. Prints nothing.
 */
export class VLAMonitor {
  readonly #maxInstructions: number;
  #successes = 0;
  #failures = 0;
  #latency = new LatencyHistogram();
  #instructions: InstructionTally;

  /** @throws VLAError INVALID_ARGUMENT when maxInstructions is not a whole number of 1 or more */
  constructor({ maxInstructions = 100 }: VLAMonitorOptions = {}) {
    if (!(Number.isInteger(maxInstructions) && maxInstructions >= 1))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `maxInstructions must be a whole number, 1 or more, got ${maxInstructions}`,
      );
    this.#maxInstructions = maxInstructions;
    this.#instructions = new InstructionTally(maxInstructions);
  }

  /**
   * Records one execution of an instruction: whether it succeeded, and the latency of its inference, or of each of
   * them, in milliseconds.
   *
   * @throws VLAError INVALID_ARGUMENT when a latency is negative or not finite, or another argument has the wrong
   *   type; nothing is recorded then
   */
  logExecution(instruction: string, success: boolean, inferenceMs: number | readonly number[]): void {
    if (typeof instruction !== 'string')
      throw new VLAError('INVALID_ARGUMENT', `the instruction must be a string, got ${typeof instruction}`);
    if (typeof success !== 'boolean')
      throw new VLAError('INVALID_ARGUMENT', `success must be true or false, got ${typeof success}`);
    const latencies: readonly unknown[] = Array.isArray(inferenceMs) ? inferenceMs : [inferenceMs];
    if (!latencies.every(isLatency))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `inferenceMs must be 0 or more milliseconds, got ${latencies.find((ms) => !isLatency(ms))}`,
      );

    for (const ms of latencies) this.#latency.record(ms);
    this.#instructions.record(instruction, success);
    if (success) this.#successes++;
    else this.#failures++;
  }

  /** Everything recorded since the start or the last {@link reset}. */
  summary(): MonitorSummary {
    const executions = this.#successes + this.#failures;
    const latency = this.#latency;
    return {
      executions,
      successes: this.#successes,
      failures: this.#failures,
      successRate: executions > 0 ? this.#successes / executions : undefined,
      inferenceMs: {
        count: latency.count,
        mean: latency.mean,
        p50: latency.percentile(0.5),
        p99: latency.percentile(0.99),
        max: latency.max,
      },
      instructions: this.#instructions.list(),
    };
  }

  /** Two lines for people, such as `Success Rate: 95.0%` and `Avg Inference: 1.2ms`; `n/a` before the first. */
  report(): string {
    const { successRate, inferenceMs } = this.summary();
    const rate = successRate === undefined ? 'n/a' : `${(successRate * 100).toFixed(1)}%`;
    const mean = inferenceMs.mean === undefined ? 'n/a' : `${inferenceMs.mean.toFixed(1)}ms`;
    return `Success Rate: ${rate}\nAvg Inference: ${mean}`;
  }

  /** Forgets everything. */
  reset(): void {
    this.#successes = 0;
    this.#failures = 0;
    this.#latency = new LatencyHistogram();
    this.#instructions = new InstructionTally(this.#maxInstructions);
  }
}

function isLatency(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
