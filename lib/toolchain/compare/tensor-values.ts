import { fromFloat16Bits, toFloat16Bits } from '../../policy/float16.js';
import { allocateTensor, type Dtype, type Tensor, type TensorOf } from '../../policy/tensor.js';

const FLOATS: ReadonlySet<Dtype> = new Set(['float32', 'float16', 'bfloat16']);
const INTEGERS: ReadonlySet<Dtype> = new Set(['int32', 'int64']);

export function isFloat(dtype: Dtype): boolean {
  return FLOATS.has(dtype);
}

/** Whether the values of one type can be handed to a model that takes the other, as converters change them. */
export function isInterchangeable(one: Dtype, other: Dtype): boolean {
  return one === other || [FLOATS, INTEGERS].some((kind) => kind.has(one) && kind.has(other));
}

/** The values of a tensor as numbers, half-precision patterns decoded; none for strings. */
export function numbersOf(tensor: Tensor): ArrayLike<number> {
  switch (tensor.dtype) {
    case 'float16':
      return Float32Array.from(tensor.data, fromFloat16Bits);
    case 'bfloat16':
      return fromBfloat16(tensor.data);
    case 'int64':
      return Float64Array.from(tensor.data, Number);
    case 'string':
      return [];
    default:
      return tensor.data;
  }
}

/** A tensor of numbers with these values, rounded to what the type holds. */
export function numericTensor(
  dtype: Exclude<Dtype, 'string'>,
  shape: readonly number[],
  value: (index: number) => number,
): Exclude<Tensor, TensorOf<'string'>> {
  const tensor = allocateTensor(dtype, shape);
  for (let index = 0; index < tensor.data.length; index++)
    if (tensor.dtype === 'int64') tensor.data[index] = BigInt(Math.trunc(value(index)));
    else if (tensor.dtype === 'float16') tensor.data[index] = toFloat16Bits(value(index));
    else if (tensor.dtype === 'bfloat16') tensor.data[index] = toBfloat16(value(index));
    else tensor.data[index] = value(index);
  return tensor;
}

/** The same values in another type; the tensor itself when it has the type. @see isInterchangeable */
export function convertTensor(tensor: Tensor, dtype: Dtype): Tensor {
  if (tensor.dtype === dtype || dtype === 'string') return tensor;
  const values = numbersOf(tensor);
  return numericTensor(dtype, tensor.shape, (index) => values[index] ?? Number.NaN);
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (pattern) => pattern << 16).buffer);
}

function toBfloat16(value: number): number {
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
  if (Number.isNaN(value)) return 0x7fc0;
  // To the nearest, ties to even.
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}
