import type { ChildProcess } from 'node:child_process';

/**
 * Kills a child that was spawned `detached`, with all that it started. One that is gone already is no error.
 *
 * Its own group also keeps a terminal's Ctrl-C away from it: this process decides what that means.
 */
export function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
