import { createHash, randomUUID } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { cacheDirectory } from './cache-directory.js';
import { entries } from './library-directories.js';
import type { Machine } from './machine.js';

/** Libraries that opened in a process of their own, and so are safe to open in this one. */
const pair = z.object({ nvinfer: z.string(), cuda: z.string() });

export type SafePair = z.infer<typeof pair>;

/** Everything that decides the outcome of a search; what changes makes another key. */
export interface SearchInputs {
  readonly nvinfer: readonly string[];
  readonly cuda: readonly string[];
  readonly addon: string;
  readonly backendDirectory: string;
  readonly device: number;
}

/** What makes the same name mean another library, or the same ordinal another GPU. */
const VARIABLES = ['LD_LIBRARY_PATH', 'LD_PRELOAD', 'CUDA_VISIBLE_DEVICES', 'NVIDIA_VISIBLE_DEVICES'];

export function cacheKey({ nvinfer, cuda, addon, backendDirectory, device }: SearchInputs, machine: Machine) {
  const { env, root } = machine;
  const searched = (env['LD_LIBRARY_PATH'] ?? '').split(':').filter((directory) => directory !== '');
  const libraries = [...nvinfer, ...cuda].map((library) =>
    isAbsolute(library)
      ? identity(library)
      : [library, ...searched.map((directory) => identity(join(directory, library)))],
  );
  const backends = entries(backendDirectory)
    .filter((name) => name.endsWith('.so'))
    .sort()
    .map((name) => identity(join(backendDirectory, name)));
  const facts = [
    libraries,
    identity(addon),
    backends,
    device,
    VARIABLES.map((name) => env[name] ?? null),
    identity(join(root, 'etc/ld.so.cache')),
  ];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32);
}

/** The pair that was found for this key, unless it is none of the candidates or the file is missing or damaged. */
export async function readCached(
  key: string,
  { nvinfer, cuda }: SearchInputs,
  machine: Machine,
): Promise<SafePair | undefined> {
  try {
    const found = pair.parse(JSON.parse(await readFile(cacheFile(key, machine), 'utf8')));
    return nvinfer.includes(found.nvinfer) && cuda.includes(found.cuda) ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Best effort: a machine whose disk is full or read-only searches again next time. */
export async function writeCached(key: string, { nvinfer, cuda }: SafePair, machine: Machine): Promise<void> {
  const file = cacheFile(key, machine);
  const temporary = `${file}.${randomUUID()}`;
  try {
    await mkdir(cacheDirectory(machine), { recursive: true, mode: 0o700 });
    await writeFile(temporary, JSON.stringify({ nvinfer, cuda }), { mode: 0o600 });
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => {});
  }
}

export async function forgetCached(key: string, machine: Machine): Promise<void> {
  await rm(cacheFile(key, machine), { force: true }).catch(() => {});
}

function cacheFile(key: string, machine: Machine): string {
  return join(cacheDirectory(machine), `tensorrt-${key}.json`);
}

/** Which contents a path has, as far as can be told without reading them; the path alone for no file. */
function identity(file: string): readonly (string | number)[] {
  try {
    const path = realpathSync(file);
    const { size, mtimeMs } = statSync(path);
    return [file, path, size, mtimeMs];
  } catch {
    return [file];
  }
}
