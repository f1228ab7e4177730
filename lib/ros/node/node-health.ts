import type { ActionChunk } from '../../action/action-chunk.js';
import type { ChunkSpan, SchedulerOutcome } from '../../action/scheduler-outcome.js';
import type { VLAError } from '../../errors.js';
import { LatencyHistogram } from '../../monitor/latency-histogram.js';
import { VLAMonitor } from '../../monitor/vla-monitor.js';

/** What happened since the node was configured, in bounded memory. Times are milliseconds. */
export class NodeHealth {
  readonly monitor = new VLAMonitor();
  readonly inferMs = new LatencyHistogram();
  readonly guardMs = new LatencyHistogram();
  /** From the frame's stamp to the command. */
  readonly commandMs = new LatencyHistogram();
  chunks = 0;
  commands = 0;
  rejects = 0;
  inferenceErrors = 0;
  deadlineMisses = 0;
  callbackErrors = 0;
  lastError: VLAError | undefined;
  /** Of the newest chunk, from its frame's stamp on. */
  lastCommandMs: number | undefined;
  #runInferMs: number[] = [];

  inferred(chunk: ActionChunk): void {
    this.chunks++;
    if (chunk.timing === undefined) return;
    this.inferMs.record(chunk.timing.inferMs);
    // One run may last for hours; the monitor takes the latencies with the run that they belong to.
    if (this.#runInferMs.length < MOST_PER_RUN) this.#runInferMs.push(chunk.timing.inferMs);
  }

  judged({ guardMs, commandedAt, delayMs }: ChunkSpan): void {
    this.guardMs.record(guardMs);
    if (commandedAt === undefined) {
      this.rejects++;
      return;
    }
    this.commands++;
    this.lastCommandMs = delayMs;
    this.commandMs.record(Math.max(0, delayMs));
  }

  inferenceFailed(error: VLAError): void {
    this.inferenceErrors++;
    this.lastError = error;
  }

  callbackFailed(error: VLAError): void {
    this.callbackErrors++;
    this.lastError = error;
  }

  ended(instruction: string, outcome: SchedulerOutcome): void {
    this.deadlineMisses += outcome.deadlineMisses;
    this.monitor.logExecution(instruction, outcome.completed, this.#runInferMs);
    this.#runInferMs = [];
    if (outcome.reason !== undefined) this.lastError = outcome.reason;
  }
}

/** Latencies of one run that the monitor gets. */
const MOST_PER_RUN = 100_000;
