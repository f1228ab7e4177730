import path from 'node:path';
import type { EnginePassport } from '../engine/engine-passport.js';
import type { TensorRTLibraryOptions } from '../engine/tensorrt-options.js';
import { VLAError } from '../errors.js';
import type { OptimisationProfile } from './build-profiles.js';

const PRECISIONS = ['fp32', 'fp16', 'bf16', 'int8', 'fp8'] as const;

/** A type that TensorRT may compute in. */
export type Precision = (typeof PRECISIONS)[number];

/** How {@link buildEngine} builds. */
export interface BuildEngineOptions {
  /** The engine's file, .engine or .plan; beside the ONNX file and named after it by default. Replaced if it exists. */
  readonly output?: string;
  /**
   * What TensorRT may compute in besides float32, one or several; `fp32`, the default, allows nothing else. TensorRT 8
   * and 10 only (`bf16` from 10, `fp8` from 8.6), and `int8` and `fp8` need QuantizeLinear/DequantizeLinear nodes in
   * the ONNX file. From TensorRT 11 on every precision comes from the ONNX file.
   */
  readonly precision?: Precision | readonly Precision[];
  /** Whether float32 may be computed in TF32, with a mantissa of 10 bits; true by default, as in TensorRT. */
  readonly tf32?: boolean;
  /** Takes every type from the ONNX file; from TensorRT 10, always so in 11. False by default. */
  readonly stronglyTyped?: boolean;
  /** Scratch memory that TensorRT may use while it builds and runs, MiB; TensorRT's own choice by default. */
  readonly workspaceMiB?: number;
  /** How long TensorRT searches for faster kernels: 0 (seconds) … 5 (hours); its own choice, 3, by default. */
  readonly optimisationLevel?: number;
  /**
   * Runs with later releases of the same major version too, somewhat slower; from TensorRT 8.6. The engine carries
   * TensorRT's lean runtime, code for the CPU, and so loads only with the option `hostCode`.
   */
  readonly versionCompatible?: boolean;
  /** Runs on every GPU from Ampere on, somewhat slower; from TensorRT 8.6, not on a Jetson. */
  readonly hardwareCompatible?: boolean;
  /**
   * The sizes of dynamic dimensions, by input name: one profile, or several. An input that is dynamic in the batch
   * alone may be left out: its batch is 1.
   */
  readonly profiles?: OptimisationProfile | readonly OptimisationProfile[];
  /**
   * Where TensorRT's measurements are kept, which make the next build several times faster; a file, or false for none.
   * By default in the cache directory, one per TensorRT version and GPU.
   */
  readonly timingCache?: string | false;
  /** Which TensorRT, ONNX parser, CUDA driver and device; searched for by default. */
  readonly libraries?: TensorRTLibraryOptions;
  /** Cancels the build. */
  readonly signal?: AbortSignal;
  /**
   * Called with the finished engine, under another name, before it replaces anything: an error that this throws ends
   * the build, and nothing is left of it.
   */
  readonly verify?: (file: string, passport: EnginePassport) => Promise<void>;
}

const NAMES: ReadonlySet<string> = new Set([
  'output',
  'precision',
  'tf32',
  'stronglyTyped',
  'workspaceMiB',
  'optimisationLevel',
  'versionCompatible',
  'hardwareCompatible',
  'profiles',
  'timingCache',
  'libraries',
  'signal',
  'verify',
] satisfies (keyof BuildEngineOptions)[]);

const FLAGS = ['tf32', 'stronglyTyped', 'versionCompatible', 'hardwareCompatible'] as const;

/** 1 PiB: beyond it the number of bytes is none that a machine has. */
const LARGEST_WORKSPACE_MIB = 2 ** 30;

/** {@link BuildEngineOptions} with every default that needs no look at the model or the machine. */
export interface ResolvedBuildOptions
  extends Required<Pick<BuildEngineOptions, (typeof FLAGS)[number]>>,
    Pick<
      BuildEngineOptions,
      'workspaceMiB' | 'optimisationLevel' | 'profiles' | 'timingCache' | 'signal' | 'verify'
    > {
  /** Absolute. */
  readonly onnx: string;
  /** Absolute. */
  readonly output: string;
  readonly precision: readonly Exclude<Precision, 'fp32'>[];
  readonly libraries: TensorRTLibraryOptions;
}

/** @throws VLAError INVALID_ARGUMENT naming the option, what it may be and what came */
export function resolveBuildOptions(onnx: string, options: BuildEngineOptions): ResolvedBuildOptions {
  if (typeof onnx !== 'string' || onnx === '') throw invalid('buildEngine', 'the path of an ONNX file', onnx);
  if (typeof options !== 'object' || options === null) throw invalid('options', 'an object', options);
  for (const name of Object.keys(options))
    if (!NAMES.has(name)) throw invalid('options', `named ${[...NAMES].join(', ')}`, name);
  for (const name of FLAGS)
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      throw invalid(name, 'true or false', options[name]);
  const {
    tf32 = true,
    stronglyTyped = false,
    versionCompatible = false,
    hardwareCompatible = false,
  } = options;
  const { libraries = {}, profiles, timingCache, signal, workspaceMiB, optimisationLevel, verify } = options;
  requireRange('workspaceMiB', workspaceMiB, 1, LARGEST_WORKSPACE_MIB);
  requireRange('optimisationLevel', optimisationLevel, 0, 5);
  if (
    timingCache !== undefined &&
    timingCache !== false &&
    (typeof timingCache !== 'string' || timingCache === '')
  )
    throw invalid('timingCache', 'a path or false', timingCache);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid('signal', 'an AbortSignal', signal);
  if (verify !== undefined && typeof verify !== 'function') throw invalid('verify', 'a function', verify);
  const source = path.resolve(onnx);
  return {
    onnx: source,
    output: outputFile(source, options.output),
    precision: resolvePrecision(options.precision),
    tf32,
    stronglyTyped,
    versionCompatible,
    hardwareCompatible,
    libraries,
    ...(workspaceMiB !== undefined && { workspaceMiB }),
    ...(optimisationLevel !== undefined && { optimisationLevel }),
    ...(profiles !== undefined && { profiles }),
    ...(timingCache !== undefined && { timingCache }),
    ...(signal !== undefined && { signal }),
    ...(verify !== undefined && { verify }),
  };
}

function outputFile(onnx: string, output: string | undefined): string {
  if (output === undefined) return `${onnx.replace(/\.onnx$/i, '')}.engine`;
  if (typeof output !== 'string' || !/\.(engine|plan)$/i.test(output))
    throw invalid('output', 'the path of a file that ends in .engine or .plan', output);
  return path.resolve(output);
}

function resolvePrecision(given: BuildEngineOptions['precision'] = []): ResolvedBuildOptions['precision'] {
  const list = typeof given === 'string' ? [given] : given;
  if (!Array.isArray(list)) throw invalid('precision', `of ${PRECISIONS.join(', ')}`, given);
  for (const precision of list)
    if (!PRECISIONS.includes(precision)) throw invalid('precision', `of ${PRECISIONS.join(', ')}`, precision);
  return PRECISIONS.filter((precision) => precision !== 'fp32').filter((precision) =>
    list.includes(precision),
  );
}

function requireRange(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
    throw invalid(name, `a whole number from ${least} to ${most}`, value);
}

function invalid(where: string, expected: string, value: unknown): VLAError {
  const came = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? typeof value);
  return new VLAError('INVALID_ARGUMENT', `${where} must be ${expected}, got ${came}`);
}
