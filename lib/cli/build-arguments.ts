import { basename, dirname } from 'node:path';
import type { VLAError } from '../errors.js';
import type { BundleBuildOptions } from '../toolchain/build-bundle.js';
import type { CheckedBuildOptions } from '../toolchain/build-checked.js';
import type { Precision } from '../toolchain/build-options.js';
import { parseProfile } from './parse-profile.js';
import { atLeast, oneOf, parseCommandLine, usageError, wholeNumber } from './usage.js';

const PRECISIONS = ['fp16', 'bf16', 'int8', 'fp8'] as const satisfies readonly Precision[];
const GOLDEN = ['refuse', 'warn', 'skip'] as const;

/** What `jetson-vla build` is asked for. */
export type BuildArguments = { readonly json: boolean } & (
  | { readonly kind: 'cache'; readonly clear: boolean; readonly directory: string | undefined }
  | { readonly kind: 'model'; readonly path: string; readonly options: CheckedBuildOptions }
  | { readonly kind: 'bundle'; readonly path: string; readonly options: BundleBuildOptions }
);

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;

const OPTIONS = {
  output: text,
  precision: text,
  golden: text,
  tolerance: text,
  profile: { type: 'string', multiple: true },
  workspace: text,
  'optimisation-level': text,
  'timing-cache': text,
  nvinfer: text,
  'onnx-parser': text,
  cuda: text,
  device: text,
  fp16: flag,
  bf16: flag,
  int8: flag,
  fp8: flag,
  'no-tf32': flag,
  'strongly-typed': flag,
  'version-compatible': flag,
  'hardware-compatible': flag,
  'no-timing-cache': flag,
  'list-cache': flag,
  'clear-cache': flag,
  'engine-cache': text,
  json: flag,
} as const;

/** @throws VLAError INVALID_ARGUMENT naming the option, what it may be and what came */
export function parseBuildArguments(args: readonly string[]): BuildArguments {
  const { values, positionals } = parseCommandLine('build', args, OPTIONS);
  const { output, precision, json = false, 'engine-cache': directory } = values;
  const [clear, list] = [values['clear-cache'] ?? false, values['list-cache'] ?? false];
  const [target, ...others] = positionals;
  if (clear || list) {
    if (clear && list) throw usage('expected --list-cache or --clear-cache, got both');
    if (target !== undefined) throw usage(`the cache is not of one model or bundle, got ${target}`);
    return { kind: 'cache', clear, directory, json };
  }
  if (directory !== undefined) throw usage('--engine-cache goes with --list-cache or --clear-cache');
  if (target === undefined || others.length > 0)
    throw usage(
      `expected one bundle or ONNX file, got ${positionals.length === 0 ? 'none' : positionals.join(', ')}`,
    );
  const options = buildOptions(values);
  if (/\.onnx$/i.test(target)) {
    if (precision !== undefined)
      throw usage('--precision is for bundles; name the ONNX file of that precision');
    return {
      kind: 'model',
      path: target,
      options: { ...options, ...(output !== undefined && { output }) },
      json,
    };
  }
  if (/\.(engine|plan)$/i.test(target))
    throw usage(`expected a bundle or an ONNX file, got the engine ${target}`);
  if (output !== undefined)
    throw usage('--output is for models; the engine of a bundle goes into the bundle');
  return {
    kind: 'bundle',
    path: basename(target) === 'policy.json' ? dirname(target) : target,
    options: { ...options, ...(precision !== undefined && { artifact: precision }) },
    json,
  };
}

type Values = ReturnType<typeof parseCommandLine<typeof OPTIONS>>['values'];

function buildOptions(values: Values): Omit<CheckedBuildOptions, 'output'> {
  const { golden, tolerance, nvinfer, 'onnx-parser': onnxParser, cuda } = values;
  const whole = (name: 'workspace' | 'optimisation-level' | 'device', least: number) => {
    const value = values[name];
    return value === undefined ? undefined : wholeNumber('build', name, value, least);
  };
  const workspaceMiB = whole('workspace', 1);
  const optimisationLevel = whole('optimisation-level', 0);
  const device = whole('device', 0);
  const timingCache = values['no-timing-cache'] ? false : values['timing-cache'];
  return {
    precision: PRECISIONS.filter((name) => values[name]),
    tf32: !values['no-tf32'],
    stronglyTyped: values['strongly-typed'] ?? false,
    versionCompatible: values['version-compatible'] ?? false,
    hardwareCompatible: values['hardware-compatible'] ?? false,
    ...(golden !== undefined && { golden: oneOf('build', 'golden', golden, GOLDEN) }),
    ...(tolerance !== undefined && { tolerance: atLeast('build', 'tolerance', tolerance, 0) }),
    ...(values.profile && { profiles: values.profile.map(parseProfile) }),
    ...(workspaceMiB !== undefined && { workspaceMiB }),
    ...(optimisationLevel !== undefined && { optimisationLevel }),
    ...(timingCache !== undefined && { timingCache }),
    libraries: {
      ...(nvinfer !== undefined && { nvinfer }),
      ...(onnxParser !== undefined && { onnxParser }),
      ...(cuda !== undefined && { cuda }),
      ...(device !== undefined && { device }),
    },
  };
}

function usage(message: string): VLAError {
  return usageError('build', message);
}
