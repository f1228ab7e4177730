import { onTestFinished, vi } from 'vitest';
import { runProgram } from '../../lib/cli/program.js';

export interface ProgramResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `jetson-vla` with these arguments in this process, as a process of its own takes a second to start. */
export async function jetsonVla(...args: string[]): Promise<ProgramResult> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    }),
  );
  const restore = () => {
    for (const spy of spies) spy.mockRestore();
  };
  onTestFinished(restore);
  const status = await runProgram(args).finally(restore);
  return { status, ...written };
}
