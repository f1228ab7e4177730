import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { inspectCommand } from '../../lib/cli/inspect.js';
import type { Inspection } from '../../lib/toolchain/inspect/inspection.js';
import { model, temporaryDirectory } from '../engine/fixtures.js';
import { standins } from '../engine/tensorrt-fixtures.js';
import { rejectionOf } from '../policy/error-of.js';

const PICK = 'examples/policies/pick';

let stdout: MockInstance<typeof process.stdout.write>;

beforeEach(() => {
  stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const written = () => stdout.mock.calls.map(([text]) => text).join('');

async function inspected(...args: string[]): Promise<Inspection & { code: number }> {
  const code = await inspectCommand.run([...args, '--json']);
  return { ...JSON.parse(written()), code: code ?? 0 };
}

async function copyOfPick(): Promise<string> {
  const directory = path.join(await temporaryDirectory(), 'pick');
  await cp(PICK, directory, { recursive: true });
  return directory;
}

describe('jetson-vla inspect', () => {
  it('shows a bundle: what it takes and does, its files, and each model with what runs it here', async () => {
    expect(await inspectCommand.run([PICK])).toBe(0);
    const text = written();
    for (const line of [
      /policy +Pick the block you name \(pick-blocks\)/,
      /camera +front: rgb 128 × 128, stretch, area, CHW/,
      /text +16 token ids, unknown words refused/,
      /chunk +5 waypoints, 0\.2 s each, 2 run before the next look/,
      /shoulder_pan \[rad -2\.9 … 2\.9\].*gripper \[gripper, open 0, closed 1\]/,
      /model\.onnx +model +731\.2 KiB/,
      /tokenizer\.json +tokenizer/,
      /opset +ai\.onnx 17; IR version 8; by pytorch/,
      /uint8 +█+ +50\.7 % +145\.1 KiB +148,604/,
      /in +image +float32 +\(batch, 3, 128, 128\)/,
      /onnxruntime +yes +ONNX Runtime loads it/,
      /tensorrt +no +TensorRT does not take DynamicQuantizeLinear \(9 ×\)/,
    ])
      expect(text).toMatch(line);
  });

  it('sees that an engine can be built where the environment names a TensorRT', async () => {
    const { cuda, tensorrt } = standins('10.16');
    vi.stubEnv('JETSON_VLA_CACHE_DIR', await temporaryDirectory());
    vi.stubEnv('JETSON_VLA_NVINFER', tensorrt.path);
    vi.stubEnv('JETSON_VLA_NVONNXPARSER', tensorrt.parserPath);
    vi.stubEnv('JETSON_VLA_CUDA', cuda.path);
    const { models } = await inspected(model('default-nhwc'), '--no-load');
    expect(models[0]?.verdicts[1]).toMatchObject({
      backend: 'tensorrt',
      runs: 'maybe',
      message: expect.stringContaining('10.16.0'),
    });
  });

  it('gives the size of each part, which add up to the whole', async () => {
    const { code, bytes, bundle, models } = await inspected(PICK, '--no-load');
    expect(code).toBe(0);
    expect(bundle?.parts.reduce((sum, part) => sum + part.bytes, 0)).toBe(bytes);
    expect(bundle?.unsupported).toEqual([]);
    expect(models.map(({ file, precision }) => [file, precision])).toEqual([
      ['model.onnx', 'float32'],
      ['model.uint8.onnx', 'uint8-dynamic'],
    ]);
    expect(models[0]?.verdicts[0]).toEqual({ backend: 'onnxruntime', runs: 'maybe', message: 'not tried' });
  });

  it('looks into a bare model, and says why it does not run', async () => {
    const file = path.join(await temporaryDirectory(), 'double.onnx');
    await cp(model('double'), file);
    const { kind, models, code } = await inspected(file);
    expect([kind, code]).toEqual(['onnx', 0]);
    expect(models[0]?.onnx?.inputs).toEqual([{ name: 'x', dtype: 'float64', shape: [1] }]);
    expect(models[0]?.verdicts[0]).toMatchObject({ runs: 'no', code: 'UNSUPPORTED_POLICY' });
  });

  it('tells what an engine was built for from its passport alone, and that it does not run without a GPU', async () => {
    const file = path.join(await temporaryDirectory(), 'policy.engine');
    await writeFile(file, 'an engine');
    const tensor = { name: 'x', dtype: 'float16', shape: [-1, 4], location: 'device' };
    const passport = {
      schema: 'jetson-vla/engine',
      version: 1,
      createdAt: '2026-11-01T00:00:00Z',
      createdBy: 'jetson-vla 0.1.0',
      file: 'policy.engine',
      sha256: '0'.repeat(64),
      bytes: 9,
      modifiedMs: 0,
      onnx: { file: 'policy.onnx', sha256: '1'.repeat(64) },
      tensorrt: '10.3.0',
      gpu: 'Orin',
      sm: '8.7',
      platform: 'linux-arm64',
      options: {
        precision: ['fp16'],
        tf32: true,
        stronglyTyped: false,
        versionCompatible: false,
        hardwareCompatible: false,
      },
      inputs: [tensor],
      outputs: [],
    };
    await writeFile(`${file}.json`, JSON.stringify(passport));
    expect(await inspectCommand.run([file, '--no-load'])).toBe(0);
    expect(written()).toMatch(/for +TensorRT 10\.3\.0, Orin \(sm 8\.7\), linux-arm64/);
    expect(written()).toMatch(/in +x +float16 +\(\?, 4\)/);
    await rm(`${file}.json`);
    stdout.mockClear();
    expect((await inspected(file, '--no-load')).warnings).toEqual([expect.stringContaining('no passport')]);
  });

  it('ends with 1 for a model that is broken, and shows the rest', async () => {
    const directory = await copyOfPick();
    await writeFile(path.join(directory, 'model.onnx'), 'no model');
    const { code, models } = await inspected(directory);
    expect(code).toBe(1);
    expect(models[0]?.broken?.code).toBe('MODEL_INVALID');
    expect(models[1]?.verdicts[0]?.runs).toBe('yes');
  });

  it('compares checksums only when it is told to', async () => {
    const directory = await copyOfPick();
    await cp(path.join(directory, 'model.onnx'), path.join(directory, 'model.uint8.onnx'));
    expect(await inspectCommand.run([directory, '--no-load'])).toBe(0);
    const error = await rejectionOf(
      Promise.resolve(inspectCommand.run([directory, '--no-load', '--verify'])),
    );
    expect(error.code).toBe('CHECKSUM_MISMATCH');
  });

  it.each([
    [[], 'expected one path, got none'],
    [['a', 'b'], 'expected one path, got a, b'],
    [['--nonsense'], 'there is no option --nonsense'],
    [['package.json'], 'expected a bundle, policy.json, .onnx, .engine or .plan'],
  ])('refuses %j', async (args, message) => {
    const error = await rejectionOf((async () => inspectCommand.run(args))());
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) });
  });

  it('says that there is nothing at a path', async () => {
    const error = await rejectionOf(Promise.resolve(inspectCommand.run(['nowhere'])));
    expect(error.code).toBe('BUNDLE_NOT_FOUND');
  });
});
