import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const PYTHON_FOLDER = path.join(ROOT, 'python');
const VENV = path.join(ROOT, '.venv');
const PYTHON = path.join(VENV, 'bin', 'python');
/** Written last, so that an environment whose creation was interrupted is made anew. */
const VENV_COMPLETE = path.join(VENV, '.complete');

/** A step of a script failed; the message is all a person needs. */
export class StepError extends Error {
  override readonly name = 'StepError';
}

export interface StepOptions {
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Receives the lines of standard output; by default they go to the terminal. */
  readonly onLine?: (line: string) => void;
}

/** Runs a command to its end; it is killed when the signal fires. */
export function runStep(command: string, args: readonly string[], options: StepOptions = {}): Promise<void> {
  const { cwd = ROOT, signal, onLine } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', onLine ? 'pipe' : 'inherit', 'inherit'],
      ...(signal ? { signal } : {}),
    });
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine?.(line);
    });
    child.on('error', (error) =>
      reject(signal?.aborted ? new StepError('interrupted') : new StepError(`${command}: ${error.message}`)),
    );
    child.on('close', (code, killedBy) =>
      code === 0 ? resolve() : reject(new StepError(`${command} ${args[0]} ended with ${killedBy ?? code}`)),
    );
  });
}

/**
 * The project's own Python environment in `.venv`, made on first use from the pinned requirements and made anew when
 * they change. Returns its interpreter.
 */
export async function pythonEnvironment(requirements: string, signal?: AbortSignal): Promise<string> {
  const files = ['requirements.txt', requirements].map((name) => path.join(PYTHON_FOLDER, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const wanted = createHash('sha256').update(texts.join('\n')).digest('hex');
  const stampFile = path.join(VENV, `.installed-${requirements}`);
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === wanted) return PYTHON;
  const cancel = signal ? { signal } : {};
  if (!existsSync(VENV_COMPLETE)) await createVenv(cancel);
  const requirementsFile = path.join(PYTHON_FOLDER, requirements);
  await runStep(
    PYTHON,
    ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirementsFile],
    cancel,
  );
  await writeFile(stampFile, wanted);
  return PYTHON;
}

async function createVenv(options: StepOptions): Promise<void> {
  await rm(VENV, { recursive: true, force: true });
  try {
    await runStep('python3', ['-m', 'venv', VENV], options);
  } catch (cause) {
    throw new StepError(
      'cannot make a Python environment: install Python ≥ 3.11 with venv (Debian: apt-get install python3 python3-venv)',
      { cause },
    );
  }
  await writeFile(VENV_COMPLETE, '');
}
