import { VLAError } from '../errors.js';
import { toFloat16Bits } from './float16.js';
import type { Dtype, Tensor } from './tensor.js';

/** Element types that {@link writeNumbers} converts to. */
export const NUMERIC_DTYPES: readonly Dtype[] = [
  'float32',
  'float16',
  'uint8',
  'int8',
  'int32',
  'int64',
  'bool',
];

/**
 * Writes one number per element, converted to the type of the tensor. Integer types need whole numbers.
 *
 * @throws VLAError INVALID_ARGUMENT when the tensor has another number of elements, or takes no numbers
 */
export function writeNumbers(values: ArrayLike<number>, tensor: Tensor): void {
  if (tensor.data.length !== values.length)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `expected a tensor of ${values.length} elements, got ${tensor.data.length}`,
      { hint: 'Allocate the tensors with the shapes of inputShapes().' },
    );
  switch (tensor.dtype) {
    case 'int64':
      for (let index = 0; index < values.length; index++) tensor.data[index] = BigInt(values[index] ?? 0);
      return;
    case 'float16':
      for (let index = 0; index < values.length; index++)
        tensor.data[index] = toFloat16Bits(values[index] ?? Number.NaN);
      return;
    case 'float32':
    case 'uint8':
    case 'int8':
    case 'int32':
    case 'bool':
      tensor.data.set(values);
      return;
    default:
      throw new VLAError('INVALID_ARGUMENT', `expected a tensor of numbers, got ${tensor.dtype}`);
  }
}

/** Writes the same number into every element. */
export function fillNumber(value: number, tensor: Tensor): void {
  writeNumbers(new Float64Array(tensor.data.length).fill(value), tensor);
}

/** The bytes behind a tensor of numbers. */
export function tensorBytes(tensor: Exclude<Tensor, { dtype: 'string' }>): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}
