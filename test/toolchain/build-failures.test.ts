import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildEngine } from '../../lib/toolchain/build-engine.js';
import type { BuildEngineOptions } from '../../lib/toolchain/build-options.js';
import { rejectionOf } from '../policy/error-of.js';
import { buildPlace, expectNothingLeft } from './standins.js';
import { onnxBytes } from './write-onnx.js';

describe('a build that cannot succeed', () => {
  it.each(['10.16', '11.1'] as const)(
    'names the node and the operator that TensorRT %s lacks',
    async (version) => {
      const place = await buildPlace(version, {
        inputs: [{ name: 'x', shape: [1] }],
        nodes: [
          { name: 'first', op: 'Identity' },
          { name: 'head/warp', op: 'UnsupportedWarp' },
        ],
      });
      const error = await rejectionOf(buildEngine(place.onnx, { libraries: place.libraries }).result);
      expect(error.code).toBe('ENGINE_BUILD_FAILED');
      expect(error.message).toContain('head/warp');
      expect(error.message).toContain('UnsupportedWarp');
      expect(error.hint).toMatch(/opset/);
      expect(await place.files()).toEqual(['model.onnx']);
      expectNothingLeft(place);
    },
  );

  it.each(['fp16', 'bf16', 'int8', 'fp8'] as const)(
    'says where the precision comes from in TensorRT 11: %s',
    async (precision) => {
      const { onnx, libraries } = await buildPlace('11.1');
      const error = await rejectionOf(buildEngine(onnx, { libraries, precision }).result);
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain('11.1.0');
      expect(error.hint).toMatch(/from the ONNX file/);
    },
  );

  it('says from which version on there is bf16', async () => {
    const { onnx, libraries } = await buildPlace('8.6');
    const error = await rejectionOf(buildEngine(onnx, { libraries, precision: 'bf16' }).result);
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(error.message).toMatch(/bf16 needs TensorRT 10.*8\.6\.1/);
  });

  it('asks for the shapes of every input with open dimensions, with an example', async () => {
    const { onnx, libraries } = await buildPlace('10.16', {
      inputs: [
        { name: 'image', shape: ['batch', 3, 'height', 'width'] },
        { name: 'text', shape: [1, 'tokens'] },
        { name: 'state', shape: ['batch', 7] },
      ],
    });
    const error = await rejectionOf(buildEngine(onnx, { libraries }).result);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('image [batch, 3, height, width], text [1, tokens]');
    expect(error.message).not.toContain('state');
    expect(error.hint).toContain('--profile image=1x3x1x1:1x3x16x16:1x3x64x64,text=1x1:1x16:1x64');
  });

  it('is refused before TensorRT starts when its engine could not be written', async () => {
    const { onnx, libraries, directory, tensorrt } = await buildPlace('10.16');
    await mkdir(join(directory, 'taken.engine'));
    for (const output of ['nowhere/x.engine', 'taken.engine']) {
      const error = await rejectionOf(
        buildEngine(onnx, { libraries, output: join(directory, output) }).result,
      );
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain('output');
    }
    expect(tensorrt.counters().calls['IBuilder::buildSerializedNetwork'] ?? 0).toBe(0);
  });

  it('leaves what was there as it was when its engine cannot get its name in the end', async () => {
    const place = await buildPlace('10.16');
    const { onnx, engine, libraries, tensorrt } = place;
    await writeFile(`${engine}.json`, 'an older passport');
    tensorrt.setBuildStepMs(10);
    const build = buildEngine(onnx, { libraries });
    for await (const _ of build) break;
    await mkdir(engine);
    const error = await rejectionOf(build.result);
    expect(error.code).toBe('ENGINE_BUILD_FAILED');
    expect(error.message).toContain(engine);
    expect(await place.files()).toEqual(['model.engine', 'model.engine.json', 'model.onnx']);
    expect(await readFile(`${engine}.json`, 'utf8')).toBe('an older passport');
    expectNothingLeft(place);
  });

  it.each<[string, Buffer]>([
    ['an empty file', Buffer.alloc(0)],
    ['something else', Buffer.from('version https://git-lfs.github.com/spec/v1\n')],
    ['a model without inputs', onnxBytes({ inputs: [] })],
    ['a truncated model', onnxBytes({ inputs: [{ name: 'x', shape: [1] }] }).subarray(0, -8)],
  ])('is refused for %s', async (_what, bytes) => {
    const { onnx, libraries } = await buildPlace('10.16');
    await writeFile(onnx, bytes);
    const error = await rejectionOf(buildEngine(onnx, { libraries }).result);
    expect(error.code).toBe('MODEL_INVALID');
    expect(error.message).toContain(onnx);
  });

  it('says that engines need the ONNX parser as well', async () => {
    const { onnx, libraries } = await buildPlace('10.16');
    const missing = { ...libraries, onnxParser: '/nowhere/libnvonnxparser.so.10' };
    const error = await rejectionOf(buildEngine(onnx, { libraries: missing }).result);
    expect(error.code).toBe('TENSORRT_NOT_FOUND');
    expect(error.message).toContain('/nowhere/libnvonnxparser.so.10');
  });

  it.each<[string, BuildEngineOptions]>([
    ['precision', { precision: JSON.parse('"fp12"') }],
    ['tf32', { tf32: JSON.parse('1') }],
    ['workspaceMiB', { workspaceMiB: 0 }],
    ['optimisationLevel', { optimisationLevel: 6 }],
    ['output', { output: 'model.onnx' }],
    ['timingCache', { timingCache: '' }],
    ['outputt', JSON.parse('{"outputt": "x.engine"}')],
  ])('is refused for a wrong option: %s', async (name, options) => {
    const { onnx } = await buildPlace('10.16');
    const error = await rejectionOf(buildEngine(onnx, options).result);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(name);
  });
});
