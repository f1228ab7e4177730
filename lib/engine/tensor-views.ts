import { VLAError } from '../errors.js';
import { type Dtype, elementCount, type Tensor } from '../policy/tensor.js';

/** Strings have no memory of their own. */
type ViewDtype = Exclude<Dtype, 'string'>;
type View = Exclude<Tensor, { dtype: 'string' }>;

/**
 * A tensor over the start of `memory`.
 *
 * @throws VLAError UNSUPPORTED_POLICY when the memory, or any typed array of this version of Node, is too small for it
 */
export function tensorView(dtype: ViewDtype, shape: readonly number[], memory: ArrayBuffer): View {
  try {
    return viewOf(dtype, shape, memory);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new VLAError(
      'UNSUPPORTED_POLICY',
      `no typed array on ${memory.byteLength} bytes holds the ${elementCount(shape)} ${dtype} elements of ` +
        `[${shape.join(', ')}]`,
      { hint: 'Split the tensor inside the model before it is exported.', cause },
    );
  }
}

function viewOf(dtype: ViewDtype, shape: readonly number[], memory: ArrayBuffer): View {
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
