import { VLAError } from '../../errors.js';
import type { SetupPlan } from './plan-setup.js';
import { argvOf, type SetupStep, shellText } from './setup-step.js';

/** How a command ended: its exit status, or the signal that ended it. */
export type CommandEnding = number | NodeJS.Signals;

export interface ApplySetup {
  /** Looks at the machine anew: one step may do the work of a later one. */
  readonly plan: () => SetupPlan;
  /** @returns whether to run the step's commands */
  readonly confirm: (step: SetupStep) => Promise<boolean>;
  readonly run: (argv: readonly [string, ...string[]]) => Promise<CommandEnding>;
  readonly onStep: (step: SetupStep, what: 'done' | 'skipped' | 'starting' | 'finished') => void;
  /** Whether this process is root already, so that no sudo is needed. */
  readonly isRoot: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Carries out a plan step by step. What is done already is left alone, so that it can be run again at any time.
 *
 * @returns the steps whose commands were run
 * @throws VLAError TOOL_FAILED naming the first command that failed; nothing after it was run. ABORTED.
 */
export async function applySetup({
  plan,
  confirm,
  run,
  onStep,
  isRoot,
  signal,
}: ApplySetup): Promise<SetupStep[]> {
  const applied: SetupStep[] = [];
  for (const { id } of plan().steps) {
    throwIfStopped(signal);
    const step = plan().steps.find((candidate) => candidate.id === id);
    if (step === undefined) continue;
    if (step.done) {
      onStep(step, 'done');
      continue;
    }
    const isWanted = await confirm(step);
    throwIfStopped(signal);
    if (!isWanted) {
      onStep(step, 'skipped');
      continue;
    }
    onStep(step, 'starting');
    for (const command of step.commands) {
      const ending = await run(argvOf(command, isRoot));
      throwIfStopped(signal);
      if (ending !== 0) throw failed(step, shellText(command, isRoot), ending);
    }
    applied.push(step);
    onStep(step, 'finished');
  }
  return applied;
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new VLAError('ABORTED', 'interrupted; steps that are done stay done', { cause: signal.reason });
}

function failed(step: SetupStep, command: string, ending: CommandEnding): VLAError {
  const how = typeof ending === 'number' ? `status ${ending}` : ending;
  return new VLAError('TOOL_FAILED', `step "${step.title}": this command ended with ${how}:\n  ${command}`, {
    hint: 'Its own output stands above. Mend that and run the same command again: steps that are done are left out.',
  });
}
