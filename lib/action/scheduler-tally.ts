import type { VLAError } from '../errors.js';
import { LatencyHistogram } from '../monitor/latency-histogram.js';
import type { MotionStatus } from '../safety/guarded-motion.js';
import type { SchedulerStats } from './scheduler-outcome.js';

/** Counts what happens in a run, in bounded memory. */
export class SchedulerTally {
  inferences = 0;
  discarded = 0;
  rejects = 0;
  deadlineMisses = 0;
  readonly #startedAt: number;
  readonly #lateness = new LatencyHistogram();
  #ticks = 0;
  #missedTicks = 0;
  #inferenceErrors = 0;
  #lastInferenceError: VLAError | undefined;
  #starvations = 0;
  #hasMoved = false;
  #restingSince: number | undefined;
  #worstPauseMs = 0;

  constructor(nowMs: number) {
    this.#startedAt = nowMs;
  }

  ticked({ latenessMs, missed }: { readonly latenessMs: number; readonly missed: number }): void {
    this.#ticks++;
    this.#missedTicks += missed;
    this.#lateness.record(Math.max(0, latenessMs));
  }

  inferenceFailed(error: VLAError): void {
    this.#inferenceErrors++;
    this.#lastInferenceError = error;
  }

  /** Watches whether the robot moves: a run that is not over starves once it comes to rest. */
  saw({ moving }: Pick<MotionStatus, 'moving'>, nowMs: number): void {
    if (moving) {
      this.#endPause(nowMs);
      this.#hasMoved = true;
    } else if (this.#hasMoved && this.#restingSince === undefined) {
      this.#restingSince = nowMs;
      this.#starvations++;
    }
  }

  stats(nowMs: number): SchedulerStats {
    this.#endPause(nowMs);
    const lateness = this.#lateness;
    return {
      ticks: this.#ticks,
      missedTicks: this.#missedTicks,
      latenessMs: { p50: lateness.percentile(0.5), p99: lateness.percentile(0.99), max: lateness.max },
      inferences: this.inferences,
      inferenceErrors: this.#inferenceErrors,
      ...(this.#lastInferenceError && { lastInferenceError: this.#lastInferenceError }),
      discarded: this.discarded,
      rejects: this.rejects,
      starvations: this.#starvations,
      deadlineMisses: this.deadlineMisses,
      worstPauseMs: this.#worstPauseMs,
      durationMs: nowMs - this.#startedAt,
    };
  }

  #endPause(nowMs: number): void {
    if (this.#restingSince === undefined) return;
    this.#worstPauseMs = Math.max(this.#worstPauseMs, nowMs - this.#restingSince);
    this.#restingSince = undefined;
  }
}
