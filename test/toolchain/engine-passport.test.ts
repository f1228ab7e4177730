import { copyFile, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPassport } from '../../lib/engine/check-passport.js';
import { type EnginePassport, readPassport } from '../../lib/engine/engine-passport.js';
import { fileSha256 } from '../../lib/engine/file-sha256.js';
import { TensorRTEngine } from '../../lib/engine/tensorrt-engine.js';
import { packageVersion } from '../../lib/native/package-root.js';
import { buildEngine } from '../../lib/toolchain/build-engine.js';
import { errorOf, rejectionOf } from '../policy/error-of.js';
import { type BuildPlace, buildPlace } from './standins.js';

const orin = { version: '10.16.0', device: device('Orin', '8.7') };

function device(name: string, computeCapability: string) {
  return { ordinal: 0, name, computeCapability, integrated: true, totalMemoryBytes: 1 };
}

async function built(options: Parameters<typeof buildEngine>[1] = {}) {
  const place = await buildPlace('10.16');
  const { passport } = await buildEngine(place.onnx, { libraries: place.libraries, ...options }).result;
  return { place, passport };
}

/** How loading the engine ends, and how often TensorRT saw the file. */
async function loading({ engine, libraries, tensorrt }: BuildPlace) {
  const warnings: string[] = [];
  const before = tensorrt.counters().calls['IRuntime::deserializeCudaEngine'] ?? 0;
  const outcome = await TensorRTEngine.load(engine, {
    ...libraries,
    onWarning: (text) => warnings.push(text),
  }).then(
    async (loaded) => {
      await loaded.dispose();
      return 'loads';
    },
    (error: unknown) => error,
  );
  const seen = (tensorrt.counters().calls['IRuntime::deserializeCudaEngine'] ?? 0) - before;
  return { outcome, warnings, seenByTensorRT: seen > 0 };
}

async function rewrite({ engine }: BuildPlace, change: Partial<EnginePassport>): Promise<void> {
  const passport = await readPassport(engine);
  await writeFile(`${engine}.json`, JSON.stringify({ ...passport, ...change }));
}

describe('the passport of an engine', () => {
  it('says what the engine was built from, with what, for what', async () => {
    const started = Date.now();
    const { place, passport } = await built({ precision: 'fp16', workspaceMiB: 64, optimisationLevel: 1 });
    expect(passport).toEqual({
      schema: 'jetson-vla/engine',
      version: 1,
      createdAt: expect.any(String),
      createdBy: `jetson-vla ${packageVersion()}`,
      file: 'model.engine',
      sha256: await fileSha256(place.engine),
      bytes: (await readFile(place.engine)).length,
      modifiedMs: expect.any(Number),
      onnx: { file: 'model.onnx', sha256: await fileSha256(place.onnx) },
      tensorrt: '10.16.0',
      gpu: 'Stand-in Orin',
      sm: '8.7',
      platform: `${process.platform}-${process.arch}`,
      options: {
        precision: ['fp16'],
        tf32: true,
        stronglyTyped: false,
        versionCompatible: false,
        hardwareCompatible: false,
        workspaceMiB: 64,
        optimisationLevel: 1,
      },
      inputs: [expect.objectContaining({ name: 'x', dtype: 'float32', shape: [1, 4], location: 'device' })],
      outputs: [{ name: 'x_copy', dtype: 'float32', shape: [1, 4], location: 'device' }],
    });
    expect(Date.parse(passport.createdAt)).toBeGreaterThanOrEqual(started);
  });

  it('reads back as it was written, by its own name and by the engine’s', async () => {
    const { place, passport } = await built();
    expect(await readPassport(place.engine)).toEqual(passport);
    expect(await readPassport(`${place.engine}.json`)).toEqual(passport);
  });

  it('may be missing', async () => {
    const { place } = await built();
    await rm(`${place.engine}.json`);
    expect(await readPassport(place.engine)).toBeUndefined();
    expect(await loading(place)).toMatchObject({ outcome: 'loads', warnings: [] });
  });

  it.each([
    ['no JSON', 'no JSON', /line 1/],
    ['something else', '{"schema": "other"}', /schema/],
    ['one of a later version', '{"schema": "jetson-vla/engine", "version": 2}', /version/],
  ])('is a warning at load when it is %s', async (_what, text, reason) => {
    const { place } = await built();
    await writeFile(`${place.engine}.json`, text);
    const error = await rejectionOf(readPassport(place.engine));
    expect(error.code).toBe('MANIFEST_INVALID');
    expect(error.message).toMatch(reason);
    const { outcome, warnings } = await loading(place);
    expect(outcome).toBe('loads');
    expect(warnings).toEqual([expect.stringContaining(`${place.engine}.json`)]);
  });
});

describe('loading an engine that has a passport', () => {
  it.each<[string, Partial<EnginePassport>, string]>([
    ['TensorRT', { tensorrt: '10.3.0' }, 'ENGINE_VERSION_MISMATCH'],
    ['GPU', { sm: '11.0', gpu: 'Thor' }, 'ENGINE_DEVICE_MISMATCH'],
  ])(
    'refuses one for another %s before TensorRT sees it, and says how to build it',
    async (_what, change, code) => {
      const { place } = await built();
      await rewrite(place, change);
      const { outcome, seenByTensorRT } = await loading(place);
      expect(outcome).toMatchObject({
        code,
        hint: expect.stringContaining('npx jetson-vla build model.onnx --output model.engine'),
      });
      expect(seenByTensorRT).toBe(false);
    },
  );

  it.each<[string, (bytes: Buffer) => Buffer]>([
    ['is shorter', (bytes) => bytes.subarray(0, -1)],
    ['has another byte', (bytes) => bytes.fill(bytes.readUInt8(99) ^ 1, 99, 100)],
  ])('refuses a file that %s than the engine that was built', async (_what, damage) => {
    const { place } = await built();
    await writeFile(place.engine, damage(await readFile(place.engine)));
    // A write within the same millisecond as the build's would go unnoticed.
    await utimes(place.engine, new Date(), new Date(Date.now() + 5000));
    const { outcome, seenByTensorRT } = await loading(place);
    expect(outcome).toMatchObject({
      code: 'ENGINE_CORRUPT',
      hint: expect.stringContaining('npx jetson-vla build'),
    });
    expect(seenByTensorRT).toBe(false);
  });

  it('takes a copy for the same engine', async () => {
    const { place } = await built();
    const copy = join(place.directory, 'copy.engine');
    await copyFile(place.engine, copy);
    await rename(copy, place.engine);
    await utimes(place.engine, 1, 1);
    expect(await loading(place)).toMatchObject({ outcome: 'loads', warnings: [] });
  });

  it('leaves it to the loader to miss an engine that is not there', async () => {
    const { place } = await built();
    await rm(place.engine);
    expect((await loading(place)).outcome).toMatchObject({ code: 'BUNDLE_NOT_FOUND' });
  });
});

describe('checkPassport', () => {
  const check = async (
    change: Partial<EnginePassport>,
    compatible: Partial<EnginePassport['options']> = {},
  ) => {
    const { passport } = await built();
    return () =>
      checkPassport({ ...passport, ...change, options: { ...passport.options, ...compatible } }, orin);
  };

  it('passes what was built here', async () => {
    expect(await check({})).not.toThrow();
  });

  it('lets a version-compatible engine pass on any release of its major version', async () => {
    expect(await check({ tensorrt: '10.3.0' }, { versionCompatible: true })).not.toThrow();
    const error = errorOf(await check({ tensorrt: '8.6.1' }, { versionCompatible: true }));
    expect(error.code).toBe('ENGINE_VERSION_MISMATCH');
    expect(error.message).toContain('8.6.1');
  });

  it('leaves a hardware-compatible engine to TensorRT', async () => {
    expect(await check({ sm: '8.6' }, { hardwareCompatible: true })).not.toThrow();
    expect(errorOf(await check({ sm: '8.6' })).code).toBe('ENGINE_DEVICE_MISMATCH');
  });
});
