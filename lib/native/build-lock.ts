import { rmSync } from 'node:fs';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortError } from '../engine/abort.js';

export interface BuildLockOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when another process holds the lock. */
  readonly onWait?: () => void;
}

/** Locks of this process: in a container its id may be that of a process that was killed there before. */
const held = new Set<string>();

/** An empty lock is one that its owner is just writing; after this, milliseconds, it was killed while it wrote. */
const WRITTEN_AFTER_MS = 10_000;

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
  const file = path.resolve(directory, '.build-lock');
  let waits = false;
  while (!(await acquire(file))) {
    if (signal?.aborted) throw abortError(signal);
    if (await isAbandoned(file)) await rm(file, { force: true });
    else {
      if (!waits) onWait?.();
      waits = true;
      await sleep(100);
    }
  }
  try {
    return await work();
  } finally {
    release(file);
  }
}

async function acquire(file: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    held.add(file);
    try {
      await handle.writeFile(String(process.pid));
    } catch (error) {
      // A full disk: whoever comes next would wait for a lock that nobody has.
      release(file);
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** At once: between the two, another waiter of this process would take the lock for abandoned, or for nobody's. */
function release(file: string): void {
  rmSync(file, { force: true });
  held.delete(file);
}

async function isAbandoned(file: string): Promise<boolean> {
  const owner = Number(await readFile(file, 'utf8').catch(() => ''));
  if (owner === process.pid) return !held.has(file);
  if (owner > 0) return !isRunning(owner);
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > WRITTEN_AFTER_MS;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
