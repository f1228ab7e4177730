import { VLAError } from '../errors.js';
import type { SuccessCondition } from '../robot/success-condition.js';
import type { StateVector } from './chunk-inferrer.js';
import type { DeadlinePolicy } from './deadline-policy.js';
import type { DelayEstimatorOptions } from './delay-estimator.js';
import type { InferenceTriggerOptions } from './inference-trigger.js';
import { type MergeName, type MergeStrategy, mergeStrategy } from './merge-strategies.js';
import type { ChunkSpan } from './scheduler-outcome.js';
import type { ActionReference, StateMode } from './state-projection.js';

export interface ChunkSchedulerOptions {
  /** Ticks of the control loop per second, above 0 and at most 1000. Default 50. */
  readonly rateHz?: number;
  /** How a new chunk joins those before it. Default `weightedAverage`. */
  readonly merge?: MergeName | MergeStrategy;
  /** When the next chunk is asked for. */
  readonly trigger?: InferenceTriggerOptions;
  /** How the delay of a chunk is estimated. */
  readonly delay?: DelayEstimatorOptions;
  /** What happens when the next chunk is late. Default `decelerate`. */
  readonly deadlinePolicy?: DeadlinePolicy;
  /** A chunk is late when fewer waypoints than this are left of the one before it, above 0. Default 1. */
  readonly deadlineReserve?: number;
  /** Which joints the policy is shown. Default `measured`. */
  readonly stateMode?: StateMode;
  /** What the policy's own actions are; matters for the state mode `projected` only. Default `absolute`. */
  readonly actionReference?: ActionReference;
  /** Makes the policy's state vector. Default: the joints alone. */
  readonly stateVector?: StateVector;
  /** Ends the run once it holds. Default: never holds. */
  readonly successCondition?: SuccessCondition;
  /** Time from one check of the success condition to the next, milliseconds. Default 100. */
  readonly successEveryMs?: number;
  /** Ends the run after this time on the robot's clock, milliseconds. Default: no limit. */
  readonly timeLimitMs?: number;
  /** An inference that takes longer, waiting for a new frame included, has failed. Milliseconds, default 2000. */
  readonly inferenceTimeoutMs?: number;
  /** Ends the run after this many failed inferences in a row. Default 3. */
  readonly maxInferenceErrors?: number;
  /** Ends the run after this many rejected chunks in a row. Default 10. */
  readonly maxRejects?: number;
  /** A command that the safe side does not answer in this time has failed. Milliseconds, default 3000. */
  readonly commandTimeoutMs?: number;
  /** A robot that is not at rest this long after the final braking began is stopped. Milliseconds, default 8000. */
  readonly brakeTimeoutMs?: number;
  /** Called after each chunk that the guards have judged. */
  readonly onChunk?: (span: ChunkSpan) => void;
  /** Called after each inference that failed. */
  readonly onInferenceError?: (error: VLAError) => void;
}

/** The options of one run, checked, with every default. */
export type SchedulerConfig = ReturnType<typeof schedulerConfig>;

/** @throws VLAError INVALID_ARGUMENT when an option is out of range, UNSUPPORTED_POLICY for the merge `rtc` */
export function schedulerConfig(options: ChunkSchedulerOptions) {
  const { stateMode = 'measured', actionReference = 'absolute', merge = 'weightedAverage' } = options;
  if (stateMode !== 'measured' && stateMode !== 'projected')
    throw new VLAError('INVALID_ARGUMENT', `stateMode must be measured or projected, got ${stateMode}`);
  if (actionReference !== 'absolute' && actionReference !== 'delta')
    throw new VLAError(
      'INVALID_ARGUMENT',
      `actionReference must be absolute or delta, got ${actionReference}`,
    );
  const { onChunk, onInferenceError, successCondition } = options;
  const stateVector: StateVector = options.stateVector ?? (({ joints }) => joints);
  return {
    rateHz: options.rateHz ?? 50,
    merge: typeof merge === 'string' ? mergeStrategy(merge) : merge,
    trigger: options.trigger ?? {},
    deadlinePolicy: options.deadlinePolicy ?? 'decelerate',
    deadlineReserve: options.deadlineReserve ?? 1,
    stateMode,
    actionReference,
    stateVector,
    successCondition,
    successEveryMs: above0('successEveryMs', options.successEveryMs ?? 100),
    timeLimitMs: options.timeLimitMs === undefined ? undefined : above0('timeLimitMs', options.timeLimitMs),
    inferenceTimeoutMs: above0('inferenceTimeoutMs', options.inferenceTimeoutMs ?? 2000),
    maxInferenceErrors: count('maxInferenceErrors', options.maxInferenceErrors ?? 3),
    maxRejects: count('maxRejects', options.maxRejects ?? 10),
    commandTimeoutMs: above0('commandTimeoutMs', options.commandTimeoutMs ?? 3000),
    brakeTimeoutMs: above0('brakeTimeoutMs', options.brakeTimeoutMs ?? 8000),
    onChunk,
    onInferenceError,
  };
}

function above0(name: string, ms: number): number {
  if (!(ms > 0 && Number.isFinite(ms)))
    throw new VLAError('INVALID_ARGUMENT', `${name} must be above 0 milliseconds, got ${ms}`);
  return ms;
}

function count(name: string, value: number): number {
  if (!(Number.isInteger(value) && value >= 1))
    throw new VLAError('INVALID_ARGUMENT', `${name} must be a whole number, 1 or more, got ${value}`);
  return value;
}
