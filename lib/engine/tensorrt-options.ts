import { VLAError } from '../errors.js';
import type { BuildProgress } from '../toolchain/build-engine.js';
import type { BuildEngineOptions } from '../toolchain/build-options.js';

/** Which libraries to open, instead of searching for them. Each a path, or a name for the dynamic loader. */
export interface TensorRTLibraryOptions {
  /** TensorRT itself, such as `libnvinfer.so.10`; also the environment variable JETSON_VLA_NVINFER. */
  readonly nvinfer?: string;
  /** TensorRT's ONNX parser, which only building needs; also JETSON_VLA_NVONNXPARSER. */
  readonly onnxParser?: string;
  /** The CUDA driver, such as `libcuda.so.1`; also JETSON_VLA_CUDA. */
  readonly cuda?: string;
  /** CUDA device ordinal, 0 or more; 0 by default. */
  readonly device?: number;
}

/** How a TensorRT engine is run. */
export interface TensorRTOptions extends TensorRTLibraryOptions {
  /** Index of the optimisation profile, 0 or more; 0 by default. */
  readonly profile?: number;
  /**
   * Where inputs and outputs live: `mapped` in pinned memory that the GPU reads in place, `staged` in pinned memory
   * and copied to the device and back. `auto`, the default, maps where CPU and GPU share their memory.
   */
  readonly memory?: 'auto' | 'mapped' | 'staged';
  /** Whether inferences are captured into a CUDA graph and replayed; true by default. */
  readonly graph?: boolean;
  /** Of the session's CUDA stream; `normal` by default. */
  readonly priority?: 'normal' | 'high';
  /** How the session's thread waits for the GPU: asleep, or with a core of its own for less latency; `block` by default. */
  readonly wait?: 'block' | 'spin';
  /**
   * Whether the engine may bring code that runs on the CPU; false by default. Version-compatible engines do: they
   * carry TensorRT's lean runtime. Allow it only for files whose source you trust.
   */
  readonly hostCode?: boolean;
}

const BUILD_NAMES = [
  'precision',
  'tf32',
  'stronglyTyped',
  'workspaceMiB',
  'optimisationLevel',
  'profiles',
  'timingCache',
] as const satisfies (keyof BuildEngineOptions)[];

/** How loading an ONNX file builds its engine: options of `buildEngine`, with the same defaults. */
export type EngineBuildOptions = Pick<BuildEngineOptions, (typeof BUILD_NAMES)[number]>;

/** How a policy runs its TensorRT engine. */
export interface TensorRTPolicyOptions extends TensorRTOptions {
  /**
   * `enqueue`, the default, uses `enqueueV3` and CUDA graphs on a thread of the session's own. `execute` uses
   * `execute_v2` on the calling thread: the least latency for an engine of well under a millisecond, but the event
   * loop waits for it, and a signal or deadline cannot fire meanwhile.
   */
  readonly execution?: 'enqueue' | 'execute';
  /**
   * How an engine is built where the policy has an ONNX file and no engine for this machine; false takes one from the
   * cache and builds none. `profiles` come from the policy by default.
   */
  readonly build?: EngineBuildOptions | false;
  /** Gets the progress of that build. */
  readonly onProgress?: (progress: BuildProgress) => void;
}

const LIBRARIES = ['nvinfer', 'onnxParser', 'cuda'] as const;

type Paths = Pick<TensorRTPolicyOptions, (typeof LIBRARIES)[number]>;

/** With every default filled in; a library that is to be searched for stays absent. */
export type ResolvedTensorRTOptions = Paths &
  Required<Omit<TensorRTPolicyOptions, keyof Paths | 'build' | 'onProgress'>>;

const NAMES: ReadonlySet<string> = new Set([
  ...LIBRARIES,
  'device',
  'profile',
  'memory',
  'graph',
  'priority',
  'wait',
  'hostCode',
  'execution',
  'build',
  'onProgress',
] satisfies (keyof TensorRTPolicyOptions)[]);

/** Device ordinals and profile indices are 32-bit in TensorRT and CUDA. */
const MAX_INDEX = 2 ** 31 - 1;

/** @throws VLAError INVALID_ARGUMENT naming the option, what it may be and what came */
export function resolveTensorRTOptions(options: TensorRTPolicyOptions = {}): ResolvedTensorRTOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid('tensorrt', 'an object of options', options);
  for (const name of Object.keys(options))
    if (!NAMES.has(name))
      throw invalid('tensorrt', `options named ${[...NAMES].join(', ')}`, name, 'Check the spelling.');
  for (const name of LIBRARIES) {
    const value: unknown = options[name];
    if (value !== undefined && (typeof value !== 'string' || value === '' || value.includes('\0')))
      throw invalid(`tensorrt.${name}`, 'a path, or a name for the dynamic loader', value);
  }
  const { nvinfer, onnxParser, cuda, device = 0, profile = 0, graph = true, hostCode = false } = options;
  const { memory = 'auto', priority = 'normal', wait = 'block', execution = 'enqueue' } = options;
  requireIndex('device', device);
  requireIndex('profile', profile);
  requireChoice('memory', memory, ['auto', 'mapped', 'staged']);
  requireChoice('graph', graph, [true, false]);
  requireChoice('priority', priority, ['normal', 'high']);
  requireChoice('wait', wait, ['block', 'spin']);
  requireChoice('hostCode', hostCode, [true, false]);
  requireChoice('execution', execution, ['enqueue', 'execute']);
  checkBuild(options);
  return {
    ...(nvinfer !== undefined && { nvinfer }),
    ...(onnxParser !== undefined && { onnxParser }),
    ...(cuda !== undefined && { cuda }),
    device,
    profile,
    memory,
    graph,
    priority,
    wait,
    hostCode,
    execution,
  };
}

function checkBuild({ build = {}, onProgress }: TensorRTPolicyOptions): void {
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalid('tensorrt.onProgress', 'a function', onProgress);
  if (build === false) return;
  if (typeof build !== 'object' || build === null)
    throw invalid('tensorrt.build', 'options of a build, or false', build);
  for (const name of Object.keys(build))
    if (!BUILD_NAMES.some((known) => known === name))
      throw invalid('tensorrt.build', `options named ${BUILD_NAMES.join(', ')}`, name, 'Check the spelling.');
}

function requireIndex(name: 'device' | 'profile', value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_INDEX)
    throw invalid(`tensorrt.${name}`, 'a whole number of 0 or more', value);
}

function requireChoice<T extends string | boolean>(name: string, value: T, choices: readonly T[]): void {
  if (!choices.includes(value)) throw invalid(`tensorrt.${name}`, choices.join(', '), value);
}

function invalid(where: string, expected: string, value: unknown, hint?: string): VLAError {
  const came = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return new VLAError('INVALID_ARGUMENT', `${where} must be ${expected}, got ${came}`, {
    ...(hint !== undefined && { hint }),
  });
}
