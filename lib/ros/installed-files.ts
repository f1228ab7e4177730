import { createHash } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { VLAError } from '../errors.js';

/** Lists what was installed in a directory, so that a later installation knows what it may replace. */
const MARK = '.installed-by-jetson-vla.json';

const mark = z.record(z.string(), z.string());

export async function markInstalled(directory: string): Promise<void> {
  await writeFile(path.join(directory, MARK), `${JSON.stringify(await hashes(directory), null, 2)}\n`);
}

/**
 * Passes when nothing is lost by replacing the directory: it is not there, is empty, or holds what was installed in it
 * and nothing else.
 *
 * @throws VLAError INVALID_ARGUMENT
 */
export async function checkReplaceable(directory: string): Promise<void> {
  if ((await filesIn(directory, { recursive: false })).length === 0) return;
  const installed = await readMark(directory);
  if (!installed)
    throw new VLAError('INVALID_ARGUMENT', `${directory} holds files that jetson-vla did not install`, {
      hint: 'Choose another directory, or move what is there away.',
    });
  const there = await hashes(directory);
  const others = Object.keys(there).filter((file) => there[file] !== installed[file]);
  if (others.length === 0) return;
  throw new VLAError(
    'INVALID_ARGUMENT',
    `${directory} holds files that were changed or added since they were installed: ${others.join(', ')}`,
    {
      hint: 'Move them away. Parameters of your own go into a file elsewhere: params_file:=/path/to/params.yaml',
    },
  );
}

async function readMark(directory: string): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return mark.parse(JSON.parse(await readFile(path.join(directory, MARK), 'utf8')));
  } catch {
    return undefined;
  }
}

/** SHA-256 of each file by its relative path, without the mark and what Python caches. */
async function hashes(directory: string): Promise<Record<string, string>> {
  const entries = await filesIn(directory, { recursive: true });
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)))
    .filter((file) => file !== MARK && !file.split(path.sep).includes('__pycache__'))
    .sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await sha256(path.join(directory, file))] as const)),
  );
}

/** None where no directory is. */
async function filesIn(directory: string, { recursive }: { readonly recursive: boolean }): Promise<Dirent[]> {
  try {
    return await readdir(directory, { recursive, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

async function sha256(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}
