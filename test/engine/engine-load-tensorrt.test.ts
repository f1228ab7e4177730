import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { JetsonVLAEngine, type LoadOptions } from '../../lib/engine/jetson-vla-engine.js';
import { backendDirectory } from '../../lib/native/load-addon.js';
import { engineBytes, type StandinEngine } from '../fakes/native/engine-file.js';
import { addEngines, frame, writeBundle } from './bundle.js';
import { referenceActions, temporaryDirectory, tokenizer } from './fixtures.js';

/** Where the build that the addon comes from put the stand-in libraries. */
const standins = join(backendDirectory(), '..', 'standins');
const tensorrt = {
  nvinfer: join(standins, 'tensorrt-10.3/libnvinfer.so.10'),
  cuda: join(standins, 'cuda/libcuda.so.1'),
};

beforeEach(async () => {
  vi.stubEnv('JETSON_VLA_CACHE_DIR', await temporaryDirectory());
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
});

/** The engine of the fixture policy default-nhwc, for the stand-in of TensorRT 10.3 unless said otherwise. */
const engine = (changes: Partial<StandinEngine> = {}) =>
  engineBytes({
    kind: 'features',
    inputs: [
      { name: 'image', dtype: 'float32', shape: [1, 8, 8, 3] },
      { name: 'text', dtype: 'int64', shape: [1, -1] },
    ],
    outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 7] }],
    ...changes,
  });

async function bundleWith(...engines: Parameters<typeof addEngines>[1]): Promise<string> {
  const directory = await writeBundle();
  await addEngines(directory, engines);
  return directory;
}

async function load(path: string, options: LoadOptions = {}) {
  const loaded = await JetsonVLAEngine.load(path, { threads: 1, onWarning: () => {}, tensorrt, ...options });
  onTestFinished(() => loaded.dispose());
  return loaded;
}

/** Of the columns that are the model's own numbers: a bundle's lift is in degrees, and grippers are clamped. */
async function expectReferenceActions(policy: JetsonVLAEngine): Promise<void> {
  const chunk = await policy.infer(frame([255, 255, 255]), 'open');
  const expected = referenceActions([1, 1, 1, 1 / 16]);
  for (const [index, value] of chunk.toFloat32Array().entries())
    if (index % 7 !== 1 && index % 7 !== 6) expect(value).toBeCloseTo(expected[index] ?? Number.NaN, 5);
}

describe('JetsonVLAEngine.load with TensorRT', () => {
  it("runs a bundle's engine, which gives what its ONNX file gives", async () => {
    const directory = await bundleWith({ content: engine() });
    const onTensorRT = await load(directory);
    expect(onTensorRT.backend).toBe('tensorrt');
    expect(onTensorRT.deviceMemoryBytes).toBe(4096);
    expect(onTensorRT.warnings).toEqual([]);
    await expectReferenceActions(onTensorRT);
    const onOnnxRuntime = await load(directory, { backend: 'onnxruntime' });
    expect(onOnnxRuntime.backend).toBe('onnxruntime');
    await expectReferenceActions(onOnnxRuntime);
  });

  it.each(['policy.engine', 'policy.plan'])('runs a bare %s by the default contract', async (name) => {
    const file = join(await temporaryDirectory(), name);
    await writeFile(file, engine());
    const policy = await load(file, { tokenizer });
    expect(policy.backend).toBe('tensorrt');
    expect(policy.policy.manifest.stages).toMatchObject({
      models: [{ artifacts: [{ format: 'engine', file: name }] }],
    });
    await expectReferenceActions(policy);
  });

  it.each([
    ['ENGINE_VERSION_MISMATCH', { version: '8.6' as const }],
    ['ENGINE_DEVICE_MISMATCH', { sm: 8.6 }],
  ])(
    'runs the ONNX file with a warning when the engine was built elsewhere and none may be: %s',
    async (code, changes) => {
      const directory = await bundleWith({ content: engine(changes) });
      const engineCache = false;
      const policy = await load(directory, { engineCache });
      expect(policy.backend).toBe('onnxruntime');
      expect(policy.warnings).toEqual([expect.stringContaining(code)]);
      await expectReferenceActions(policy);
      await expect(load(directory, { engineCache, backend: 'tensorrt' })).rejects.toMatchObject({ code });
    },
  );

  it('takes the engine that fits out of several, whether the manifest says which or not', async () => {
    const told = await bundleWith(
      { content: engine({ sm: 11 }), artifact: { sm: '11.0' } },
      { content: engine(), artifact: { sm: '8.7', tensorrt: '10.3' } },
    );
    const untold = await bundleWith({ content: engine({ sm: 11 }) }, { content: engine() });
    for (const directory of [told, untold]) {
      const policy = await load(directory);
      expect(policy.backend).toBe('tensorrt');
      expect(policy.warnings).toEqual([]);
    }
  });

  it('hides no damaged engine behind the ONNX file', async () => {
    const whole = engine();
    const directory = await bundleWith({ content: whole.subarray(0, whole.length / 2) });
    await expect(load(directory)).rejects.toMatchObject({ code: 'ENGINE_CORRUPT' });
  });

  it('runs the ONNX file with a warning when TensorRT itself crashes', async () => {
    const directory = await bundleWith({ content: engine() });
    const nvinfer = join(standins, 'tensorrt-crash/libnvinfer.so.10');
    const policy = await load(directory, { tensorrt: { ...tensorrt, nvinfer } });
    expect(policy.backend).toBe('onnxruntime');
    expect(policy.warnings).toEqual([expect.stringMatching(/TENSORRT_NOT_FOUND.*SIG/)]);
  });

  it('drops waiting calls for newer ones when the queue policy says so', async () => {
    const directory = await bundleWith({ content: engine({ delayMs: 50 }) });
    const policy = await load(directory, { queuePolicy: 'latest' });
    const calls = await Promise.allSettled([1, 2, 3].map(() => policy.infer(frame(), 'open')));
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(calls[1]).toMatchObject({ reason: { code: 'SUPERSEDED' } });
  });
});
