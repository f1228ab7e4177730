import { type Dtype, elementCount, type Tensor } from '../policy/tensor.js';

/** A tensor over the start of `memory`, which must hold it. No strings: they have no memory of their own. */
export function tensorView(
  dtype: Exclude<Dtype, 'string'>,
  shape: readonly number[],
  memory: ArrayBuffer,
): Exclude<Tensor, { dtype: 'string' }> {
  const length = elementCount(shape);
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(memory, 0, length) };
    case 'float16':
    case 'bfloat16':
      return { dtype, shape, data: new Uint16Array(memory, 0, length) };
    case 'uint8':
    case 'bool':
      return { dtype, shape, data: new Uint8Array(memory, 0, length) };
    case 'int8':
      return { dtype, shape, data: new Int8Array(memory, 0, length) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(memory, 0, length) };
    case 'int64':
      return { dtype, shape, data: new BigInt64Array(memory, 0, length) };
  }
}
