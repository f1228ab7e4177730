import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { VLAError } from '../errors.js';
import { atExit } from '../native/at-exit.js';

/** The place cannot be written to; anything else is a mistake in the program. */
const DISK: ReadonlySet<string> = new Set([
  ...['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE'],
  ...['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG'],
]);

/**
 * Writes a file under another name beside `target` and moves it there when `write` is through; on any error, and at an
 * exit of the process, nothing is left and a file that was there before stays.
 *
 * @throws VLAError WRITE_FAILED; what `write` throws
 */
export async function stageFile<T>(target: string, write: (temporary: string) => Promise<T>): Promise<T> {
  return stage(target, async (temporary) => {
    const result = await write(temporary);
    await flush(temporary);
    await rename(temporary, target);
    return result;
  });
}

/**
 * Fills a new directory beside `target` and moves it there when `fill` is through. One that is there before is replaced
 * only with `replace`, only where it holds the file of that name or nothing, and only once the new one is complete.
 *
 * @throws VLAError INVALID_ARGUMENT when `target` exists and must not be replaced; WRITE_FAILED; what `fill` throws
 */
export async function stageDirectory<T>(
  target: string,
  { replace }: { readonly replace?: string },
  fill: (temporary: string) => Promise<T>,
): Promise<T> {
  await requireFree(target, replace);
  return stage(target, async (temporary) => {
    await mkdir(temporary);
    const result = await fill(temporary);
    for (const file of await readdir(temporary)) await flush(path.join(temporary, file));
    await requireFree(target, replace);
    await exchange(temporary, target);
    return result;
  });
}

/**
 * Calls `work` with a path beside `target`, and so on the same file system, where nothing is yet; whatever it makes
 * there is gone afterwards, and at an exit of the process.
 *
 * @throws VLAError WRITE_FAILED; what `work` throws
 */
export async function stage<T>(target: string, work: (temporary: string) => Promise<T>): Promise<T> {
  const temporary = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}`);
  const forget = atExit(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    await mkdir(path.dirname(target), { recursive: true });
    return await work(temporary);
  } catch (error) {
    throw writeError(target, error);
  } finally {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    forget();
  }
}

/** Moves a directory to the place of another. No exit of the process comes between: the renames do not wait. */
async function exchange(replacement: string, target: string): Promise<void> {
  const old = `${replacement}.old`;
  const forget = atExit(() => rmSync(old, { recursive: true, force: true }));
  try {
    const hadOld = existsSync(target);
    if (hadOld) renameSync(target, old);
    try {
      renameSync(replacement, target);
    } catch (error) {
      if (hadOld) renameSync(old, target);
      throw error;
    }
    await rm(old, { recursive: true, force: true });
  } finally {
    forget();
  }
}

async function requireFree(target: string, replace: string | undefined): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory())
    throw new VLAError('INVALID_ARGUMENT', `${target} is there already`, {
      hint: 'Choose another --output.',
    });
  if (replace === undefined)
    throw new VLAError('INVALID_ARGUMENT', `${target} is there already`, {
      hint: 'Choose another --output, or replace it with --force.',
    });
  const entries = await readdir(target);
  const isAround = !path.relative(target, process.cwd()).startsWith('..');
  if (!isAround && (entries.length === 0 || entries.includes(replace))) return;
  throw new VLAError(
    'INVALID_ARGUMENT',
    isAround
      ? `${target} is not replaced: this program runs in it`
      : `${target} is not replaced: it has files and no ${replace} among them`,
    { hint: 'Choose another --output; everything in a directory that is replaced is lost.' },
  );
}

/** On disk before the name says so: a power cut must not leave a complete name on half a file. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** An error of the file system as one that says what to do; any other as it is. */
function writeError(target: string, error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string' && DISK.has(error.code)))
    return error;
  return new VLAError('WRITE_FAILED', `${target} cannot be written: ${error.message}`, {
    hint: 'Free some space, or write to another place; nothing was left behind.',
    cause: error,
  });
}
