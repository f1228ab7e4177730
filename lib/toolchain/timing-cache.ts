import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheDirectory } from '../engine/cache-directory.js';
import { thisMachine } from '../engine/machine.js';
import type { TensorRTInfo } from '../native/addon-types.js';

/** The measurements of earlier builds, and where those of this one go. */
export interface TimingCache {
  /** Absent when there are none. TensorRT itself refuses those of another version or GPU. */
  readonly bytes: Buffer | undefined;
  /** Best effort: a build that took minutes does not fail because its measurements cannot be kept. */
  keep(bytes: Uint8Array): Promise<void>;
}

/** @param choice a file, false for none, or undefined for the one of this TensorRT and GPU in the cache directory */
export async function openTimingCache(
  choice: string | false | undefined,
  info: Pick<TensorRTInfo, 'version' | 'device'>,
  warn: (text: string) => void,
): Promise<TimingCache> {
  if (choice === false) return { bytes: undefined, keep: async () => {} };
  const file = choice === undefined ? defaultFile(info) : path.resolve(choice);
  const before = await read(file, warn);
  return {
    bytes: before,
    keep: async (bytes) => {
      if (bytes.length > 0 && !before?.equals(bytes)) await write(file, bytes, warn);
    },
  };
}

/** TensorRT's measurements hold for one version of it on one kind of GPU. */
function defaultFile({ version, device }: Pick<TensorRTInfo, 'version' | 'device'>): string {
  const gpu = device.name.replace(/[^\w.-]+/g, '-');
  return path.join(
    cacheDirectory(thisMachine()),
    `timing-${version}-${gpu}-sm${device.computeCapability}.cache`,
  );
}

async function read(file: string, warn: (text: string) => void): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT'))
      warn(`the timing cache is not used: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

async function write(file: string, bytes: Uint8Array, warn: (text: string) => void): Promise<void> {
  const temporary = `${file}.${randomUUID()}`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    warn(`the timing cache is not kept: ${error instanceof Error ? error.message : error}`);
  }
}
