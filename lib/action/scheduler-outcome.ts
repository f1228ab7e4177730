import type { VLAError } from '../errors.js';
import type { Outcome, SafetyReason } from '../safety/verdict.js';

/**
 * Why a run ended. `success`: the success condition held. `aborted`: its signal fired. `latched`: the safe side
 * stopped the robot and stays latched. `timeLimit`: its time was over. `rejected`: too many chunks in a row were
 * rejected. `inference`: too many inferences in a row failed. `failed`: the robot, its safe side, or a function that
 * was given reported an error.
 */
export type SchedulerEnd =
  | 'success'
  | 'aborted'
  | 'latched'
  | 'timeLimit'
  | 'rejected'
  | 'inference'
  | 'failed';

/** One chunk from the camera to the command. Times are milliseconds on the robot's clock unless it says otherwise. */
export interface ChunkSpan {
  readonly sequence: number;
  readonly instruction: string;
  /** When its observation was captured. */
  readonly capturedAt: number;
  readonly inferStartedAt: number;
  readonly inferEndedAt: number;
  /** How long the inference took, wall clock. */
  readonly inferMs: number;
  /** How long the guards took, wall clock. */
  readonly guardMs: number;
  /** When the robot took it over; undefined when nothing was sent. */
  readonly commandedAt: number | undefined;
  readonly outcome: Outcome;
  readonly reasons: readonly SafetyReason[];
  /** Waypoints consumed from the capture to the command (or the refusal). */
  readonly delayActions: number;
  /** The same in milliseconds. */
  readonly delayMs: number;
}

/** How late the ticks of the control loop were, milliseconds; undefined before the first. */
export interface Lateness {
  /** Within 1 %. */
  readonly p50: number | undefined;
  /** Within 1 %. */
  readonly p99: number | undefined;
  readonly max: number | undefined;
}

/** What happened in a run. */
export interface SchedulerStats {
  readonly ticks: number;
  /** Ticks that were left out because the one before them took too long. */
  readonly missedTicks: number;
  readonly latenessMs: Lateness;
  /** Chunks that arrived, whatever became of them. */
  readonly inferences: number;
  /** Inferences that brought no chunk. */
  readonly inferenceErrors: number;
  /** The last of their errors. */
  readonly lastInferenceError?: VLAError;
  /** Answers that nobody wanted any more, because a new instruction had come. */
  readonly discarded: number;
  /** Chunks that the guards refused. */
  readonly rejects: number;
  /** Times that the robot came to rest for want of a chunk. */
  readonly starvations: number;
  /** Chunks that were not there when the one before them began to brake for its end. */
  readonly deadlineMisses: number;
  /** Longest time at rest between the first motion and the end, milliseconds. */
  readonly worstPauseMs: number;
  /** From the start to the end, milliseconds on the robot's clock, the final braking left out. */
  readonly durationMs: number;
}

export interface SchedulerOutcome extends SchedulerStats {
  /** Whether the success condition held. */
  readonly completed: boolean;
  readonly end: SchedulerEnd;
  /** Present unless it ended with success or by its time limit, or when the final braking failed. */
  readonly reason?: VLAError;
}
