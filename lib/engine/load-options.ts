import { VLAError } from '../errors.js';
import { resolveBuildOptions } from '../toolchain/build-options.js';
import type { BareModelOptions } from './bare-model.js';
import type { OnnxRuntimeOptions } from './onnxruntime-session.js';
import type { Backend } from './open-session.js';
import type { QueuePolicy } from './serial-queue.js';
import { resolveTensorRTOptions, type TensorRTPolicyOptions } from './tensorrt-options.js';

/** `camera`, `jointNames` and `secondsPerWaypoint` are for bare models: a bundle's policy.json says these things. */
export interface LoadOptions extends OnnxRuntimeOptions, BareModelOptions {
  /**
   * What runs the model. `auto`, the default, takes TensorRT where the machine has it: an engine of the policy that
   * fits, else one that is built from the ONNX file, which takes minutes once and is kept. It takes ONNX Runtime
   * otherwise, with a warning when there is a GPU.
   */
  readonly backend?: Backend;
  /** Which artifact of a bundle to run, such as `float32`; the first that the backend runs by default. */
  readonly precision?: string;
  /**
   * How many inferences may wait behind the running one: 0 or more, 8 by default; with the queue policy `latest` 1 or
   * more, 1 by default.
   */
  readonly queueLimit?: number;
  /**
   * What happens to an inference that finds the queue full: `reject`, the default, refuses it with QUEUE_FULL; `latest`
   * takes it, and the one that has waited longest ends with SUPERSEDED.
   */
  readonly queuePolicy?: QueuePolicy;
  /** For the TensorRT backend: which libraries and device, and how the engine is built and run. */
  readonly tensorrt?: TensorRTPolicyOptions;
  /**
   * The directory that keeps engines which loading has built; `engines` in the cache directory by default. False: none
   * is taken from there, and none is built.
   */
  readonly engineCache?: string | false;
  /** Cancels the loading; a build of TensorRT 8 has to end first. */
  readonly signal?: AbortSignal;
  /**
   * What happens when the model does not reproduce the bundle's golden observations: `refuse` (the default) to load,
   * `warn`, or `skip` the check.
   */
  readonly golden?: 'refuse' | 'warn' | 'skip';
  /** Gets what is odd but no error, one text each, during loading and later; `process.emitWarning` by default. */
  readonly onWarning?: (text: string) => void;
  /** Path of the tokenizer of a bare model; `tokenizer.json` beside it by default. */
  readonly tokenizer?: string;
}

const CHOICES = {
  backend: ['auto', 'onnxruntime', 'tensorrt'],
  golden: ['refuse', 'warn', 'skip'],
} as const;
const BARE_ONLY = ['camera', 'jointNames', 'secondsPerWaypoint', 'tokenizer'] as const;

/** @throws VLAError INVALID_ARGUMENT for an unknown choice, or an option that does nothing for this kind of path */
export function checkLoadOptions(options: LoadOptions, kind: 'bundle' | 'bare'): void {
  resolveTensorRTOptions(options.tensorrt);
  const { engineCache, signal } = options;
  if (
    engineCache !== undefined &&
    engineCache !== false &&
    (typeof engineCache !== 'string' || engineCache === '')
  )
    throw new VLAError(
      'INVALID_ARGUMENT',
      `engineCache must be a directory or false, got ${JSON.stringify(engineCache)}`,
    );
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new VLAError('INVALID_ARGUMENT', `signal must be an AbortSignal, got ${typeof signal}`);
  const { build } = options.tensorrt ?? {};
  if (build) resolveBuildOptions('model.onnx', build);
  for (const name of ['backend', 'golden'] as const) {
    const value = options[name];
    if (value !== undefined && !CHOICES[name].some((choice) => choice === value))
      throw new VLAError('INVALID_ARGUMENT', `${name} must be ${CHOICES[name].join(', ')}, got ${value}`);
  }
  const [useless, owner] =
    kind === 'bundle' ? [BARE_ONLY, 'a model without a policy.json'] : [['precision'] as const, 'a bundle'];
  for (const name of useless)
    if (options[name] !== undefined)
      throw new VLAError('INVALID_ARGUMENT', `the option ${name} is for ${owner} only`, {
        hint: kind === 'bundle' ? 'Change policy.json instead.' : 'Load the file of that precision.',
      });
}
