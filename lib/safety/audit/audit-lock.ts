import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { VLAError } from '../../errors.js';
import { errorCode } from './audit-failure.js';

/**
 * Keeps a log to one writer: two would tear the chain. The lock is the file `<log>.lock` with the process id and,
 * where /proc tells it, the start time, since a restarted container gives its ids out again. A lock whose process has
 * ended is taken over.
 *
 * @returns gives the lock back
 * @throws VLAError AUDIT_FAILED while another process, or this one, has the log open
 */
export function lockLog(log: string): () => void {
  const lock = `${log}.lock`;
  const draft = `${lock}-${process.pid}-${threadId}`;
  const owner = `${process.pid} ${startTime(process.pid)}`;
  while (!created(lock, owner, draft)) {
    const holder = read(lock);
    if (holder === undefined) continue;
    if (holds(holder)) throw heldError(log, lock, holder);
    removeStale(lock, holder, draft);
  }
  return () => {
    if (read(lock) === owner) rmSync(lock, { force: true });
  };
}

/** Whether a process that still runs has the log open. */
export function isLogLocked(log: string): boolean {
  const holder = read(`${log}.lock`);
  return holder !== undefined && holds(holder);
}

/** A link appears with its content, so nobody ever reads an empty lock. */
function created(lock: string, content: string, draft: string): boolean {
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    // FAT and some network file systems have no links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') return createdAnew(lock, content);
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function createdAnew(lock: string, content: string): boolean {
  try {
    writeFileSync(lock, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Moved aside first: of two processes that find the same stale lock, the slower one must not remove the other's new one. */
function removeStale(lock: string, holder: string, draft: string): void {
  const aside = `${draft}-stale`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== undefined && moved !== holder) created(lock, moved, draft);
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function holds(holder: string): boolean {
  const [pid, started] = holder.split(' ');
  return isRunning(Number(pid)) && startTime(Number(pid)) === started;
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** Field 22 of /proc/<pid>/stat, clock ticks since the machine started; empty where there is none (see proc(5)). */
function startTime(pid: number): string {
  const stat = readStat(pid);
  // The second field is the program's name in parentheses, and may itself hold spaces and parentheses.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

function heldError(log: string, lock: string, holder: string): VLAError {
  return new VLAError('AUDIT_FAILED', `${log}: process ${holder.split(' ')[0]} is already writing this log`, {
    hint: `Give each executor a file of its own. If nothing writes it, remove ${lock}.`,
  });
}
