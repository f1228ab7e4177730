import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { StepDisplay } from '../lib/cli/step-display.js';
import { VLAError } from '../lib/errors.js';
import { projectEnvironment } from '../lib/toolchain/python/project-environment.js';
import { LOCK_FILE } from '../lib/toolchain/python/python-environment.js';

/** The repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const PYTHON_FOLDER = path.join(ROOT, 'python');

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
 * The repository's Python environment, which is the one that the toolchain's commands make here, with what a
 * requirements file of python/ adds. Returns its interpreter.
 */
export async function developmentEnvironment(requirements?: string, signal?: AbortSignal): Promise<string> {
  const display = new StepDisplay(process.stderr);
  try {
    return await projectEnvironment({
      project: ROOT,
      requirements: requirements ? [LOCK_FILE, path.join(PYTHON_FOLDER, requirements)] : [LOCK_FILE],
      onProgress: (progress) => display.show(progress),
      signal,
    });
  } catch (error) {
    throw error instanceof VLAError ? new StepError(error.toString(), { cause: error }) : error;
  } finally {
    display.clear();
  }
}
