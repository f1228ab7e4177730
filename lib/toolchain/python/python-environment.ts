import { existsSync } from 'node:fs';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { packageRoot } from '../../native/package-root.js';
import { ownInterpreter } from './own-interpreter.js';
import { projectEnvironment } from './project-environment.js';
import type { ToolProgress } from './python-tool.js';

/** Pins every package that the tools run on. */
export const LOCK_FILE = path.join(packageRoot, 'python', 'requirements.lock');

export interface PythonEnvironmentOptions {
  /** The user's own interpreter, a file or a name on the PATH; else JETSON_VLA_PYTHON, else the project's own is made. */
  readonly python?: string | undefined;
  readonly onProgress?: (progress: ToolProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * An interpreter with PyTorch and all else that `python/jetson_vla_tools` needs: the one that the user names, which is
 * only checked, or the one of an environment in `.jetson-vla/python` beside the nearest package.json above this
 * process's directory (in that directory if there is none), which is made on first use with pip.
 *
 * @returns its path
 * @throws VLAError INVALID_ARGUMENT for an empty name; PYTHON_UNAVAILABLE when a package is missing, too old or cannot be installed, and when there is no
 * Python; WRITE_FAILED when the disk is full or read-only; ABORTED
 */
export async function pythonEnvironment(options: PythonEnvironmentOptions = {}): Promise<string> {
  const { signal, onProgress } = options;
  if (options.python === '')
    throw new VLAError('INVALID_ARGUMENT', '--python: expected an interpreter, got an empty name');
  const own = options.python ?? process.env['JETSON_VLA_PYTHON'];
  if (own) return await ownInterpreter(own, signal);
  return await projectEnvironment({
    project: nearestProject(process.cwd()),
    requirements: [LOCK_FILE],
    signal,
    ...(onProgress && { onProgress }),
  });
}

/** The nearest directory from `start` upwards that holds a package.json, or else `start`. */
export function nearestProject(start: string): string {
  for (let directory = start; ; directory = path.dirname(directory)) {
    if (existsSync(path.join(directory, 'package.json'))) return directory;
    if (path.dirname(directory) === directory) return start;
  }
}
