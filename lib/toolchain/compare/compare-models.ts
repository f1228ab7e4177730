import { abortError } from '../../engine/abort.js';
import type { Session } from '../../engine/session.js';
import { VLAError, type VLAErrorCode } from '../../errors.js';
import type { Artifact } from '../../policy/manifest-stages.js';
import type { Deviation } from '../deviation.js';
import type { ToolProgress } from '../python/python-tool.js';
import { measureAccuracy } from './accuracy.js';
import { type Latency, measureLatency } from './latency.js';
import { type ModelSamples, modelSamples, type SampleOptions } from './model-samples.js';
import type { ModelTarget } from './model-target.js';
import { ModelRunner, type RunnerOptions } from './run-model.js';
import { checkSameInterface, commonInterface } from './same-interface.js';

export interface CompareOptions extends RunnerOptions, Partial<SampleOptions> {
  /** Ready ones, in the place of `observations`, `count` (32 by default) and `seed` (0). */
  readonly samples?: ModelSamples;
  /** How long all models together are timed, 0 or more; 2 by default. Each one runs a few times in any case. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ToolProgress) => void;
}

export interface ComparedModel extends Pick<ModelTarget, 'name' | 'file' | 'bytes'> {
  readonly format: Artifact['format'];
  readonly precision?: string;
  /** Of 1024² bytes. */
  readonly megabytes: number;
  /** How much smaller than the first model; negative when it is larger. */
  readonly reductionPercent: number;
  /** What ran it; absent when nothing here can. */
  readonly backend?: Session['backend'];
  /** Why it cannot run here. */
  readonly unavailable?: { readonly code: VLAErrorCode; readonly message: string };
  /** Of everything that it put out, from the reference, in the model's own units; absent for the reference itself. */
  readonly outputs?: Deviation;
  /** Of its actions, rad, m and 0 … 1 for a gripper; absent for random samples, which mean nothing to a robot. */
  readonly actions?: Deviation;
  readonly latencyMs?: Latency;
}

export interface ModelComparison {
  /** Name of the model that the others are compared with: the first one that runs here. Absent when none does. */
  readonly reference?: string;
  /** Absent when no model runs here. */
  readonly samples?: { readonly source: ModelSamples['source']; readonly count: number };
  readonly models: readonly ComparedModel[];
}

const DEFAULT_SAMPLES = 32;
const DEFAULT_SECONDS = 2;

/** It is the model, or this machine, so that the others can still be compared. */
const CANNOT_RUN: ReadonlySet<VLAErrorCode> = new Set([
  'ADDON_UNAVAILABLE',
  'BACKEND_UNAVAILABLE',
  'CUDA_DRIVER_NOT_FOUND',
  'CUDA_FAILED',
  'ENGINE_CORRUPT',
  'ENGINE_DEVICE_MISMATCH',
  'ENGINE_VERSION_MISMATCH',
  'MODEL_INVALID',
  'OUT_OF_DEVICE_MEMORY',
  'STANDIN_BUILD',
  'TENSORRT_FAILED',
  'TENSORRT_NOT_FOUND',
  'TENSORRT_UNSUPPORTED_VERSION',
  'UNSUPPORTED_POLICY',
]);

/**
 * Sizes, accuracy and latency of models side by side. All of them are open at once, and they are timed in turns, so
 * that whatever the machine does meanwhile hits all alike.
 *
 * @param targets at least one; sizes are compared with the first, accuracy with the first that runs here
 * @throws VLAError MODEL_MISMATCH for models with other inputs or outputs than the reference; CHECKSUM_MISMATCH;
 *   INFERENCE_FAILED; ABORTED; what {@link modelSamples} throws. No session is left open.
 */
export async function compareModels(
  targets: readonly ModelTarget[],
  options: CompareOptions = {},
): Promise<ModelComparison> {
  const { seconds = DEFAULT_SECONDS, signal, onProgress = () => {} } = options;
  const runners: ModelRunner[] = [];
  try {
    const unavailable = new Map<ModelTarget, VLAError>();
    for (const target of targets) {
      if (signal?.aborted) throw abortError(signal);
      onProgress({ label: `Loading ${target.name}` });
      const runner = await openIfPossible(target, options);
      if (runner instanceof VLAError) unavailable.set(target, runner);
      else runners.push(runner);
    }
    const [reference, ...others] = runners;
    if (!reference) return { models: targets.map((target) => row(targets, target, unavailable.get(target))) };
    checkSameInterface(reference, others);
    const samples = options.samples ?? (await samplesFor(reference, others, options));
    const accuracy = await measureAccuracy(runners, samples, {
      ...(signal && { signal }),
      onFraction: (fraction) => onProgress({ label: 'Comparing outputs', fraction }),
    });
    const latency = await measureLatency(runners, samples.samples, {
      seconds,
      ...(signal && { signal }),
      onFraction: (fraction) => onProgress({ label: 'Measuring latency', fraction }),
    });
    const models = targets.map((target) => {
      const runner = runners.find((candidate) => candidate.target === target);
      if (!runner) return row(targets, target, unavailable.get(target));
      const latencyMs = latency.get(runner);
      return {
        ...row(targets, target),
        backend: runner.backend,
        ...accuracy.get(runner),
        ...(latencyMs && { latencyMs }),
      };
    });
    const { source, samples: used } = samples;
    return { reference: reference.target.name, samples: { source, count: used.length }, models };
  } finally {
    await Promise.all(runners.map((runner) => runner[Symbol.asyncDispose]()));
  }
}

async function openIfPossible(target: ModelTarget, options: CompareOptions): Promise<ModelRunner | VLAError> {
  const { threads, tensorrt, onWarning } = options;
  try {
    return await ModelRunner.open(target, {
      ...(threads !== undefined && { threads }),
      ...(tensorrt && { tensorrt }),
      ...(onWarning && { onWarning }),
    });
  } catch (error) {
    if (error instanceof VLAError && CANNOT_RUN.has(error.code)) return error;
    throw error;
  }
}

function samplesFor(
  reference: ModelRunner,
  others: readonly ModelRunner[],
  { observations, count = DEFAULT_SAMPLES, seed = 0 }: CompareOptions,
): Promise<ModelSamples> {
  const options = { count, seed, ...(observations !== undefined && { observations }) };
  return modelSamples(reference.target, options, commonInterface(reference, others));
}

function row(targets: readonly ModelTarget[], target: ModelTarget, reason?: VLAError): ComparedModel {
  const { name, file, format, precision, bytes } = target;
  const first = targets[0]?.bytes ?? bytes;
  return {
    name,
    file,
    format,
    ...(precision !== undefined && { precision }),
    bytes,
    megabytes: bytes / 1024 ** 2,
    reductionPercent: (1 - bytes / first) * 100,
    ...(reason && { unavailable: { code: reason.code, message: reason.message } }),
  };
}
