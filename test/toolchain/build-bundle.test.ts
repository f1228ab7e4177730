import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { JetsonVLAEngine } from '../../lib/engine/jetson-vla-engine.js';
import { type BundleBuildOptions, buildBundleEngine } from '../../lib/toolchain/build-bundle.js';
import { buildCheckedEngine } from '../../lib/toolchain/build-checked.js';
import { addEngines, frame, writeBundle } from '../engine/bundle.js';
import { searchCache } from '../engine/engine-cache/cache-place.js';
import { referenceActions } from '../engine/fixtures.js';
import { standins } from '../engine/tensorrt-fixtures.js';
import type { StandinVersion } from '../fakes/native/engine-file.js';

/** What the bundle's policy does with a white frame and "open": the second joint is in degrees, the last clamped. */
function golden(factor = 1) {
  const { data, ...image } = frame();
  const actions = referenceActions([1, 1, 1, 1 / 16]).map((value, index) => {
    if (index % 7 === 6) return Math.min(Math.max(value, 0), 1);
    return factor * (index % 7 === 1 ? (value * Math.PI) / 180 : value);
  });
  return {
    images: { wrist: { ...image, data: Buffer.from(data).toString('base64') } },
    instruction: 'open',
    actionChunk: Array.from({ length: 5 }, (_, step) => actions.slice(step * 7, step * 7 + 7)),
  };
}

async function bundlePlace(factor?: number) {
  const directory = await writeBundle({ golden: factor === undefined ? [] : [golden(factor)] });
  vi.stubEnv('JETSON_VLA_CACHE_DIR', searchCache);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const build = (options: BundleBuildOptions = {}, version: StandinVersion = '10.16') =>
    buildBundleEngine(directory, { libraries: standins(version).libraries, timingCache: false, ...options });
  return {
    directory,
    build,
    engines: async () => (await readdir(directory)).filter((name) => /engine/.test(name)).sort(),
    artifacts: async () =>
      JSON.parse(await readFile(join(directory, 'policy.json'), 'utf8')).stages.models[0].artifacts,
  };
}

/** Names and contents of all files. */
async function contentsOf(directory: string): Promise<Record<string, string>> {
  const names = (await readdir(directory)).sort();
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [
        name,
        createHash('sha256')
          .update(await readFile(join(directory, name)))
          .digest('hex'),
      ]),
    ),
  );
}

const ENGINE = 'model.float32.sm87.trt10.16.0.engine';

describe('buildBundleEngine', () => {
  it('adds an engine that reproduces the golden observation, and the bundle loads it', async () => {
    const { directory, build, engines, artifacts } = await bundlePlace(1);
    const built = await build();
    expect(built.parity.golden).toEqual([
      { file: 'golden-0.json', passed: true, parts: [expect.objectContaining({ name: 'action_chunk' })] },
    ]);
    expect(await engines()).toEqual([ENGINE, `${ENGINE}.json`]);
    expect((await artifacts())[1]).toEqual({
      format: 'engine',
      file: ENGINE,
      sha256: built.passport.sha256,
      precision: 'float32',
      tensorrt: '10.16.0',
      sm: '8.7',
      platform: `${process.platform}-${process.arch}`,
      stronglyTyped: false,
    });
    const { libraries } = standins('10.16');
    await using engine = await JetsonVLAEngine.load(directory, { tensorrt: libraries, engineCache: false });
    expect(engine.backend).toBe('tensorrt');
    expect(engine.warnings).toEqual([]);
  });

  it('replaces the engine of the same precision, TensorRT and GPU, and keeps the others', async () => {
    const { build, engines, artifacts, directory } = await bundlePlace(1);
    await addEngines(directory, [{ content: Buffer.from('other'), artifact: { sm: '11.0' } }]);
    await build();
    await build({ precision: 'fp16' });
    await build();
    const second = ENGINE.replace('.engine', '.2.engine');
    const half = ENGINE.replace('float32', 'float16');
    expect((await artifacts()).map(({ file }: { file: string }) => file)).toEqual([
      'model.onnx',
      'engine-0.engine',
      second,
      half,
    ]);
    expect(await engines()).toEqual(
      ['engine-0.engine', second, `${second}.json`, half, `${half}.json`].sort(),
    );
    await build();
    expect(await engines()).toContain(ENGINE);
    expect(await engines()).not.toContain(second);
  });

  it('says less of an engine that needs less', async () => {
    const { build } = await bundlePlace(1);
    const { artifact } = await build({ versionCompatible: true, hardwareCompatible: true });
    expect(artifact.tensorrt).toBe('10');
    expect(artifact.sm).toBeUndefined();
  });

  it('compares with ONNX Runtime where there is no golden observation', async () => {
    const { build } = await bundlePlace();
    const { parity } = await build();
    expect(parity.golden).toEqual([]);
    expect(parity.onnxruntime).toMatchObject({ count: 4 * 35 });
    expect(parity.onnxruntime?.maxAbs).toBeLessThan(1e-5);
  });

  it('leaves the bundle as it was, to the byte, when the golden observation is not reproduced', async () => {
    const { directory, build } = await bundlePlace(2);
    const before = await contentsOf(directory);
    await expect(build()).rejects.toMatchObject({
      code: 'GOLDEN_MISMATCH',
      message: expect.stringContaining('not kept'),
    });
    expect(await contentsOf(directory)).toEqual(before);
  });

  it('keeps it with a warning when that is wanted', async () => {
    const { build, engines } = await bundlePlace(2);
    const { warnings, parity } = await build({ golden: 'warn' });
    expect(warnings).toContainEqual(expect.stringContaining('does not reproduce it'));
    expect(parity.golden).toMatchObject([{ passed: false }]);
    expect(await engines()).toContain(ENGINE);
  });

  it('leaves the bundle as it was when it is cancelled', async () => {
    const { directory, build } = await bundlePlace(1);
    const before = await contentsOf(directory);
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(build({ signal: controller.signal, onProgress })).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await contentsOf(directory)).toEqual(before);
  });

  it('builds from the ONNX file of the precision that is asked for', async () => {
    const { build } = await bundlePlace();
    await expect(build({ artifact: 'int8' })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('onnx float32'),
    });
  });
});

describe('buildCheckedEngine', () => {
  it('holds the ONNX file of a bundle to its golden observation, and leaves an older engine alone', async () => {
    const { directory } = await bundlePlace(2);
    const output = join(directory, 'model.engine');
    await writeFile(output, 'older');
    const { libraries } = standins('10.16');
    const onnx = join(directory, 'model.onnx');
    await expect(buildCheckedEngine(onnx, { libraries, timingCache: false })).rejects.toMatchObject({
      code: 'GOLDEN_MISMATCH',
    });
    expect(await readFile(output, 'utf8')).toBe('older');
  });

  it('refuses what differs by more than the tolerance', async () => {
    const { directory, build } = await bundlePlace();
    const before = await contentsOf(directory);
    await expect(build({ tolerance: 0 })).rejects.toMatchObject({ code: 'ACCURACY_LOST' });
    expect(await contentsOf(directory)).toEqual(before);
    expect((await build({ tolerance: 1e-3 })).parity.onnxruntime).toBeDefined();
  });
});
