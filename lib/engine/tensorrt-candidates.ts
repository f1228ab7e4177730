import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { VLAErrorCode } from '../errors.js';
import { cudaDirectories, entries, tensorRTDirectories } from './library-directories.js';
import type { Machine } from './machine.js';
import type { TensorRTLibraryOptions } from './tensorrt-options.js';

/** TensorRT majors that have a backend, the ones to prefer first. */
const MAJORS = [11, 10, 8] as const;

/** `lean` and `dispatch` run version-compatible engines only, and build none. */
const VARIANTS = ['', '_lean', '_dispatch'] as const;

/** Files named libnvinfer.so.<major>, lean and dispatch variants included. */
const NVINFER_FILE = /^libnvinfer(|_lean|_dispatch)\.so\.(\d+)$/;

/** A library that will not do, and why, in one line. */
export interface Refusal {
  readonly library: string;
  readonly code: VLAErrorCode;
  readonly reason: string;
}

/** Paths, or names for the dynamic loader, in the order in which they are to be tried. */
export interface Candidates {
  readonly libraries: readonly string[];
  /** What looking at the file system was enough to refuse. */
  readonly refusals: readonly Refusal[];
}

/** @param fullOnly leaves out the lean and dispatch variants, which build no engines */
export function nvinferCandidates(
  { nvinfer }: TensorRTLibraryOptions,
  machine: Machine,
  fullOnly: boolean,
): Candidates {
  const named = nvinfer ?? chosen(machine, 'JETSON_VLA_NVINFER');
  if (named !== undefined) return only(named, 'TENSORRT_NOT_FOUND');
  const variants = VARIANTS.filter((variant) => variant === '' || !fullOnly);
  const names = variants.flatMap((variant) => MAJORS.map((major) => `libnvinfer${variant}.so.${major}`));

  const directories = tensorRTDirectories(machine);
  const present = new Map(directories.map((directory) => [directory, new Set(entries(directory))]));
  const files = names.flatMap((name) =>
    directories
      .filter((directory) => present.get(directory)?.has(name))
      .map((directory) => join(directory, name)),
  );
  const unknown = directories.flatMap((directory) =>
    [...(present.get(directory) ?? [])].flatMap((name) => {
      const major = Number(NVINFER_FILE.exec(name)?.[2] ?? Number.NaN);
      return Number.isNaN(major) || MAJORS.some((supported) => supported === major)
        ? []
        : [unsupported(join(directory, name), major)];
    }),
  );
  const searched: Refusal = {
    library: 'other directories',
    code: 'TENSORRT_NOT_FOUND',
    reason: `no libnvinfer in ${directories.join(', ')}`,
  };
  return { libraries: [...names, ...files], refusals: [...unknown, ...(files.length > 0 ? [] : [searched])] };
}

export function cudaCandidates({ cuda }: TensorRTLibraryOptions, machine: Machine): Candidates {
  const named = cuda ?? chosen(machine, 'JETSON_VLA_CUDA');
  if (named !== undefined) return only(named, 'CUDA_DRIVER_NOT_FOUND');
  const directories = cudaDirectories(machine);
  const files = directories
    .map((directory) => join(directory, 'libcuda.so.1'))
    .filter((file) => existsSync(file));
  const searched: Refusal = {
    library: 'other directories',
    code: 'CUDA_DRIVER_NOT_FOUND',
    reason: `no libcuda.so.1 in ${directories.join(', ')}`,
  };
  return { libraries: ['libcuda.so.1', ...files], refusals: files.length > 0 ? [] : [searched] };
}

/**
 * @param nvinferPath the library that the parser is for, absolute: parsers come with their TensorRT
 * @param major of that library; a parser of another one calls the wrong functions
 */
export function parserCandidates(
  { onnxParser }: TensorRTLibraryOptions,
  machine: Machine,
  nvinferPath: string,
  major: number,
): Candidates {
  const named = onnxParser ?? chosen(machine, 'JETSON_VLA_NVONNXPARSER');
  if (named !== undefined) {
    const other = Number(/\.so\.(\d+)/.exec(named)?.[1] ?? major);
    return other === major
      ? only(named, 'TENSORRT_NOT_FOUND')
      : {
          libraries: [],
          refusals: [
            {
              library: named,
              code: 'TENSORRT_NOT_FOUND',
              reason: `a parser of TensorRT ${other}, but ${nvinferPath} is TensorRT ${major}`,
            },
          ],
        };
  }
  const name = `libnvonnxparser.so.${major}`;
  const beside = join(dirname(nvinferPath), name);
  const files = tensorRTDirectories(machine).map((directory) => join(directory, name));
  const [first, ...rest] = [beside, ...files].filter((file) => existsSync(file));
  const libraries = first === beside ? [beside, name, ...rest] : [name, ...(first ? [first] : []), ...rest];
  return { libraries: [...new Set(libraries)], refusals: [] };
}

/** Whether somebody said which driver or which TensorRT to use, so that guessing from the machine would be wrong. */
export function isChosen(options: TensorRTLibraryOptions, machine: Machine): boolean {
  const named = [
    options.nvinfer ?? chosen(machine, 'JETSON_VLA_NVINFER'),
    options.cuda ?? chosen(machine, 'JETSON_VLA_CUDA'),
  ];
  return named.some((library) => library !== undefined);
}

function chosen({ env }: Machine, variable: string): string | undefined {
  return env[variable] || undefined;
}

/** Who names a library wants that one: another in its place would only hide that it does not work. */
function only(named: string, code: VLAErrorCode): Candidates {
  const library = named.includes('/') ? resolve(named) : named;
  return library.includes('/') && !existsSync(library)
    ? { libraries: [], refusals: [{ library, code, reason: 'no such file' }] }
    : { libraries: [library], refusals: [] };
}

function unsupported(library: string, major: number): Refusal {
  const supported = `${MAJORS.slice(1).toReversed().join(', ')} and ${MAJORS[0]}`;
  return {
    library,
    code: 'TENSORRT_UNSUPPORTED_VERSION',
    reason: `TensorRT ${major}; this version of jetson-vla drives ${supported}`,
  };
}
