import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCacheCommand } from '../../../lib/cli/engine-cache.js';
import { EngineCache } from '../../../lib/engine/engine-cache/engine-cache.js';
import { withFileLock } from '../../../lib/engine/engine-cache/file-lock.js';
import { PASSPORT_HEADER } from '../../../lib/engine/engine-passport.js';
import { temporaryDirectory } from '../fixtures.js';

const [FIRST, SECOND, THIRD] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)] as const;

async function filledCache(): Promise<EngineCache> {
  const cache = new EngineCache(join(await temporaryDirectory(), 'engines'));
  await cache.create();
  const passport = {
    ...PASSPORT_HEADER,
    createdAt: '2026-01-01T00:00:00.000Z',
    createdBy: 'jetson-vla 0.1.0',
    file: `${FIRST}.engine`,
    sha256: '0'.repeat(64),
    bytes: 2048,
    modifiedMs: 0,
    onnx: { file: 'policy.onnx', sha256: '1'.repeat(64) },
    tensorrt: '10.3.0',
    gpu: 'Orin',
    sm: '8.7',
    platform: 'linux-arm64',
    options: {
      precision: [],
      tf32: true,
      stronglyTyped: false,
      versionCompatible: false,
      hardwareCompatible: false,
    },
    inputs: [],
    outputs: [],
  };
  await writeFile(cache.engineFile(FIRST), Buffer.alloc(2048));
  await writeFile(`${cache.engineFile(FIRST)}.json`, JSON.stringify(passport));
  await cache.rememberFailure(SECOND, {
    onnx: 'warp.onnx',
    tensorrt: '10.3.0',
    gpu: 'Orin',
    message: 'TensorRT 10.3.0 cannot build it',
  });
  return cache;
}

async function printed(directory: string, changes: object): Promise<string> {
  const write = process.stdout.write;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += chunk;
    return true;
  };
  try {
    await runCacheCommand({ clear: false, json: false, directory, ...changes });
  } finally {
    process.stdout.write = write;
  }
  return text;
}

describe('the engine cache', () => {
  it('lists engines and what could not be built', async () => {
    const { directory } = await filledCache();
    const { entries } = JSON.parse(await printed(directory, { json: true }));
    expect(entries).toHaveLength(2);
    expect(entries).toContainEqual(
      expect.objectContaining({ bytes: 2048, passport: expect.objectContaining({ tensorrt: '10.3.0' }) }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ failure: expect.objectContaining({ onnx: 'warp.onnx' }) }),
    );
    expect(await printed(directory, {})).toMatch(/2\.0 KiB +policy\.onnx +TensorRT 10\.3\.0, Orin/);
    expect(await printed(directory, {})).toMatch(/not built +warp\.onnx/);
  });

  it('is empty where there is no directory', async () => {
    const directory = join(await temporaryDirectory(), 'none');
    expect(await printed(directory, {})).toBe(`No engines in ${directory}\n`);
    expect(JSON.parse(await printed(directory, { clear: true, json: true })).removed).toEqual([]);
  });

  it('is cleared of all but foreign files and what is being built', async () => {
    const cache = await filledCache();
    const { directory } = cache;
    await writeFile(join(directory, 'notes.txt'), '');
    await writeFile(join(directory, `.${FIRST}.engine.staged`), '');
    await withFileLock(cache.lockFile(THIRD), {}, async () => {
      await writeFile(cache.engineFile(THIRD), '');
      expect(await printed(directory, { clear: true })).toMatch(/^Removed 2 entries/);
      expect((await readdir(directory)).sort()).toEqual([`${THIRD}.engine`, `${THIRD}.lock`, 'notes.txt']);
    });
  });
});
