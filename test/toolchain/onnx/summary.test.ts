import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VLAError } from '../../../lib/errors.js';
import { summariseOnnx } from '../../../lib/toolchain/onnx/summary.js';
import { model, temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';
import { bytes, number, onnxBytes, text } from '../write-onnx.js';

const PICK = 'examples/policies/pick';

async function written(...parts: readonly Buffer[]): Promise<string> {
  const file = join(await temporaryDirectory(), 'model.onnx');
  await writeFile(file, Buffer.concat(parts));
  return file;
}

/** A graph with an input x and these further fields. */
const graph = (...fields: readonly Buffer[]) => bytes(7, Buffer.concat([bytes(11, text(1, 'x')), ...fields]));
const node = (operator: string, ...fields: readonly Buffer[]) =>
  bytes(1, Buffer.concat([text(4, operator), ...fields]));
const weight = (name: string, type: number, dims: Buffer, ...fields: readonly Buffer[]) =>
  Buffer.concat([dims, number(2, type), text(8, name), ...fields]);

describe('summariseOnnx', () => {
  it('sums up what an exporter wrote', async () => {
    const summary = await summariseOnnx(join(PICK, 'model.onnx'));
    expect(summary).toMatchObject({
      irVersion: 8,
      opsets: { 'ai.onnx': 17 },
      quantisation: 'none',
      tensorrtGaps: [],
      external: [],
      inputs: [
        { name: 'image', dtype: 'float32', shape: ['batch', 3, 128, 128] },
        { name: 'text', dtype: 'int64', shape: ['batch', 16] },
      ],
    });
    expect(summary.producer).toMatch(/^pytorch \d/);
    expect(summary.dynamicAxes[0]).toBe('batch');
    expect(summary.operators).toMatchObject({ Conv: 5, Softmax: 1 });
    expect(Object.keys(summary.operators)[0]).toBe('Constant');
  });

  it('sees that a model was quantised for CPUs, and that TensorRT does not take it', async () => {
    const summary = await summariseOnnx(join(PICK, 'model.uint8.onnx'));
    expect(summary.quantisation).toBe('dynamic');
    expect(summary.weights.map(({ dtype }) => dtype)).toEqual(['uint8', 'float32', 'int64']);
    expect(summary.tensorrtGaps.map(({ what }) => what)).toContain('DynamicQuantizeLinear');
  });

  it.each(['default-nhwc', 'string-text', 'slow'])(
    'counts each weight of %s once, by its type',
    async (name) => {
      const { weights, parameters } = await summariseOnnx(model(name));
      expect(weights.reduce((sum, share) => sum + share.parameters, 0)).toBe(parameters);
      expect(parameters).toBeGreaterThan(0);
    },
  );

  it('reads dimensions that come one by one or packed', async () => {
    const alone = Buffer.concat([number(1, 2), number(1, 300)]);
    const packed = bytes(1, Buffer.from([2, 0xac, 0x02]));
    for (const dims of [alone, packed]) {
      const file = await written(graph(bytes(5, weight('w', 10, dims))));
      const { weights, largest } = await summariseOnnx(file);
      expect(weights).toEqual([{ dtype: 'float16', tensors: 1, parameters: 600, bytes: 1200 }]);
      expect(largest[0]?.shape).toEqual([2, 300]);
    }
  });

  it('counts two values of four bits in a byte, and names types that are newer than itself', async () => {
    const file = await written(
      graph(bytes(5, weight('a', 22, number(1, 7))), bytes(5, weight('b', 99, number(1, 7)))),
    );
    const { weights } = await summariseOnnx(file);
    expect(weights).toEqual([
      { dtype: 'int4', tensors: 1, parameters: 7, bytes: 4 },
      { dtype: 'type 99', tensors: 1, parameters: 7, bytes: 0 },
    ]);
  });

  it('looks into subgraphs, constants and functions, and keeps domains apart', async () => {
    const branch = Buffer.concat([node('Relu'), bytes(5, weight('inner', 1, number(1, 4)))]);
    const attribute = bytes(5, Buffer.concat([text(1, 'then_branch'), bytes(6, branch)]));
    const constant = bytes(5, Buffer.concat([text(1, 'value'), bytes(5, weight('', 1, number(1, 2)))]));
    const file = await written(
      graph(node('If', attribute), node('Constant', constant), node('Gelu', text(7, 'com.microsoft'))),
      bytes(25, Buffer.concat([text(1, 'helper'), bytes(7, text(4, 'Tanh'))])),
    );
    const { operators, parameters, tensorrtGaps } = await summariseOnnx(file);
    expect(operators).toEqual({ If: 1, Relu: 1, Constant: 1, 'com.microsoft.Gelu': 1, Tanh: 1 });
    expect(parameters).toBe(6);
    expect(tensorrtGaps.map(({ what }) => what)).toEqual(['com.microsoft.Gelu']);
  });

  it('tells a ScatterND that adds from one that only writes', async () => {
    const reduction = (value: string) =>
      bytes(5, Buffer.concat([text(1, 'reduction'), text(4, value), number(20, 3)]));
    const gaps = async (value: string) =>
      (await summariseOnnx(await written(graph(node('ScatterND', reduction(value)))))).tensorrtGaps;
    expect(await gaps('add')).toMatchObject([{ what: 'ScatterND with a reduction', count: 1 }]);
    expect(await gaps('none')).toEqual([]);
  });

  it('says what is missing of the weights beside the file', async () => {
    const entry = (key: string, value: string) => bytes(13, Buffer.concat([text(1, key), text(2, value)]));
    const external = (location: string) =>
      bytes(
        5,
        weight(location, 1, number(1, 8), entry('location', location), entry('offset', '16'), number(14, 1)),
      );
    const file = await written(graph(external('there.bin'), external('gone.bin')));
    await writeFile(join(file, '..', 'there.bin'), Buffer.alloc(40));
    const { external: files } = await summariseOnnx(file);
    expect(files).toEqual([
      { file: 'there.bin', bytes: 40, needed: 48 },
      { file: 'gone.bin', bytes: undefined, needed: 48 },
    ]);
  });

  it('does not read the values of weights, however many there are', async () => {
    // Three gigabytes that are not on the disk: a hole in the file.
    const size = 3 * 2 ** 30;
    const varint = (value: number) => {
      const digits: number[] = [];
      for (let rest = value; ; rest = Math.floor(rest / 128)) {
        if (rest < 128) return Buffer.from([...digits, rest]);
        digits.push((rest % 128) | 128);
      }
    };
    const head = Buffer.concat([
      number(1, size / 4),
      number(2, 1),
      text(8, 'huge'),
      Buffer.from([9 * 8 + 2]),
      varint(size),
    ]);
    const tensor = Buffer.concat([Buffer.from([5 * 8 + 2]), varint(head.length + size), head]);
    const input = bytes(11, text(1, 'x'));
    const content = Buffer.concat([
      Buffer.from([7 * 8 + 2]),
      varint(input.length + tensor.length + size),
      input,
      tensor,
    ]);
    const file = await written(content);
    await truncate(file, content.length + size);
    expect(await summariseOnnx(file)).toMatchObject({ parameters: size / 4, weights: [{ bytes: size }] });
  });

  it('ends with a summary or a typed error for any damage', async () => {
    const whole = onnxBytes({
      inputs: [{ name: 'image', shape: [1, 3, 'h', 'w'] }],
      nodes: [{ name: 'a', op: 'Conv' }],
      weights: { w: 300 },
    });
    const file = join(await temporaryDirectory(), 'model.onnx');
    const damage = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255), cut: fc.nat(whole.length) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, value, cut }) => {
        const damaged = Buffer.from(whole);
        damaged[at] = value;
        await writeFile(file, damaged.subarray(0, cut));
        const outcome: unknown = await summariseOnnx(file).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(VLAError);
      }),
      { numRuns: 150 },
    );
  });

  it('refuses graphs that are nested without end, and tensors of a thousand dimensions', async () => {
    let nested = node('Relu');
    for (let depth = 0; depth < 100; depth++) nested = node('If', bytes(5, bytes(6, nested)));
    const flat = bytes(5, weight('w', 1, bytes(1, Buffer.alloc(1000, 1))));
    for (const content of [nested, flat])
      expect((await rejectionOf(summariseOnnx(await written(graph(content))))).code).toBe('MODEL_INVALID');
  });

  it('knows a Git LFS pointer', async () => {
    const file = await written(Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00\n'));
    const error = await rejectionOf(summariseOnnx(file));
    expect(error).toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('Git LFS pointer'),
    });
  });
});
