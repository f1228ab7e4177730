import type { SetupPlan } from '../toolchain/setup/plan-setup.js';
import { type SetupStep, shellText } from '../toolchain/setup/setup-step.js';

/** The plan as a shell would take it: what is not a command is a comment, so that any part of it can be pasted. */
export function setupPlanLines({ title, steps, notes }: SetupPlan, isRoot: boolean): string[] {
  const done = steps.filter((step) => step.done).length;
  return [
    `# ${title}: ${done} of ${steps.length} steps are done`,
    ...steps.flatMap((step, index) => ['', ...stepLines(step, index + 1, isRoot)]),
    '',
    ...notes.map((note) => `# ${note}`),
  ].map((line) => `${line}\n`);
}

function stepLines(step: SetupStep, number: number, isRoot: boolean): string[] {
  const { title, why, seen, done, commands, afterwards } = step;
  const because = seen === undefined ? '' : ` (${seen})`;
  if (done) return [`# ${number}. ${title}: done${because}`];
  return [
    `# ${number}. ${title}: ${why}${because}`,
    ...commands.map((command) => shellText(command, isRoot)),
    ...(afterwards === undefined ? [] : [`#    then: ${afterwards}`]),
  ];
}

/** What scripts read: the same, with each command also as the shell takes it. */
export function setupPlanJson({ title, steps, notes }: SetupPlan, isRoot: boolean): string {
  const written = steps.map((step) => ({
    ...step,
    commands: step.commands.map((command) => ({ ...command, shell: shellText(command, isRoot) })),
  }));
  return `${JSON.stringify({ title, steps: written, notes }, null, 2)}\n`;
}
