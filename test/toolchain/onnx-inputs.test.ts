import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VLAError } from '../../lib/errors.js';
import { readOnnxInputs } from '../../lib/toolchain/onnx-inputs.js';
import { model, temporaryDirectory } from '../engine/fixtures.js';
import { rejectionOf } from '../policy/error-of.js';
import { onnxBytes } from './write-onnx.js';

async function written(bytes: Buffer): Promise<string> {
  const file = join(await temporaryDirectory(), 'model.onnx');
  await writeFile(file, bytes);
  return file;
}

describe('readOnnxInputs', () => {
  it('reads what an exporter wrote', async () => {
    expect(await readOnnxInputs(model('default-nchw'))).toEqual([
      { name: 'image', shape: [1, 3, 8, 8] },
      { name: 'text', shape: ['batch', 'tokens'] },
    ]);
  });

  it('finds inputs behind weights larger than its buffer, and does not take weights for inputs', async () => {
    const file = await written(
      onnxBytes({
        nodes: Array.from({ length: 3000 }, (_, index) => ({ name: `node_${index}`, op: 'Identity' })),
        weights: { small: 3, large: 1_000_000 },
        inputs: [
          { name: 'x', shape: [1, -1, 'n'] },
          { name: 'large', shape: [1_000_000] },
          { name: 'scalar', shape: [] },
        ],
      }),
    );
    expect(await readOnnxInputs(file)).toEqual([
      { name: 'x', shape: [1, -1, 'n'] },
      { name: 'scalar', shape: [] },
    ]);
  });

  it('reads back any shapes and names', async () => {
    const directory = await temporaryDirectory();
    const dim = fc.oneof(
      fc.nat(2 ** 31),
      fc.constant(-1),
      fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
    );
    const input = fc.record({
      name: fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }),
      shape: fc.array(dim, { maxLength: 8 }),
    });
    const inputs = fc.uniqueArray(input, { minLength: 1, maxLength: 5, selector: ({ name }) => name });
    await fc.assert(
      fc.asyncProperty(inputs, async (graph) => {
        const file = join(directory, 'model.onnx');
        await writeFile(file, onnxBytes({ inputs: graph }));
        expect(await readOnnxInputs(file)).toEqual(graph);
      }),
    );
  });

  it('ends with inputs or a typed error for any damage', async () => {
    const whole = onnxBytes({ inputs: [{ name: 'image', shape: [1, 3, 'h', 'w'] }], weights: { w: 300 } });
    const file = join(await temporaryDirectory(), 'model.onnx');
    const damage = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255), cut: fc.nat(whole.length) });
    await fc.assert(
      fc.asyncProperty(damage, async ({ at, value, cut }) => {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        await writeFile(file, bytes.subarray(0, cut));
        const outcome: unknown = await readOnnxInputs(file).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(VLAError);
      }),
      { numRuns: 150 },
    );
  });

  it('says that a file is not there, or is no model', async () => {
    expect((await rejectionOf(readOnnxInputs('/nowhere/model.onnx'))).code).toBe('BUNDLE_NOT_FOUND');
    expect((await rejectionOf(readOnnxInputs(await temporaryDirectory()))).code).toBe('BUNDLE_NOT_FOUND');
    const pointer = await written(Buffer.from('version https://git-lfs.github.com/spec/v1\n'));
    expect(await rejectionOf(readOnnxInputs(pointer))).toMatchObject({
      code: 'MODEL_INVALID',
      hint: expect.stringContaining('git lfs pull'),
    });
  });
});
