import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { withBuildLock } from '../../native/build-lock.js';
import { askInterpreter, isAtLeast, OLDEST_PYTHON } from './interpreter.js';
import { pipError, pipProgress } from './pip-output.js';
import type { ToolProgress } from './python-tool.js';
import { type PythonRun, runPython } from './run-python.js';
import { watchedModule } from './watched-module.js';

export interface ProjectEnvironmentOptions {
  /** Where `.jetson-vla/python` is made. */
  readonly project: string;
  /** Requirements files that pin what it holds, each installed on top of those before it. */
  readonly requirements: readonly [string, ...string[]];
  readonly onProgress?: (progress: ToolProgress) => void;
  readonly signal?: AbortSignal | undefined;
  /** Instead of this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

const HINT =
  'Install Python with venv (Debian, Ubuntu: sudo apt-get install python3 python3-venv), or name one that has the packages with --python FILE.';
/** `python3` may be older than what an administrator put beside it: JetPack 5 has 3.8. */
export const PYTHON_NAMES = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
/** They would send packages elsewhere than into the environment. */
const MISLEADING = ['PIP_USER', 'PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT', 'PYTHONHOME', 'PYTHONPATH'];

/**
 * The Python environment of one project, made on first use and made anew when the first of its requirements changes;
 * one whose creation was interrupted counts as none. Processes that need it at the same time wait for each other.
 *
 * @returns its interpreter
 * @throws VLAError PYTHON_UNAVAILABLE, WRITE_FAILED when the disk is full or read-only, ABORTED
 */
export async function projectEnvironment(options: ProjectEnvironmentOptions): Promise<string> {
  const folder = path.join(options.project, '.jetson-vla');
  const layers = await Promise.all(options.requirements.map((file) => layer(folder, file)));
  const python = path.join(folder, 'python', 'bin', 'python');
  const missing = async () => {
    if (!existsSync(python)) return layers;
    const first = (await Promise.all(layers.map(isInstalled))).indexOf(false);
    return first < 0 ? [] : layers.slice(first);
  };
  if ((await missing()).length === 0) return python;
  const { signal, onProgress } = options;
  try {
    await mkdir(folder, { recursive: true });
    // For whoever has no line about it in a .gitignore of their own.
    await writeFile(path.join(folder, '.gitignore'), '*\n');
    const onWait = () =>
      onProgress?.({ label: 'Waiting for another process that makes the Python environment' });
    await withBuildLock(
      folder,
      async () => {
        // It may have been made while this process waited.
        const lacking = await missing();
        if (lacking.length < layers.length) for (const each of lacking) await install(python, each, options);
        else await create(path.join(folder, 'python'), python, layers, options);
      },
      { signal, onWait },
    );
  } catch (error) {
    throw diskError(folder, error);
  }
  return python;
}

interface Layer {
  readonly file: string;
  /** Says, once it is written, that the layer is complete. */
  readonly stamp: string;
  readonly sha256: string;
  readonly packages: number;
}

async function layer(folder: string, file: string): Promise<Layer> {
  const text = await readFile(file, 'utf8');
  return {
    file,
    stamp: path.join(folder, 'python', `.installed-${path.basename(file)}`),
    sha256: createHash('sha256').update(text).digest('hex'),
    packages: new Set(Array.from(text.matchAll(/^([\w.-]+)==/gm), ([, name]) => name)).size,
  };
}

async function isInstalled({ stamp, sha256 }: Layer): Promise<boolean> {
  return (await readFile(stamp, 'utf8').catch(() => '')) === sha256;
}

async function create(
  environment: string,
  python: string,
  layers: readonly Layer[],
  options: ProjectEnvironmentOptions,
): Promise<void> {
  const { onProgress, signal, env = process.env } = options;
  const base = await basePython({ signal, env });
  onProgress?.({
    label: `Making a Python environment in ${environment}, once: 1.2 GB, and several more where PyTorch comes with CUDA`,
    fraction: 0,
  });
  await rm(environment, { recursive: true, force: true });
  try {
    const { failure, lines } = await runPython(base, watchedModule('venv', environment), { signal, env });
    if (failure !== undefined) throw venvError(base, failure, lines);
    for (const each of layers) await install(python, each, options);
  } catch (error) {
    const first = layers[0];
    // What one layer on top lacks leaves the ones below it complete.
    if (first === undefined || !(await isInstalled(first)))
      await rm(environment, { recursive: true, force: true });
    throw error;
  }
}

async function basePython(run: Pick<PythonRun, 'env' | 'signal'>): Promise<string> {
  const tooOld: string[] = [];
  for (const name of PYTHON_NAMES) {
    // One that is not there, or a shim of a version manager that leads nowhere.
    const found = await askInterpreter(name, [], run).catch((error: unknown) => {
      if (error instanceof VLAError && error.code === 'PYTHON_UNAVAILABLE') return undefined;
      throw error;
    });
    if (found !== undefined && isAtLeast(found.version, OLDEST_PYTHON)) return found.executable;
    if (found !== undefined) tooOld.push(`${name} is ${found.version}`);
  }
  const seen = tooOld.length === 0 ? 'there is none on the PATH' : tooOld.join(', ');
  throw new VLAError('PYTHON_UNAVAILABLE', `Python ≥ ${OLDEST_PYTHON} is needed; ${seen}`, { hint: HINT });
}

function venvError(base: string, failure: string, lines: readonly string[]): VLAError {
  const text = lines.join('\n');
  if (/No space left|Errno 28/.test(text)) return pipError(failure, lines);
  const why = /ensurepip is not|No module named '?(venv|ensurepip)/.test(text)
    ? `${base} has no venv module`
    : `${base} -m venv ended with ${failure}:\n${lines.slice(-5).join('\n')}`;
  return new VLAError('PYTHON_UNAVAILABLE', `no Python environment can be made: ${why}`, { hint: HINT });
}

async function install(python: string, each: Layer, options: ProjectEnvironmentOptions): Promise<void> {
  const { onProgress, signal, env = process.env } = options;
  // pip unpacks into it: on the same disk, and gone with the environment if pip is killed.
  const temporary = path.join(path.dirname(each.stamp), 'tmp');
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  const pip = ['install', '--disable-pip-version-check', '--no-input', '--progress-bar=off'];
  try {
    const { failure, lines } = await runPython(
      python,
      watchedModule('pip', ...pip, '-r', path.basename(each.file)),
      {
        cwd: path.dirname(each.file),
        env: {
          ...Object.fromEntries(Object.entries(env).filter(([name]) => !MISLEADING.includes(name))),
          TMPDIR: temporary,
          // A pip.conf may say so too.
          PIP_USER: '0',
        },
        signal,
        onLine: onProgress && pipProgress(each.packages, onProgress),
      },
    );
    if (failure !== undefined) throw pipError(failure, lines);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  await writeFile(each.stamp, each.sha256);
}

/** An error of the file system as one that says what to do; any other as it is. */
function diskError(folder: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return error;
  return new VLAError('WRITE_FAILED', `${folder} cannot be written: ${error.message}`, {
    hint: 'Run it in a directory that can be written and has space, or name a Python with --python FILE.',
    cause: error,
  });
}
