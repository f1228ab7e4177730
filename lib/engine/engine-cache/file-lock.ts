import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { atExit } from '../../native/at-exit.js';
import { abortError } from '../abort.js';

const POLL_MS = 200;
const TOUCH_MS = 5_000;
/** A lock of an unknown process that nobody has touched for so long is taken over. */
const STALE_MS = 60_000;

/** Who holds a lock. A process id alone says little: after a crash or in another container it is somebody else's. */
const owner = z.object({
  pid: z.number().int().positive(),
  /** When the process started, in ticks since the system did. */
  started: z.string(),
  /** The running system and the process namespace that the two belong to. */
  space: z.string(),
  token: z.string(),
});

type Owner = z.infer<typeof owner>;

export interface FileLockOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Called once, when another process or thread holds the lock. */
  onWait?(): void;
}

/**
 * Runs `work` while nobody else holds the lock `file`, a process or a thread of this one. A lock whose process has
 * ended is taken over at once; where that cannot be told, as from another container, after a minute of silence.
 *
 * @param file in a directory that exists
 * @throws VLAError ABORTED while waiting; what `work` throws
 */
export async function withFileLock<T>(
  file: string,
  { signal, onWait }: FileLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const me: Owner = { ...thisProcess(), token: randomUUID() };
  for (let first = true; !(await acquire(file, me)); first = false) {
    if (signal?.aborted) throw abortError(signal);
    const stale = await staleHolder(file);
    if (stale) await takeAway(file, stale);
    else {
      if (first) onWait?.();
      await sleep(POLL_MS, undefined, signal && { signal }).catch(() => {});
    }
  }
  const forget = atExit(() => rmSync(file, { force: true }));
  const touching = setInterval(() => void touch(file), TOUCH_MS).unref();
  try {
    return await work();
  } finally {
    clearInterval(touching);
    forget();
    // One that was suspended for long may have lost its lock to somebody else.
    if ((await readOwner(file))?.token === me.token) await rm(file, { force: true });
  }
}

/** Whether somebody who may still be at work holds the lock. */
export async function isLocked(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined && (await staleHolder(file)) === undefined;
}

async function acquire(file: string, me: Owner): Promise<boolean> {
  try {
    const handle = await open(file, 'wx');
    await handle.writeFile(JSON.stringify(me));
    await handle.close();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Whose lock it is when that one has ended; nobody is known of one that was never written to its end. */
async function staleHolder(file: string): Promise<{ readonly token: string | undefined } | undefined> {
  const holder = await readOwner(file);
  const found = await stat(file).catch(() => undefined);
  const gone =
    holder?.space === thisSpace()
      ? startOf(holder.pid) !== holder.started
      : found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
  return gone ? { token: holder?.token } : undefined;
}

/** Somebody else may have taken it over between the look at it and this: his lock goes back. */
async function takeAway(file: string, { token }: { readonly token: string | undefined }): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
  } catch {
    return;
  }
  if ((await readOwner(aside))?.token !== token) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return owner.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // Gone, or its owner is just writing it.
    return undefined;
  }
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => {});
}

function thisProcess(): Omit<Owner, 'token'> {
  return { pid: process.pid, started: startOf(process.pid) ?? '', space: thisSpace() };
}

function thisSpace(): string {
  try {
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Without procfs only silence tells: no two names are the same.
    return randomUUID();
  }
}

/** Undefined for no such process. */
function startOf(pid: number): string | undefined {
  try {
    // The name in parentheses may hold anything; the start is the 20th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\)\s*/s, '')
      .split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
