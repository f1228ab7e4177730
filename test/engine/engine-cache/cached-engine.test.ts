import { mkdir, readFile, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { JetsonVLAEngine } from '../../../lib/engine/jetson-vla-engine.js';
import type { BuildProgress } from '../../../lib/toolchain/build-engine.js';
import { addEngines, writeBundle } from '../bundle.js';
import { standins } from '../tensorrt-fixtures.js';
import { cachePlace, deviationOf, POLICY_INPUTS, touchModel } from './cache-place.js';

const ENTRY = ['<key>.engine', '<key>.engine.json'];
const UNBUILDABLE = { inputs: POLICY_INPUTS, nodes: [{ name: 'warp', op: 'UnsupportedWarp' }] };

describe('loading an ONNX file where TensorRT is', () => {
  it('builds an engine once, says so, and runs it; the next load starts from the cache', async () => {
    const { load, builds, files, said, onnx, engineFile } = await cachePlace();
    const first = await load();
    expect(first.backend).toBe('tensorrt');
    expect(first.policy.path).toBe(onnx);
    expect(await deviationOf(first)).toBeLessThan(1e-5);
    expect(await files()).toEqual(ENTRY);
    expect(said.filter((text) => text.includes('building'))).toEqual([
      expect.stringMatching(
        /policy\.onnx for TensorRT 10\.16\.0 on Stand-in Orin, into .* minutes.* next start/,
      ),
    ]);
    expect(said[0]).toContain(await engineFile());

    said.length = 0;
    const second = await load();
    expect(second.backend).toBe('tensorrt');
    expect(await deviationOf(second)).toBeLessThan(1e-5);
    expect(builds()).toBe(1);
    expect(said.some((text) => text.includes('building'))).toBe(false);
  });

  it('builds once for loads at the same time', async () => {
    const { load, builds, said } = await cachePlace();
    const loaded = await Promise.all([load(), load()]);
    expect(loaded.map(({ backend }) => backend)).toEqual(['tensorrt', 'tensorrt']);
    expect(builds()).toBe(1);
    expect(said.filter((text) => text.includes('waits for the engine'))).toHaveLength(1);
  });

  it('hands on the progress of the build', async () => {
    const { load } = await cachePlace();
    const seen: BuildProgress[] = [];
    await load({ tensorrt: { onProgress: (progress) => seen.push(progress) } });
    expect(seen[0]).toMatchObject({ phase: 'Building engine', step: 0 });
  });

  it('keeps engines of other options apart', async () => {
    const { load, builds, files } = await cachePlace();
    const build = { precision: 'fp16', profiles: { text: [1, 4] } } as const;
    await load({ tensorrt: { build } });
    await load();
    expect(builds()).toBe(2);
    await load({ tensorrt: { build } });
    expect(builds()).toBe(2);
    expect(await files()).toHaveLength(4);
  });

  it('builds anew for another model of the same name, and for another TensorRT', async () => {
    const { load, builds, onnx } = await cachePlace();
    await load();
    await touchModel(onnx);
    await load();
    expect(builds()).toBe(2);
    const older = standins('10.3');
    await load({ tensorrt: older.libraries });
    expect(older.tensorrt.counters().calls['IBuilder::buildSerializedNetwork']).toBe(1);
    await load();
    expect(builds()).toBe(2);
  });

  it('narrows the token ids of a bundle where TensorRT 8 does', async () => {
    const { load } = await cachePlace('8.6');
    const engine = await load({}, await writeBundle());
    expect(engine.backend).toBe('tensorrt');
    expect((await engine.infer({ wrist: frameOf(8) }, 'open')).shape).toEqual([1, 5, 7]);
  });

  it('runs a bundle that has an engine for another machine only', async () => {
    const { load, builds } = await cachePlace();
    const directory = await writeBundle();
    await addEngines(directory, [{ content: Buffer.from('other'), artifact: { sm: '11.0' } }]);
    const engine = await load({}, directory);
    expect(engine.backend).toBe('tensorrt');
    expect(engine.warnings).toEqual([]);
    expect(builds()).toBe(1);
  });

  it.each([
    ['backend onnxruntime', { backend: 'onnxruntime' }],
    ['engineCache false', { engineCache: false }],
  ] as const)('builds nothing and says nothing with %s', async (_what, options) => {
    const { load, builds, files, said } = await cachePlace();
    expect((await load(options)).backend).toBe('onnxruntime');
    expect(builds()).toBe(0);
    expect(await files()).toEqual([]);
    expect(said.filter((text) => /TensorRT/.test(text))).toEqual([]);
  });

  it('builds nothing with JETSON_VLA_NO_ENGINE_CACHE, unless an option names a cache', async () => {
    const { load, builds, libraries, onnx, said } = await cachePlace();
    vi.stubEnv('JETSON_VLA_NO_ENGINE_CACHE', '1');
    const onWarning = (text: string) => void said.push(text);
    await using engine = await JetsonVLAEngine.load(onnx, { tensorrt: libraries, onWarning });
    expect(engine.backend).toBe('onnxruntime');
    expect(said.filter((text) => /TensorRT/.test(text))).toEqual([]);
    expect((await load()).backend).toBe('tensorrt');
    expect(builds()).toBe(1);
  });

  it('takes an engine from the cache and builds none with build: false', async () => {
    const { load, builds } = await cachePlace();
    const tensorrt = { build: false } as const;
    const before = await load({ tensorrt });
    expect(before.backend).toBe('onnxruntime');
    expect(before.warnings.join()).toMatch(/BACKEND_UNAVAILABLE.*no engine/);
    await load();
    expect((await load({ tensorrt })).backend).toBe('tensorrt');
    expect(builds()).toBe(1);
  });

  it('fills the profiles of a user with what the policy tells', async () => {
    const { load, engineFile } = await cachePlace();
    await load({ tensorrt: { build: { profiles: { text: [1, 4] } } } });
    const { inputs } = JSON.parse(await readFile(`${await engineFile()}.json`, 'utf8'));
    expect(inputs).toMatchObject([
      { name: 'image', profiles: [{ max: [1, 224, 224, 3] }] },
      { name: 'text', profiles: [{ max: [1, 4] }] },
    ]);
  });

  it('refuses options that it does not know', async () => {
    const { load } = await cachePlace();
    // @ts-expect-error a misspelt option
    await expect(load({ tensorrt: { build: { precison: 'fp16' } } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('precison'),
    });
    await expect(load({ tensorrt: { build: { workspaceMiB: 0 } } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('a build that fails', () => {
  it('is remembered: ONNX Runtime runs the model, and nobody tries again', async () => {
    const { load, tensorrt, files } = await cachePlace('10.16', UNBUILDABLE);
    const parses = () => tensorrt.parserCounters().calls['IParser::parse'] ?? 0;
    const refusal = { code: 'ENGINE_BUILD_FAILED', message: expect.stringContaining('UnsupportedWarp') };
    await expect(load({ backend: 'tensorrt' })).rejects.toMatchObject(refusal);
    expect(parses()).toBe(1);
    expect(await files()).toEqual(['<key>.failed.json']);
    await expect(load({ backend: 'tensorrt' })).rejects.toMatchObject({
      ...refusal,
      hint: expect.stringContaining('--clear-cache'),
    });
    expect(parses()).toBe(1);
    await expect(load({ backend: 'tensorrt', tensorrt: { build: { tf32: false } } })).rejects.toMatchObject(
      refusal,
    );
    expect(parses()).toBe(2);
  });

  it('falls back to ONNX Runtime with the reason, and forgets what is no fault of the model', async () => {
    const { load, tensorrt, files, builds } = await cachePlace();
    tensorrt.fail('IBuilder::createBuilderConfig', 1);
    const fallen = await load();
    expect(fallen.backend).toBe('onnxruntime');
    expect(fallen.warnings.join()).toMatch(/runs on ONNX Runtime, because TensorRT cannot run it here: \[/);
    expect((await files()).filter((name) => name.endsWith('.engine'))).toEqual([]);
    expect(builds()).toBe(0);
  });

  it('falls back when the cache cannot be written, and remembers nothing', async () => {
    const { load, directory } = await cachePlace();
    const engineCache = join(directory, 'file');
    await writeFile(engineCache, '');
    const engine = await load({ engineCache });
    expect(engine.backend).toBe('onnxruntime');
    expect(engine.warnings.join()).toContain('WRITE_FAILED');
  });

  it('asks for profiles when the model leaves sizes open that nobody tells', async () => {
    const inputs = [{ name: 'x', shape: ['n', 'length', 'width'] }];
    const { load } = await cachePlace('10.16', { inputs });
    await expect(load({ backend: 'tensorrt' })).rejects.toMatchObject({
      code: 'ENGINE_BUILD_FAILED',
      hint: expect.stringContaining('tensorrt.build.profiles'),
    });
  });
});

describe('an entry of the cache', () => {
  it.each<[string, (engine: string) => Promise<void>]>([
    ['is cut off', (engine) => truncate(engine, 40)],
    ['has a passport that is no JSON', (engine) => writeFile(`${engine}.json`, '{')],
  ])('heals when it %s', async (_what, damage) => {
    const { load, builds, engineFile, files } = await cachePlace();
    await (await load()).dispose();
    await damage(await engineFile());
    expect((await load()).backend).toBe('tensorrt');
    expect(builds()).toBe(2);
    expect(await files()).toEqual(ENTRY);
  });

  it('heals with a word when TensorRT refuses its bytes', async () => {
    const { load, builds, engineFile, said } = await cachePlace();
    await (await load()).dispose();
    const engine = await engineFile();
    const passport = JSON.parse(await readFile(`${engine}.json`, 'utf8'));
    const bytes = await readFile(engine);
    bytes.writeUInt8(bytes.readUInt8(60) ^ 0xff, 60);
    await writeFile(engine, bytes);
    await utimes(engine, new Date(), new Date(passport.modifiedMs));
    said.length = 0;
    expect((await load()).backend).toBe('tensorrt');
    expect(builds()).toBe(2);
    expect(said.join('\n')).toMatch(/built again: \[ENGINE_CORRUPT\]/);
  });

  it('that was not used for a month goes with the next build', async () => {
    const { load, engineFile, files, onnx } = await cachePlace();
    await (await load()).dispose();
    const old = new Date(Date.now() - 40 * 24 * 3600 * 1000);
    await utimes(`${await engineFile()}.json`, old, old);
    await touchModel(onnx);
    await load();
    expect(await files()).toEqual(ENTRY);
  });

  it('is named when its engine does not reproduce a golden observation', async () => {
    const { load, engines } = await cachePlace();
    await mkdir(engines, { recursive: true });
    const { data, ...image } = frameOf(8);
    const golden = {
      images: { wrist: { ...image, data: Buffer.from(data).toString('base64') } },
      instruction: 'open',
      actionChunk: Array.from({ length: 5 }, () => [9, 9, 9, 9, 9, 9, 9]),
    };
    await expect(load({}, await writeBundle({ golden: [golden] }))).rejects.toMatchObject({
      code: 'GOLDEN_MISMATCH',
      message: expect.stringContaining(engines),
      hint: expect.stringContaining('tf32: false'),
    });
  });
});

describe('cancelling a load', () => {
  it('stops the build and leaves nothing', async () => {
    const { load, tensorrt, files } = await cachePlace();
    tensorrt.setBuildStepMs(50);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(load({ signal: controller.signal, tensorrt: { onProgress } })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(await files()).toEqual([]);
  });

  it('stops the build when the progress handler throws', async () => {
    const { load, files } = await cachePlace();
    const onProgress = () => {
      throw new TypeError('a bug of the caller');
    };
    await expect(load({ tensorrt: { onProgress } })).rejects.toThrow('a bug of the caller');
    expect(await files()).toEqual([]);
  });
});

function frameOf(side: number) {
  const data = new Uint8Array(side * side * 3).fill(255);
  return { encoding: 'rgb8' as const, width: side, height: side, data };
}
