import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { abortError } from '../../engine/abort.js';
import { VLA_ERROR_CODES, VLAError, type VLAErrorCode } from '../../errors.js';
import { atExit } from '../../native/at-exit.js';
import { packageRoot } from '../../native/package-root.js';

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

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), label: z.string(), fraction: z.number().exactOptional() }),
  z.object({ type: z.literal('warning'), message: z.string() }),
  z.object({ type: z.literal('ask'), name: z.string(), payload: z.unknown() }),
  z.object({ type: z.literal('result'), value: z.unknown() }),
  z.object({
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    hint: z.string().exactOptional(),
  }),
]);

const OUTPUT_KEPT = 64 * 1024;
const LINES_SHOWN = 12;

/**
 * Runs one command of `python/jetson_vla_tools` to its end. Events come as JSON lines on file descriptor 3; answers to
 * questions go to its standard input, whose end tells it that this process is gone. Aborting kills it.
 *
 * @throws VLAError the code that the Python side raised; TOOL_FAILED when it ended without a result; ABORTED
 */
export async function runPythonTool<T>(options: PythonToolOptions<T>): Promise<T> {
  const { python, command, request, answers = {}, onProgress, onWarning, onOutput, signal } = options;
  if (signal?.aborted) throw abortError(signal);
  const child = spawn(python, ['-m', 'jetson_vla_tools', command], {
    cwd: options.cwd ?? process.cwd(),
    env: toolEnvironment(options.env ?? process.env),
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const kill = () => void child.kill('SIGKILL');
  const forget = atExit(kill);
  signal?.addEventListener('abort', kill, { once: true });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      printed = `${printed}${text}`.slice(-OUTPUT_KEPT);
      onOutput?.(text);
    });
  // A child that ended early takes no more answers; how it ended is what counts.
  child.stdin.on('error', () => {});
  const send = (value: unknown) => void child.stdin.write(`${JSON.stringify(value)}\n`);
  let outcome: { readonly value: unknown } | undefined;
  let failure: unknown;
  const fail = (error: unknown) => {
    failure ??= error;
    kill();
  };
  const handle = async (line: string): Promise<void> => {
    const parsed = event.parse(JSON.parse(line));
    switch (parsed.type) {
      case 'progress':
        onProgress?.({
          label: parsed.label,
          ...(parsed.fraction !== undefined && { fraction: parsed.fraction }),
        });
        return;
      case 'warning':
        onWarning?.(parsed.message);
        return;
      case 'ask': {
        const answer = answers[parsed.name];
        if (answer === undefined) throw new Error(`no answer to the question ${parsed.name}`);
        send({ answer: await answer(parsed.payload) });
        return;
      }
      case 'result':
        outcome = { value: parsed.value };
        return;
      case 'error':
        failure ??= new VLAError(
          isErrorCode(parsed.code) ? parsed.code : 'TOOL_FAILED',
          parsed.message,
          parsed.hint === undefined ? {} : { hint: parsed.hint },
        );
    }
  };
  try {
    const events = child.stdio[3];
    if (events instanceof Readable)
      createInterface({ input: events }).on('line', (line) => void handle(line).catch(fail));
    const ending = new Promise<string | undefined>((resolve) => {
      child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
      child.once('close', (status, killedBy) =>
        resolve(status === 0 ? undefined : `ended with ${killedBy ?? `exit status ${status}`}`),
      );
    });
    send(request);
    const ended = await ending;
    if (signal?.aborted) throw abortError(signal);
    if (failure !== undefined) throw failure;
    if (outcome === undefined || ended !== undefined) throw unexpectedEnd(command, ended, printed);
    return options.result.parse(outcome.value);
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
    forget();
  }
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

function unexpectedEnd(command: string, ended: string | undefined, printed: string): VLAError {
  const tail = printed.trim().split('\n').slice(-LINES_SHOWN).join('\n');
  return new VLAError(
    'TOOL_FAILED',
    `the Python side of "${command}" ${ended ?? 'ended without a result'}${tail === '' ? '' : `:\n${tail}`}`,
    { hint: 'Run it again with --verbose for everything that it prints.' },
  );
}

function isErrorCode(code: string): code is VLAErrorCode {
  return Object.hasOwn(VLA_ERROR_CODES, code);
}
