import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../../engine/abort.js';
import { VLAError } from '../../errors.js';
import { atExit } from '../../native/at-exit.js';
import { killGroup } from './process-group.js';

export interface PythonRun {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Each line of what it prints, as it comes. */
  readonly onLine?: ((line: string) => void) | undefined;
}

/** How an interpreter ended. */
export interface PythonEnd {
  /** Nothing when it ended with status 0; else such as `exit status 1` or `SIGKILL`. */
  readonly failure: string | undefined;
  /** What it printed, standard output and error in one. */
  readonly lines: readonly string[];
}

/** pip removes its temporary files when it is interrupted; one that hangs is killed after this, milliseconds. */
const GRACE_MS = 3000;

/**
 * Runs an interpreter to its end; its standard input stays open and empty. Aborting interrupts it, and rejects when it is gone.
 *
 * @throws VLAError PYTHON_UNAVAILABLE when it cannot be started; ABORTED; what `onLine` throws
 */
export async function runPython(
  python: string,
  args: readonly string[],
  options: PythonRun = {},
): Promise<PythonEnd> {
  const { env = process.env, cwd = process.cwd(), signal, onLine } = options;
  if (signal?.aborted) throw abortError(signal);
  const child = spawn(python, args, { cwd, env, stdio: 'pipe', detached: true });
  const kill = () => killGroup(child);
  const forget = atExit(kill);
  // What it started would hold its pipes open.
  child.once('exit', kill);
  const gone = new AbortController();
  const interrupt = () => {
    killGroup(child, 'SIGINT');
    void sleep(GRACE_MS, undefined, { signal: gone.signal }).then(kill, () => {});
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  const lines: string[] = [];
  const reading = Promise.all(
    [child.stdout, child.stderr].map(async (input) => {
      for await (const line of createInterface({ input })) {
        lines.push(line);
        onLine?.(line);
      }
    }),
  );
  reading.catch(kill);
  try {
    const failure = await new Promise<string | undefined>((resolve, reject) => {
      child.once('error', (error) => reject(cannotStart(python, error)));
      child.once('close', (status, killedBy) =>
        resolve(status === 0 ? undefined : (killedBy ?? `exit status ${status}`)),
      );
    });
    await reading;
    if (signal?.aborted) throw abortError(signal);
    return { failure, lines };
  } finally {
    gone.abort();
    signal?.removeEventListener('abort', interrupt);
    forget();
  }
}

/** The error for an interpreter that does not start. */
export function cannotStart(python: string, cause: Error): VLAError {
  const missing = 'code' in cause && cause.code === 'ENOENT';
  return new VLAError(
    'PYTHON_UNAVAILABLE',
    missing ? `there is no Python at "${python}"` : `Python "${python}" does not start: ${cause.message}`,
    { hint: 'Name an interpreter with --python FILE or JETSON_VLA_PYTHON, or leave both away.', cause },
  );
}
