import type { ProtobufFile } from '../protobuf-fields.js';
import { dataTypeBytes, dataTypeName } from './data-types.js';
import { readDimensions, readEntry, type Span } from './message.js';

/** A weight of a model, without its values. */
export interface OnnxWeight {
  readonly name: string;
  /** Such as `float32`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly elements: number;
  /** What its values take, in this file or in another. */
  readonly bytes: number;
  /** Where its values lie outside of the model's file. */
  readonly external?: OnnxExternal;
}

export interface OnnxExternal {
  /** Relative to the directory of the model. */
  readonly location: string;
  readonly offset: number;
  /** Bytes; the rest of the file where the model does not say. */
  readonly length: number | undefined;
}

// The field numbers are those of onnx.proto, which ONNX never changes.

/** Reads a TensorProto, but none of its values. */
export async function readWeight(file: ProtobufFile, span: Span): Promise<OnnxWeight> {
  const shape: number[] = [];
  const external = new Map<string, string>();
  let [name, type, isExternal] = ['', 0, false];
  for await (const field of file.fields(span.start, span.end)) {
    if (field.number === 1) await readDimensions(file, field, shape);
    else if (field.number === 2) type = Number(field.value);
    else if (field.number === 8) name = await file.text(field);
    else if (field.number === 13) external.set(...(await readEntry(file, field)));
    else if (field.number === 14) isExternal = field.value === 1n;
  }
  const elements = shape.reduce((product, size) => product * size, 1);
  const location = external.get('location');
  const length = external.get('length');
  return {
    name,
    dtype: dataTypeName(type),
    shape,
    elements,
    bytes: dataTypeBytes(type, elements),
    ...(isExternal &&
      location !== undefined && {
        external: {
          location,
          offset: Number(external.get('offset') ?? 0),
          length: length === undefined ? undefined : Number(length),
        },
      }),
  };
}
