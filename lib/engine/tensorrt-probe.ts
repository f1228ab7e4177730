import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TensorRTLibraries } from '../native/addon-types.js';
import { childEnvironment } from '../native/child-environment.js';

export interface ProbeRequest {
  /** The addon's file. */
  readonly addon: string;
  /** Tried in this order, until one opens. */
  readonly attempts: readonly TensorRTLibraries[];
}

export interface ProbeRefusal {
  readonly kind: 'refused';
  /** Of the native error; empty when it has none. */
  readonly code: string;
  readonly message: string;
}

/** What the child says about one attempt. */
export type ProbeAnswer =
  | {
      readonly kind: 'opened';
      /** Of the TensorRT library, absolute and without links. */
      readonly path: string;
      readonly version: string;
    }
  | ProbeRefusal;

export type ProbeOutcome =
  | ProbeAnswer
  /** It crashed, hung, or ended before it said anything; the text says which. */
  | { readonly kind: 'died'; readonly message: string };

const CHILD = fileURLToPath(new URL('./tensorrt-probe-child.js', import.meta.url));

/** TensorRT takes seconds from a cold SD card, and a library that waits for something waits for ever. */
const TIMEOUT_MS = 30_000;

const STDERR_KEPT = 4096;

/**
 * Opens candidates in a process of their own.
 *
 * @param timeoutMs for each attempt, milliseconds; a child that takes longer is killed
 * @returns one outcome per attempt that was made, in order, at least one; only the last can be `opened`, and the
 *   attempts after it were not made
 */
export async function probe(
  request: ProbeRequest,
  env: Readonly<NodeJS.ProcessEnv>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<readonly ProbeOutcome[]> {
  const child = spawn(process.execPath, [CHILD, JSON.stringify(request)], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: childEnvironment(env),
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let timedOut = false;
  const onTimeout = () => {
    timedOut = true;
    kill();
  };
  let timer = setTimeout(onTimeout, timeoutMs);
  try {
    const answers: ProbeAnswer[] = [];
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = `${stderr}${text}`.slice(-STDERR_KEPT);
    });
    readAnswers(child, (answer) => {
      answers.push(answer);
      clearTimeout(timer);
      timer = setTimeout(onTimeout, timeoutMs);
    });
    const ending = await ended(child);
    if (ending === undefined && answers.length > 0) return answers;
    const how = timedOut
      ? `it did not answer within ${timeoutMs / 1000} s and was stopped`
      : (ending ?? 'it ended without a word');
    const said = lastLine(stderr);
    const died = { kind: 'died', message: said === '' ? how : `${how}: ${said}` } as const;
    return [...blameless(answers, request.attempts.length), died];
  } finally {
    clearTimeout(timer);
    process.off('exit', kill);
  }
}

/** Without the answer of a library that crashes on the way out: it would take the app down at its end as well. */
function blameless(answers: readonly ProbeAnswer[], attempts: number): readonly ProbeAnswer[] {
  const last = answers.at(-1);
  const finished =
    last?.kind === 'opened' || last?.code !== 'TENSORRT_NOT_FOUND' || answers.length === attempts;
  return last && finished ? answers.slice(0, -1) : answers;
}

function readAnswers(child: ChildProcess, onAnswer: (answer: ProbeAnswer) => void): void {
  const pipe = child.stdio[3];
  if (!(pipe instanceof Readable)) return;
  // Each line is written by tensorrt-probe-child.js in one go; a killed child may leave half of one.
  createInterface({ input: pipe }).on('line', (line) => {
    try {
      const answer: ProbeAnswer = JSON.parse(line);
      onAnswer(answer);
    } catch {
      // Half a line is no answer, and how the child ended says why.
    }
  });
}

/** How a child ended, or undefined when it did so properly. */
function ended(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`the process that tries it cannot be started: ${error.message}`));
    child.once('close', (status, signal) => {
      if (signal !== null) resolve(`it crashed the process that tried it (${signal})`);
      else resolve(status === 0 ? undefined : `it ended the process that tried it (exit code ${status})`);
    });
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() ?? '';
}
