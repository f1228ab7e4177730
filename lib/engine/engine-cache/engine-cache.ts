import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { VLAError } from '../../errors.js';
import { cacheDirectory } from '../cache-directory.js';
import { type EnginePassport, passportFile, readPassport } from '../engine-passport.js';
import type { Machine } from '../machine.js';
import { isLocked } from './file-lock.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** What was not loaded for so long is removed at the next build: of models and versions that are no longer in use. */
const UNUSED_DAYS = 30;

/** A model that TensorRT does not take, so that nobody tries for minutes at every start. */
const failure = z.object({
  schema: z.literal('jetson-vla/engine-failure'),
  version: z.literal(1),
  /** ISO 8601. */
  at: z.string(),
  /** Name of the ONNX file. */
  onnx: z.string(),
  tensorrt: z.string(),
  gpu: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
});

export type BuildFailure = z.infer<typeof failure>;

/** What the cache holds for one key. */
export interface CacheEntry {
  /** The engine, or the note about its failure; absolute. */
  readonly file: string;
  /** On disk. */
  readonly bytes: number;
  /** Of the last load, ISO 8601. */
  readonly usedAt: string;
  readonly passport?: EnginePassport;
  readonly failure?: BuildFailure;
}

/** `engines` in the cache directory. */
export function engineCacheDirectory(machine: Machine): string {
  return join(cacheDirectory(machine), 'engines');
}

/** Engines that were built by loading a model, and models that could not be built, each under its key. */
export class EngineCache {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** @throws VLAError WRITE_FAILED */
  async create(): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new VLAError('WRITE_FAILED', `the engine cache ${this.directory} cannot be made: ${cause}`, {
        hint: 'Choose another directory with the option engineCache or with JETSON_VLA_CACHE_DIR.',
        cause,
      });
    }
  }

  engineFile(key: string): string {
    return join(this.directory, `${key}.engine`);
  }

  lockFile(key: string): string {
    return join(this.directory, `${key}.lock`);
  }

  /** The passport of a complete entry; one without a readable passport, or without its engine, is none. */
  async find(key: string): Promise<EnginePassport | undefined> {
    const file = this.engineFile(key);
    const [passport, found] = await Promise.all([
      readPassport(file).catch(() => undefined),
      stat(file).catch(() => undefined),
    ]);
    return found?.isFile() ? passport : undefined;
  }

  /** Notes that an entry was used: best effort. The engine's own time stays, its passport knows it. */
  async touch(key: string): Promise<void> {
    const now = new Date();
    await utimes(passportFile(this.engineFile(key)), now, now).catch(() => {});
  }

  /** Removes an entry, unless somebody has built it anew meanwhile. */
  async discard(key: string, { createdAt }: EnginePassport): Promise<void> {
    const current = await this.find(key);
    if (current !== undefined && current.createdAt !== createdAt) return;
    await this.#remove(this.engineFile(key));
  }

  async failure(key: string): Promise<BuildFailure | undefined> {
    return readFailure(this.#failureFile(key));
  }

  /** Best effort: where nothing can be written, the next start tries again. */
  async rememberFailure(key: string, about: Omit<BuildFailure, 'schema' | 'version' | 'at'>): Promise<void> {
    const file = this.#failureFile(key);
    const temporary = `${file}.${randomUUID()}`;
    const note: BuildFailure = {
      schema: 'jetson-vla/engine-failure',
      version: 1,
      at: new Date().toISOString(),
      ...about,
    };
    try {
      await writeFile(temporary, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600 });
      await rename(temporary, file);
    } catch {
      await rm(temporary, { force: true }).catch(() => {});
    }
  }

  /** All engines and failures, those first that were used last. */
  async list(): Promise<readonly CacheEntry[]> {
    const names = await readdir(this.directory).catch(() => []);
    const entries = await Promise.all(names.map((name) => this.#read(join(this.directory, name))));
    return entries.flatMap((entry) => entry ?? []).sort((a, b) => (a.usedAt < b.usedAt ? 1 : -1));
  }

  /** Removes every entry and what killed builds left behind, except for what is being built. */
  async clear(): Promise<readonly CacheEntry[]> {
    const before = await this.list();
    for (const name of await readdir(this.directory).catch(() => [])) {
      const [, key] = /^\.?([\da-f]{32})\./.exec(name) ?? [];
      if (key !== undefined && !(await isLocked(this.lockFile(key))))
        await rm(join(this.directory, name), { force: true });
    }
    const left = new Set((await this.list()).map(({ file }) => file));
    return before.filter(({ file }) => !left.has(file));
  }

  /** Removes what was not used for {@link UNUSED_DAYS} days. Best effort. */
  async prune(): Promise<void> {
    const oldest = Date.now() - UNUSED_DAYS * DAY_MS;
    for (const { file, usedAt } of await this.list())
      if (Date.parse(usedAt) < oldest) await this.#remove(file).catch(() => {});
  }

  async #read(file: string): Promise<CacheEntry | undefined> {
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) return undefined;
    if (file.endsWith('.failed.json')) {
      const note = await readFailure(file);
      return note && { file, bytes: found.size, usedAt: found.mtime.toISOString(), failure: note };
    }
    if (!file.endsWith('.engine')) return undefined;
    const passport = await readPassport(file).catch(() => undefined);
    const used = await stat(passportFile(file)).catch(() => found);
    return { file, bytes: found.size, usedAt: used.mtime.toISOString(), ...(passport && { passport }) };
  }

  #failureFile(key: string): string {
    return join(this.directory, `${key}.failed.json`);
  }

  async #remove(file: string): Promise<void> {
    await rm(file, { force: true });
    if (file.endsWith('.engine')) await rm(passportFile(file), { force: true });
  }
}

async function readFailure(file: string): Promise<BuildFailure | undefined> {
  try {
    return failure.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
}
