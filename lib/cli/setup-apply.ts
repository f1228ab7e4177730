import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { VLAError } from '../errors.js';
import { applySetup, type CommandEnding } from '../toolchain/setup/apply-setup.js';
import type { SetupPlan } from '../toolchain/setup/plan-setup.js';
import { type SetupStep, shellText } from '../toolchain/setup/setup-step.js';
import { usageError } from './usage.js';

export interface ApplyOnTerminal {
  readonly plan: () => SetupPlan;
  /** Whether every step was agreed to beforehand. */
  readonly yes: boolean;
  readonly isRoot: boolean;
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable;
  readonly signal: AbortSignal;
  readonly run?: (argv: readonly [string, ...string[]], signal: AbortSignal) => Promise<CommandEnding>;
}

/**
 * Asks before each step, shows what runs, and says at the end what is left to do by hand.
 *
 * @returns the steps whose commands were run
 * @throws VLAError INVALID_ARGUMENT where nobody can be asked; TOOL_FAILED, ABORTED as {@link applySetup}
 */
export async function applyOnTerminal(options: ApplyOnTerminal): Promise<SetupStep[]> {
  const { plan, yes, isRoot, input, output, signal, run = runCommand } = options;
  if (!yes && input.isTTY !== true)
    throw usageError('setup-jetson', '--apply asks before each step, and this is no terminal: add --yes');
  const say = (line: string) => output.write(`${line}\n`);
  const commandLines = ({ commands }: SetupStep) =>
    commands.map((command) => `    ${shellText(command, isRoot)}\n`).join('');
  const applied = await applySetup({
    plan,
    isRoot,
    signal,
    run: (argv) => run(argv, signal),
    confirm: async (step) => {
      output.write(`\n${step.title}: ${step.why} (${step.seen ?? ''})\n${commandLines(step)}`);
      return yes || (await ask('Run this? [y/N] ', input, output, signal));
    },
    onStep: ({ title, seen }, what) => {
      if (what === 'done') say(`${title}: done already (${seen})`);
      else if (what === 'skipped') say(`${title}: left out`);
    },
  });
  for (const { title, afterwards } of applied) if (afterwards) say(`\n${title}: then\n    ${afterwards}`);
  return applied;
}

/** Anything but a clear yes is a no, the end of the input included. */
async function ask(
  question: string,
  input: Readable,
  output: Writable,
  signal: AbortSignal,
): Promise<boolean> {
  // One that has ended before says so no more.
  if (input.readableEnded || input.destroyed) return false;
  const lines = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return /^y(es)?$/i.test((await Promise.race([lines.question(question, { signal }), closed])).trim());
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    lines.close();
  }
}

/** Its own questions, such as for a password, go to the terminal, and all that it says to where progress is shown. */
function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  signal: AbortSignal,
): Promise<CommandEnding> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['inherit', process.stderr.fd, process.stderr.fd] });
    // Ctrl-C reaches it from the terminal; any other signal to this process does not.
    const stop = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', (cause) => {
      signal.removeEventListener('abort', stop);
      reject(new VLAError('TOOL_FAILED', `${program} cannot be started: ${cause.message}`, { cause }));
    });
    child.once('close', (status, ended) => {
      signal.removeEventListener('abort', stop);
      resolve(ended ?? status ?? 1);
    });
  });
}
