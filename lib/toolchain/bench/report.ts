import type { JetsonState } from '../../engine/jetson-state/jetson-state.js';
import type { Distribution } from './distribution.js';
import type { Histogram } from './histogram.js';
import type { MachineDescription } from './machine-description.js';
import type { MedianRatio } from './median-ratio.js';

/**
 * In their order. decode: compressed frames to pixels. preprocess: pixels, text and state to tensors. infer: the model, as
 * its backend measures it. postprocess: tensors to actions. guard: the judgement of the chunk, until the robot is given
 * its trajectory. command: until the robot has taken it over. total: all of it, and the way to the model's thread and back.
 */
export const STAGES = ['decode', 'preprocess', 'infer', 'postprocess', 'guard', 'command', 'total'] as const;
export type Stage = (typeof STAGES)[number];

/** A figure, or the reason why there is none, for people. */
export type Measured<T> = T | { readonly notMeasured: string };

export interface WarmUp {
  /** Latencies of the first inferences (at most 50), ms. */
  readonly ms: readonly number[];
  /** How many inferences came before the latency was at most 10 % above the steady median; undefined when it never was. */
  readonly settledAfter: number | undefined;
}

/** How evenly inferences start when they are to start at a fixed rate. */
export interface Jitter {
  readonly rateHz: number;
  /** Milliseconds from one start to the next. */
  readonly periods: Distribution;
  /** How far the slowest of a hundred periods is from the median one, ms. */
  readonly p99AboveMedianMs: number;
  /** Periods without an inference, because the one before took too long. */
  readonly missed: number;
}

export interface GuardReport {
  /** Which limits chunks were judged by. */
  readonly limits: string;
  /** How many chunks ended as what. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Why the first chunk that was not sent whole was not. */
  readonly why: string | undefined;
}

/** Bytes. */
export interface Memory {
  /** Resident memory of the process before and after the policy was loaded, and the most that it ever had. */
  readonly rssBeforeLoad: number;
  readonly rssAfterLoad: number;
  readonly rssPeak: number;
  /** GPU memory for what the model computes in between, weights not counted; undefined with ONNX Runtime. */
  readonly device: number | undefined;
}

export interface PolicyReport {
  /** As it was asked for, such as `policies/pick@float32`. */
  readonly target: string;
  readonly id: string;
  readonly name: string;
  readonly backend: 'onnxruntime' | 'tensorrt';
  /** As policy.json names it; undefined for a model without one. */
  readonly precision: string | undefined;
  readonly observations: string;
  readonly loadMs: number;
  readonly firstInferenceMs: number | undefined;
  readonly warmUp: WarmUp;
  /** Milliseconds. */
  readonly stages: Readonly<Record<Stage, Measured<Distribution>>>;
  /** Of the total. */
  readonly histogram: Histogram;
  readonly guard: Measured<GuardReport>;
  /** Inferences a second, one right after the other, frames ready-made. */
  readonly inferencesPerSecond: number | undefined;
  /** How late timers of the same process fire meanwhile, ms. */
  readonly eventLoopDelay: Distribution | undefined;
  readonly jitter: Measured<Jitter>;
  readonly memory: Memory;
  /** What was odd, one line each. */
  readonly warnings: readonly string[];
}

export interface Comparison {
  readonly stage: 'infer' | 'total';
  /** Undefined when there were too few rounds. */
  readonly medians: MedianRatio | undefined;
  /** What that means, in a sentence. */
  readonly verdict: string;
}

export interface BenchReport {
  /** False when it was interrupted: then the figures are of what was measured by then. */
  readonly complete: boolean;
  /** Seconds that were asked for. */
  readonly durationS: number;
  readonly machine: MachineDescription;
  readonly before: JetsonState;
  readonly after: JetsonState;
  readonly policy: PolicyReport;
  readonly other?: PolicyReport;
  readonly comparison?: readonly Comparison[];
  /** What spoils the figures, one line each. */
  readonly warnings: readonly string[];
}

export function isMeasured<T extends object>(value: Measured<T>): value is T {
  return !('notMeasured' in value);
}
