import type { PrimitiveName } from './schema.js';

export type NumericArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

export interface NumericArrayType {
  readonly bytes: number;
  from(values: Iterable<number>): NumericArray;
  /** Over the whole buffer. */
  over(buffer: ArrayBuffer): NumericArray;
}

function arrayType(
  bytes: number,
  Type: { new (buffer: ArrayBuffer): NumericArray; new (values: Iterable<number>): NumericArray },
): NumericArrayType {
  return { bytes, from: (values) => new Type(values), over: (buffer) => new Type(buffer) };
}

/** The types whose arrays rclnodejs takes and gives as typed arrays. */
export const NUMERIC_ARRAYS: Partial<Record<PrimitiveName, NumericArrayType>> = {
  byte: arrayType(1, Uint8Array),
  int8: arrayType(1, Int8Array),
  uint8: arrayType(1, Uint8Array),
  int16: arrayType(2, Int16Array),
  uint16: arrayType(2, Uint16Array),
  int32: arrayType(4, Int32Array),
  uint32: arrayType(4, Uint32Array),
  float32: arrayType(4, Float32Array),
  float64: arrayType(8, Float64Array),
};
