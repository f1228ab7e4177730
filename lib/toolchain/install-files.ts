import { randomUUID } from 'node:crypto';
import { link, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Files that have taken the place of others, which are still there under other names. */
export interface InstalledFiles {
  /** Brings back what was there before. */
  undo(): Promise<void>;
  /** Lets go of what was there before. */
  keep(): Promise<void>;
}

/**
 * Moves finished files from one directory to another of the same file system, where they may replace older ones.
 * Either all of them arrive or none.
 *
 * @param names relative to both directories
 */
export async function installFiles(
  from: string,
  to: string,
  names: readonly string[],
): Promise<InstalledFiles> {
  const done: InstalledFiles[] = [];
  const undo = async () => {
    for (const file of done.toReversed()) await file.undo();
  };
  try {
    for (const name of names) done.push(await installFile(path.join(from, name), path.join(to, name)));
  } catch (error) {
    await undo();
    throw error;
  }
  return {
    undo,
    keep: async () => {
      for (const file of done) await file.keep();
    },
  };
}

async function installFile(source: string, target: string): Promise<InstalledFiles> {
  const old = path.join(path.dirname(target), `.${path.basename(target)}.${randomUUID()}.old`);
  const hadOld = await setAside(target, old);
  const undo = () => (hadOld ? rename(old, target) : rm(target, { force: true }));
  try {
    await rename(source, target);
  } catch (error) {
    await undo();
    throw error;
  }
  return { undo, keep: () => rm(old, { force: true }) };
}

/** A second name, so that the first is never without a file; where file systems know no such thing, another name. */
async function setAside(file: string, old: string): Promise<boolean> {
  try {
    await link(file, old);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    await rename(file, old);
    return true;
  }
}
