import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allocateTensor } from '../../lib/policy/tensor.js';
import { fromNpy, toNpy } from '../../lib/toolchain/npy.js';
import { readTensors, writeTensors } from '../../lib/toolchain/tensor-files.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { errorOf } from '../policy/error-of.js';

const DTYPES = ['float32', 'float16', 'uint8', 'int8', 'int32', 'int64', 'bool'] as const;
const SHAPE = fc.array(fc.nat(4), { maxLength: 5 });

/** A tensor of any bytes: NaN of every pattern, the largest integers. */
const TENSOR = fc.tuple(fc.constantFrom(...DTYPES), SHAPE, fc.integer()).map(([dtype, shape, seed]) => {
  const tensor = allocateTensor(dtype, shape);
  if (!Array.isArray(tensor.data)) {
    const bytes = new Uint8Array(tensor.data.buffer);
    for (let index = 0; index < bytes.length; index++)
      bytes[index] = Math.imul(seed + index, 0x9e3779b1) >>> 24;
  }
  return tensor;
});

const bytesOf = ({ data }: ReturnType<typeof fromNpy>) =>
  Array.isArray(data) ? [] : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex');

describe('toNpy and fromNpy', () => {
  it('bring every tensor back bit by bit', () => {
    fc.assert(
      fc.property(TENSOR, (tensor) => {
        const back = fromNpy(toNpy(tensor));
        expect([back.dtype, back.shape]).toEqual([tensor.dtype, tensor.shape]);
        expect(bytesOf(back)).toBe(bytesOf(tensor));
      }),
    );
  });

  it('start the values at a multiple of 64 bytes, as the format asks', () => {
    fc.assert(
      fc.property(TENSOR, (tensor) => {
        const bytes = toNpy(tensor);
        const start = 10 + bytes.readUInt16LE(8);
        expect(start % 64).toBe(0);
        expect(bytes[start - 1]).toBe('\n'.charCodeAt(0));
      }),
    );
  });

  it('writes the part of a buffer that a tensor shows', () => {
    const data = new Float32Array(Float32Array.of(1, 2, 3, 4).buffer, 4, 2);
    expect(fromNpy(toNpy({ dtype: 'float32', shape: [2], data })).data).toEqual(Float32Array.of(2, 3));
  });

  it('refuses tensors that NumPy has no type for', () => {
    const half = { dtype: 'bfloat16', shape: [1], data: new Uint16Array(1) } as const;
    expect(errorOf(() => toNpy(half)).message).toContain('bfloat16');
    expect(errorOf(() => toNpy({ dtype: 'string', shape: [1], data: ['a'] })).code).toBe('INVALID_ARGUMENT');
  });

  const whole = toNpy({ dtype: 'float32', shape: [2, 3], data: new Float32Array(6) });
  const renamed = (from: string, to: string) =>
    Buffer.from(whole.toString('latin1').replace(from, to.padEnd(from.length)), 'latin1');
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another file', Buffer.from('PK\x03\x04, and more than ten bytes')],
    ['a cut-off header', whole.subarray(0, 30)],
    ['missing values', whole.subarray(0, whole.length - 4)],
    ['more values than the shape has', Buffer.concat([whole, Buffer.alloc(4)])],
    ['columns first', renamed('False', 'True')],
    ['big-endian values', renamed("'<f4'", "'>f4'")],
    ['a type that no model has', renamed("'<f4'", "'<f8'")],
    ['a shape beyond all memory', renamed('2, 3,', '99999')],
  ])('refuses %s', (_, bytes) => {
    expect(errorOf(() => fromNpy(bytes)).code).toBe('INVALID_ARGUMENT');
  });
});

describe('writeTensors', () => {
  it('writes one file per tensor, several sets beside each other, under names that no tensor can spoil', async () => {
    const directory = await temporaryDirectory();
    const tensor = (value: number) =>
      ({ dtype: 'int64', shape: [1], data: BigInt64Array.of(BigInt(value)) }) as const;
    const sets = [{ '../a/b': tensor(1), __proto: tensor(2) }, { '../a/b': tensor(3) }];
    const written = [
      await writeTensors(directory, 'one', sets[0] ?? {}),
      await writeTensors(directory, 'two', sets[1] ?? {}),
    ];
    expect(written).toEqual([{ '../a/b': 'one.0.npy', __proto: 'one.1.npy' }, { '../a/b': 'two.0.npy' }]);
    expect(await Promise.all(written.map((files) => readTensors(directory, files)))).toEqual(sets);
  });
});
