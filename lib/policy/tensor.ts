/** Element types that a policy's inputs and outputs may have. `string` tensors hold one string per element. */
export type Dtype =
  | 'float32'
  | 'float16'
  | 'bfloat16'
  | 'uint8'
  | 'int8'
  | 'int32'
  | 'int64'
  | 'bool'
  | 'string';

/**
 * The element data of a tensor. JavaScript has no half-precision array on every supported Node version, so
 * float16 and bfloat16 travel as their bit patterns in a Uint16Array.
 */
export interface TensorDataByDtype {
  float32: Float32Array<ArrayBuffer>;
  float16: Uint16Array<ArrayBuffer>;
  bfloat16: Uint16Array<ArrayBuffer>;
  uint8: Uint8Array<ArrayBuffer>;
  int8: Int8Array<ArrayBuffer>;
  int32: Int32Array<ArrayBuffer>;
  int64: BigInt64Array<ArrayBuffer>;
  bool: Uint8Array<ArrayBuffer>;
  string: string[];
}

/** A dense row-major tensor. */
export type Tensor = {
  [D in Dtype]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: TensorDataByDtype[D] };
}[Dtype];

export type TensorOf<D extends Dtype> = Extract<Tensor, { dtype: D }>;

/** Tensors by input or output name. */
export type TensorMap = Readonly<Record<string, Tensor>>;

/** Name, type and shape of a model input or output; a dynamic dimension is its symbolic name, or −1. */
export interface TensorInfo {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly (number | string)[];
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** A zero-filled tensor (empty strings for `string`). */
export function allocateTensor<D extends Dtype>(dtype: D, shape: readonly number[]): TensorOf<D>;
export function allocateTensor(dtype: Dtype, shape: readonly number[]): Tensor {
  const length = elementCount(shape);
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(length) };
    case 'float16':
    case 'bfloat16':
      return { dtype, shape, data: new Uint16Array(length) };
    case 'uint8':
    case 'bool':
      return { dtype, shape, data: new Uint8Array(length) };
    case 'int8':
      return { dtype, shape, data: new Int8Array(length) };
    case 'int32':
      return { dtype, shape, data: new Int32Array(length) };
    case 'int64':
      return { dtype, shape, data: new BigInt64Array(length) };
    case 'string':
      return { dtype, shape, data: new Array<string>(length).fill('') };
  }
}
