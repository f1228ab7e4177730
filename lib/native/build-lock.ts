import { mkdir, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../engine/abort.js';

export interface BuildLockOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when another process holds the lock. */
  readonly onWait?: () => void;
}

/**
 * Runs `work` while no other process builds in `directory`: two compilers writing the same object files leave
 * broken ones. A lock whose process has ended is taken over.
 *
 * @throws VLAError ABORTED while it waits; what `work` throws
 */
export async function withBuildLock<T>(
  directory: string,
  work: () => Promise<T>,
  { signal, onWait }: BuildLockOptions = {},
): Promise<T> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, '.build-lock');
  let waits = false;
  while (!(await acquire(file))) {
    if (signal?.aborted) throw abortError(signal);
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    // An empty file is one that its owner is just writing.
    if (owner > 0 && !isRunning(owner)) await rm(file, { force: true });
    else {
      if (!waits) onWait?.();
      waits = true;
      await sleep(100);
    }
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(String(process.pid));
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
