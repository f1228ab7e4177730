import type { ChildProcess } from 'node:child_process';

/**
 * Sends a signal to a child that was spawned `detached`, and to all that it started. One that is gone already is no
 * error.
 *
 * Its own group also keeps a terminal's Ctrl-C away from it: this process decides what that means.
 */
export function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
