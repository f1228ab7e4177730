import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { JetsonVLAEngine, type LoadOptions } from '../../lib/engine/jetson-vla-engine.js';
import { frame, writeBundle } from './bundle.js';
import { model, referenceActions, temporaryDirectory, tokenizer } from './fixtures.js';

const workers: Worker[] = [];
const record = (worker: Worker) => workers.push(worker);

beforeEach(() => {
  workers.length = 0;
  process.on('worker', record);
});

afterEach(() => {
  process.off('worker', record);
});

async function load(path: string, options: LoadOptions = {}) {
  const engine = await JetsonVLAEngine.load(path, { threads: 1, onWarning: () => {}, ...options });
  onTestFinished(() => engine.dispose());
  return engine;
}

/** The load fails so, and every thread that it started has ended. */
async function expectRefusal(loading: Promise<unknown>, error: object): Promise<void> {
  await expect(loading).rejects.toMatchObject(error);
  expect(workers.map((worker) => worker.threadId)).toEqual(workers.map(() => -1));
}

const containing = (...parts: string[]) =>
  expect.stringMatching(
    new RegExp(parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*'), 's'),
  );

/** Without the addon it is the addon that is missing, and with it the driver. */
const withoutTensorRT = { code: expect.stringMatching(/^(ADDON_UNAVAILABLE|CUDA_DRIVER_NOT_FOUND)$/) };

describe('JetsonVLAEngine.load with a bare model', () => {
  it.each([
    ['default-nhwc', 1, 1 / 16, 6],
    ['default-nchw', 1, 1 / 16, 6],
    ['uint8-image', 255, 1 / 16, 3],
    ['float16', 1, 1 / 16, 2],
    ['int32-tokens', 1, 1 / 16, 6],
    ['string-text', 1, 0.25, 6],
  ])('runs %s by the default contract', async (name, white, open, digits) => {
    const engine = await load(model(name));
    const chunk = await engine.infer(frame([255, 255, 255]), 'open');
    expect(chunk.shape).toEqual([1, 5, 7]);
    expect(chunk.jointNames).toEqual([1, 2, 3, 4, 5, 6].map((n) => `joint_${n}`));
    const expected = referenceActions([white, white, white, open]);
    chunk.toFloat32Array().forEach((value, index) => {
      const wanted = expected[index] ?? Number.NaN;
      const gripper = index % 7 === 6;
      expect(value).toBeCloseTo(gripper ? Math.min(Math.max(wanted, 0), 1) : wanted, digits);
    });
  });

  it('takes open image sizes as 224 × 224', async () => {
    const engine = await load(model('default-nhwc'));
    expect(engine.policy.manifest.inputs.cameras[0]?.resize).toMatchObject({ h: 224, w: 224 });
  });

  it('takes a tokenizer, a camera, joint names and a pace from the options', async () => {
    const directory = await temporaryDirectory();
    await copyFile(model('default-nchw'), join(directory, 'arm.onnx'));
    const jointNames = ['a', 'b', 'c', 'd', 'e', 'f'];
    const engine = await load(join(directory, 'arm.onnx'), {
      tokenizer,
      jointNames,
      secondsPerWaypoint: 0.2,
      camera: { color: 'bgr' },
    });
    expect(engine.jointNames).toEqual(jointNames);
    expect(engine.secondsPerWaypoint).toBe(0.2);
    expect(engine.policy).toMatchObject({ id: 'arm', path: join(directory, 'arm.onnx') });
    expect(engine.warnings).toEqual([]);
    const chunk = await engine.infer(frame([255, 0, 0]), 'open');
    expect(chunk.at(0).joints[0]).toBeCloseTo(referenceActions([0, 0, 1, 1 / 16])[0] ?? Number.NaN, 6);
  });

  it('says what it takes for granted', async () => {
    const said: string[] = [];
    const engine = await load(model('default-nhwc'), { onWarning: (text) => said.push(text) });
    expect(engine.warnings).toEqual([containing('6 joints in rad', '0.5 s per waypoint')]);
    expect(said).toEqual([`default-nhwc: ${engine.warnings[0]}`]);
  });

  it.each([
    ['wrong-rank', ['(1, waypoints, joints + 1)', 'actions: float32 (1, 7)']],
    ['image-only', ['named "text"', 'image: float32 (1, 8, 8, 3)']],
    ['two-cameras', ['named "image"', 'wrist: float32 (1, 3, 8, 8)']],
    ['echo', ['named "image"', 'float32: float32 (n)']],
  ])('refuses %s and says what it expected and found', async (name, parts) => {
    await expectRefusal(load(model(name)), { code: 'MODEL_MISMATCH', message: containing(...parts) });
    expect(workers).toHaveLength(1);
  });

  it('refuses a model that takes ids without a tokenizer, and takes one that takes strings', async () => {
    const directory = await temporaryDirectory();
    await copyFile(model('default-nhwc'), join(directory, 'ids.onnx'));
    await copyFile(model('string-text'), join(directory, 'strings.onnx'));
    await expectRefusal(load(join(directory, 'ids.onnx')), {
      code: 'TOKENIZER_MISSING',
      message: containing('tokenizer.json'),
    });
    await load(join(directory, 'strings.onnx'));
  });

  it('refuses a tokenizer that is none', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'tokenizer.json');
    await writeFile(file, '{ "model": {} ');
    await expectRefusal(load(model('default-nhwc'), { tokenizer: file }), { code: 'TOKENIZER_INVALID' });
  });

  it.each([
    [{ jointNames: ['a', 'b'] }, 'default-nhwc.onnx has 6 joints and a gripper, got 2 names'],
    [{ secondsPerWaypoint: -1 }, 'chunk.dt'],
    [{ secondsPerWaypoint: Number.NaN }, 'chunk.dt'],
    [{ camera: { scale: -1 } }, 'scale'],
    [{ precision: 'float32' }, 'precision is for a bundle only'],
    [{ threads: 0 }, 'threads'],
    [{ queueLimit: -1 }, 'queue limit'],
    [{ queueLimit: 0, queuePolicy: 'latest' as const }, 'queue limit'],
    [{ tensorrt: { device: -1 } }, 'tensorrt.device'],
  ])('refuses the options %j', async (options, message) => {
    await expectRefusal(load(model('default-nhwc'), options), {
      code: 'INVALID_ARGUMENT',
      message: containing(message),
    });
  });

  it('says what an engine file needs when there is none of it', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'model.engine');
    await writeFile(file, 'plan');
    await expectRefusal(load(file, { tensorrt: { cuda: join(directory, 'libcuda.so.1') } }), withoutTensorRT);
  });

  it('refuses to run a model file on the backend of the other format', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'model.engine');
    await writeFile(file, 'plan');
    await expectRefusal(load(file, { backend: 'onnxruntime' }), {
      code: 'BACKEND_UNAVAILABLE',
      message: containing(file),
      hint: containing('.onnx'),
    });
    await expectRefusal(load(model('default-nhwc'), { backend: 'tensorrt', engineCache: false }), {
      code: 'BACKEND_UNAVAILABLE',
      hint: containing('npx jetson-vla build'),
    });
  });

  it('refuses paths that hold no policy', async () => {
    const directory = await temporaryDirectory();
    const file = join(directory, 'model.pt');
    await writeFile(file, '');
    await expectRefusal(load(file), { code: 'INVALID_ARGUMENT', message: containing('.onnx', 'model.pt') });
    await expectRefusal(load(join(directory, 'none')), { code: 'BUNDLE_NOT_FOUND' });
    await expectRefusal(load(directory), { code: 'BUNDLE_NOT_FOUND', message: containing('policy.json') });
    await expectRefusal(load(''), { code: 'INVALID_ARGUMENT' });
  });
});

describe('JetsonVLAEngine.load with a bundle', () => {
  it('says what the policy is', async () => {
    const directory = await writeBundle();
    const engine = await load(join(directory, 'policy.json'));
    expect(engine.policy).toMatchObject({ id: 'fixture', name: 'fixture', path: directory });
    expect(engine.policy.manifest.schema).toBe('jetson-vla/policy');
    expect(engine.backend).toBe('onnxruntime');
    expect(engine.warnings).toEqual([]);
    expect(engine.jointNames).toEqual(['pan', 'lift', 'elbow', 'wrist_1', 'wrist_2', 'wrist_3']);
    expect(engine.secondsPerWaypoint).toBe(0.25);
    const [pan, lift, elbow] = engine.jointRanges;
    expect([pan, elbow]).toEqual([[-3, 3], undefined]);
    expect(lift?.[0]).toBeCloseTo(-Math.PI, 12);
    expect(lift?.[1]).toBeCloseTo(Math.PI / 2, 12);
  });

  it('picks the artifact by its precision', async () => {
    const directory = await writeBundle({ artifact: { precision: 'float16' } });
    const engine = await load(directory, { precision: 'float16' });
    await engine.dispose();
    await expectRefusal(load(directory, { precision: 'int8' }), {
      code: 'INVALID_ARGUMENT',
      message: containing('float16'),
    });
  });

  it('says what a bundle with nothing but engines needs', async () => {
    const directory = await writeBundle({ artifact: { format: 'engine' } });
    await expectRefusal(
      load(directory, { tensorrt: { cuda: join(directory, 'libcuda.so.1') } }),
      withoutTensorRT,
    );
    await expectRefusal(load(directory, { backend: 'onnxruntime' }), {
      code: 'BACKEND_UNAVAILABLE',
      message: containing(directory, 'only engines'),
      hint: containing('.onnx'),
    });
  });

  it('says how to get the engine that a bundle does not have', async () => {
    const directory = await writeBundle();
    await expectRefusal(load(directory, { backend: 'tensorrt', engineCache: false }), {
      code: 'BACKEND_UNAVAILABLE',
      message: containing('no engine'),
      hint: containing(`npx jetson-vla build ${directory}`),
    });
  });

  it('refuses a model that is not what the manifest says', async () => {
    const directory = await writeBundle({ model: 'int32-tokens' });
    await expectRefusal(load(directory), {
      code: 'MODEL_MISMATCH',
      message: containing('text', 'int64', 'int32'),
    });
    expect(workers).toHaveLength(1);
  });

  it('refuses a truncated model whose checksum is right', async () => {
    const whole = await readFile(model('default-nhwc'));
    const bundle = await writeBundle({ content: whole.subarray(0, whole.length / 2) });
    await expectRefusal(load(bundle), { code: 'MODEL_INVALID' });
  });

  it.each([
    ['camera', {}],
    ['jointNames', []],
    ['secondsPerWaypoint', 1],
    ['tokenizer', 'x'],
  ])('refuses the option %s, which policy.json decides', async (name, value) => {
    const directory = await writeBundle();
    await expectRefusal(load(directory, { [name]: value }), {
      code: 'INVALID_ARGUMENT',
      message: containing(name),
    });
  });

  it.each([
    ['backend', 'cuda'],
    ['golden', 'maybe'],
  ])('refuses %s: %s', async (name, value) => {
    const directory = await writeBundle();
    const options: LoadOptions = JSON.parse(JSON.stringify({ [name]: value }));
    await expectRefusal(load(directory, options), {
      code: 'INVALID_ARGUMENT',
      message: containing(name, value),
    });
  });
});
