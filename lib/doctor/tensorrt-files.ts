import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { entries, tensorRTDirectories } from '../engine/library-directories.js';
import { type Machine, multiarch } from '../engine/machine.js';

/** A libnvinfer, however many links lead to it. */
export interface TensorRTFile {
  readonly path: string;
  /** As far as the names of the file and its links tell: `10.3.0`, or `10` for a wheel's. */
  readonly version: string;
  /** The lean and the dispatch variant run version-compatible engines only. */
  readonly variant: 'full' | 'lean' | 'dispatch';
  /** Whether the ONNX parser of its major version lies beside it; building engines needs one. */
  readonly hasParser: boolean;
}

const NVINFER = /^libnvinfer(?:_(lean|dispatch))?\.so\.(\d+(?:\.\d+)*)$/;

/** Every libnvinfer where the search for TensorRT looks, in its order: directories that the user named come first. */
export function tensorRTFiles(machine: Machine): TensorRTFile[] {
  const { env } = machine;
  const named = env['JETSON_VLA_NVINFER']?.includes('/') ? [dirname(env['JETSON_VLA_NVINFER'])] : [];
  const searched = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter((directory) => directory !== '');
  const found = new Map<string, TensorRTFile>();
  for (const directory of [...named, ...searched, ...tensorRTDirectories(machine)])
    for (const name of entries(directory).sort()) {
      const [, variant, version] = NVINFER.exec(name) ?? [];
      if (version === undefined) continue;
      const path = realPath(join(directory, name));
      if (path === undefined) continue;
      const full = [version, NVINFER.exec(basename(path))?.[2] ?? '', found.get(path)?.version ?? ''];
      const [longest = version] = full.toSorted((a, b) => b.length - a.length);
      found.set(path, {
        path,
        version: longest,
        variant: variant === 'lean' || variant === 'dispatch' ? variant : 'full',
        hasParser: existsSync(join(directory, `libnvonnxparser.so.${version.split('.')[0]}`)),
      });
    }
  return [...found.values()];
}

/** The version of the headers where JetPack and apt install them, such as `10.3.0`; undefined without any. */
export function headerVersion(machine: Machine): string | undefined {
  const file = join(machine.root, 'usr/include', multiarch(machine), 'NvInferVersion.h');
  if (!existsSync(file)) return undefined;
  const text = readFileSync(file, 'utf8');
  const defined = (name: string) => new RegExp(`^#define ${name}\\s+(\\w+)`, 'm').exec(text)?.[1];
  const parts = ['MAJOR', 'MINOR', 'PATCH'].map((part) => {
    const value = defined(`NV_TENSORRT_${part}`);
    // Since 10.13 one name stands for another: NV_TENSORRT_MAJOR is TRT_MAJOR_ENTERPRISE.
    return value === undefined || /^\d+$/.test(value) ? value : defined(value);
  });
  return parts.includes(undefined) ? undefined : parts.join('.');
}

/** Undefined for a link that leads nowhere. */
function realPath(file: string): string | undefined {
  try {
    return realpathSync(file);
  } catch {
    return undefined;
  }
}
