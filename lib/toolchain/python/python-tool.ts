import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { abortError } from '../../engine/abort.js';
import { VLAError } from '../../errors.js';
import { atExit } from '../../native/at-exit.js';
import { packageRoot } from '../../native/package-root.js';
import { killGroup } from './process-group.js';
import { cannotStart } from './run-python.js';
import { parseToolEvent, raisedError } from './tool-events.js';

/** Where a long piece of work stands. */
export interface ToolProgress {
  /** Such as `Exporting to ONNX`. */
  readonly label: string;
  /** 0 … 1 of all of it; absent where nobody can tell. */
  readonly fraction?: number;
}

/** Answers what the Python side asks while it works, by the name of the question. */
export type ToolAnswers = Readonly<Record<string, (payload: unknown) => Promise<unknown>>>;

export interface PythonToolOptions<T> {
  /** The interpreter: {@link pythonEnvironment} gives it. */
  readonly python: string;
  /** A command of python/jetson_vla_tools, such as `export`. */
  readonly command: string;
  /** Handed to the command as JSON. */
  readonly request: unknown;
  /** What the command gives back. */
  readonly result: z.ZodType<T>;
  readonly answers?: ToolAnswers;
  readonly onProgress?: (progress: ToolProgress) => void;
  readonly onWarning?: (text: string) => void;
  /** Everything that Python prints, as it comes. */
  readonly onOutput?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Where modules that the request names are looked for first; this process's own directory by default. */
  readonly cwd?: string;
  /** Instead of this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Characters, of each stream. */
const OUTPUT_KEPT = 32 * 1024;
const LINES_SHOWN = 12;

/**
 * Runs one command of `python/jetson_vla_tools` to its end. Events come as JSON lines on file descriptor 3; answers to
 * questions go to its standard input, whose end tells it that this process is gone. Aborting kills it, with all that it
 * started; the promise settles when it is gone and no answer is being worked out any more.
 *
 * @throws VLAError the code that the Python side raised; TOOL_FAILED when it ended without a result or its result is
 * not what was expected; PYTHON_UNAVAILABLE when the interpreter does not start; ABORTED; what an answer throws
 */
export async function runPythonTool<T>(options: PythonToolOptions<T>): Promise<T> {
  const { python, command, request, answers = {}, onProgress, onWarning, onOutput, signal } = options;
  if (signal?.aborted) throw abortError(signal);
  const child = spawn(python, ['-m', 'jetson_vla_tools', command], {
    cwd: options.cwd ?? process.cwd(),
    env: toolEnvironment(options.env ?? process.env),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const kill = () => killGroup(child);
  const forget = atExit(kill);
  signal?.addEventListener('abort', kill, { once: true });
  // What it started would hold its pipes open.
  child.once('exit', kill);
  const started = new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(cannotStart(python, error)));
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('close', (status, killedBy) =>
      resolve(status === 0 ? undefined : (killedBy ?? `exit status ${status}`)),
    );
  });
  // Apart: two pipes tell no order, and a flood in one must not wash away the end of the other.
  const printed = [child.stdout, child.stderr].map((stream) => {
    const tail = { text: '' };
    stream.setEncoding('utf8').on('data', (text: string) => {
      tail.text = `${tail.text}${text}`.slice(-OUTPUT_KEPT);
      onOutput?.(text);
    });
    return tail;
  });
  // A child that ended early takes no more answers; how it ended is what counts.
  child.stdin.on('error', () => {});
  const send = (value: unknown) => void child.stdin.write(`${JSON.stringify(value)}\n`);
  let outcome: { readonly value: unknown } | undefined;
  let failure: { readonly error: unknown } | undefined;
  const handle = async (line: string): Promise<void> => {
    const event = parseToolEvent(line);
    switch (event.type) {
      case 'progress':
        onProgress?.({
          label: event.label,
          ...(event.fraction !== undefined && { fraction: event.fraction }),
        });
        return;
      case 'warning':
        onWarning?.(event.message);
        return;
      case 'ask': {
        const answer = answers[event.name];
        if (answer === undefined)
          throw new VLAError('TOOL_FAILED', `"${command}" asks for "${event.name}", which nobody answers`);
        send({ answer: await answer(event.payload) });
        return;
      }
      case 'result':
        outcome = { value: event.value };
        return;
      case 'error':
        failure ??= { error: raisedError(event) };
    }
  };
  try {
    await started;
    const handling: Promise<void>[] = [];
    const listen = async () => {
      for await (const line of createInterface({ input: eventsOf(child) }))
        handling.push(
          handle(line).catch((error: unknown) => {
            failure ??= { error };
            kill();
          }),
        );
    };
    const listening = listen();
    send(request);
    const end = await ended;
    await listening;
    await Promise.all(handling);
    if (signal?.aborted) throw abortError(signal);
    if (failure !== undefined) throw failure.error;
    if (outcome === undefined || end !== undefined)
      throw unexpectedEnd(
        command,
        end,
        printed.map(({ text }) => text),
      );
    return checked(command, options.result, outcome.value);
  } finally {
    signal?.removeEventListener('abort', kill);
    forget();
  }
}

function eventsOf(child: ChildProcess): Readable {
  const events = child.stdio[3];
  if (!(events instanceof Readable)) throw new Error('file descriptor 3 is a pipe');
  return events;
}

function checked<T>(command: string, type: z.ZodType<T>, value: unknown): T {
  const parsed = type.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new VLAError(
    'TOOL_FAILED',
    `the result of the Python side of "${command}" is not what was expected:\n${z.prettifyError(parsed.error)}`,
    { cause: parsed.error },
  );
}

/** The package's own Python modules come after everything that the user's interpreter and directory have. */
function toolEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = path.join(packageRoot, 'python');
  const before = env['PYTHONPATH'];
  return {
    ...env,
    PYTHONPATH: before ? `${before}${path.delimiter}${own}` : own,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

function unexpectedEnd(command: string, end: string | undefined, printed: readonly string[]): VLAError {
  const tail = printed
    .flatMap((text) => text.trim().split('\n').slice(-LINES_SHOWN))
    .filter((line) => line !== '')
    .join('\n');
  const how = end === undefined ? 'ended without a result' : `ended with ${end}`;
  return new VLAError(
    'TOOL_FAILED',
    `the Python side of "${command}" ${how}${tail === '' ? '' : `:\n${tail}`}`,
    {
      hint:
        end === 'SIGKILL'
          ? 'The system ends a process so when memory runs out (see dmesg): close other programs, or use a machine with more.'
          : 'Run it again with --verbose for everything that it prints.',
    },
  );
}
