import {
  type Dtype,
  elementCount,
  type Tensor,
  type TensorInfo,
  type TensorMap,
} from '../../policy/tensor.js';
import { numericTensor } from './tensor-values.js';

/** Sizes that a model leaves open; the default contract has the same image side. */
const IMAGE_SIDE = 224;
const TEXT_LENGTH = 16;

/**
 * Inputs of the types and shapes that a model takes: pixels 0 … 1 (uint8 0 … 255), other real values −1 … 1, bits for
 * ids, since nobody knows how many rows a table of embeddings has. Open sizes: a batch of 1, images of 224 × 224, texts
 * of 16 tokens, 1 for the rest; dimensions of one name have one size.
 *
 * @param random uniform in [0, 1)
 */
export function randomInputs(inputs: readonly TensorInfo[], random: () => number): TensorMap {
  const sizes = new Map<string, number>();
  return Object.fromEntries(
    inputs.map((info) => [info.name, randomTensor(info, concrete(info, sizes), random)]),
  );
}

function randomTensor(info: TensorInfo, shape: readonly number[], random: () => number): Tensor {
  const { dtype } = info;
  if (dtype === 'string')
    return { dtype, shape, data: new Array<string>(elementCount(shape)).fill('pick up the block') };
  const [low, high] = rangeOf(dtype, isImage(info));
  const isWhole = low + high > 1 || !REAL.has(dtype);
  return numericTensor(dtype, shape, () => {
    const value = low + (high - low) * random();
    return isWhole ? Math.floor(value) : value;
  });
}

const REAL: ReadonlySet<Dtype> = new Set(['float32', 'float16', 'bfloat16']);

/** Half-open. */
function rangeOf(dtype: Exclude<Dtype, 'string'>, image: boolean): readonly [low: number, high: number] {
  if (REAL.has(dtype)) return image ? [0, 1] : [-1, 1];
  if (dtype === 'uint8') return [0, 256];
  if (dtype === 'int8') return [-128, 128];
  return [0, 2];
}

function concrete(info: TensorInfo, sizes: Map<string, number>): number[] {
  const { name, shape } = info;
  return shape.map((dim, axis) => {
    if (typeof dim === 'number' && dim >= 0) return dim;
    const key = typeof dim === 'string' ? dim : `${name}.${axis}`;
    const size = sizes.get(key) ?? openSize(info, axis);
    sizes.set(key, size);
    return size;
  });
}

function openSize(info: TensorInfo, axis: number): number {
  if (axis === 0) return 1;
  if (isImage(info)) return IMAGE_SIDE;
  const isText = info.shape.length === 2 && (info.dtype === 'int64' || info.dtype === 'int32');
  return isText ? TEXT_LENGTH : 1;
}

function isImage({ shape }: TensorInfo): boolean {
  return shape.length === 4 && (shape[1] === 3 || shape[3] === 3);
}
