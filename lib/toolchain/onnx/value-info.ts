import type { ProtobufFile } from '../protobuf-fields.js';
import { dataTypeName } from './data-types.js';
import { type Span, select, signed } from './message.js';

/** An input or output of an ONNX graph. */
export interface OnnxValue {
  readonly name: string;
  /** Such as `float32`; `not a tensor` for sequences, maps and optional values. */
  readonly dtype: string;
  /** A dynamic dimension is its symbolic name, or −1 when it has none; undefined when even the rank is open. */
  readonly shape: readonly (number | string)[] | undefined;
}

/** Reads a ValueInfoProto. */
export async function readValue(file: ProtobufFile, span: Span): Promise<OnnxValue> {
  let name = '';
  let dtype = 'not a tensor';
  let shape: readonly (number | string)[] | undefined;
  for await (const field of file.fields(span.start, span.end)) {
    if (field.number === 1) name = await file.text(field);
    if (field.number !== 2) continue;
    for await (const tensor of select(file, field, 1))
      for await (const part of file.fields(tensor.start, tensor.end)) {
        if (part.number === 1) dtype = dataTypeName(Number(part.value));
        if (part.number === 2) shape = await readShape(file, part);
      }
  }
  return { name, dtype, shape };
}

async function readShape(file: ProtobufFile, shape: Span): Promise<(number | string)[]> {
  const dims: (number | string)[] = [];
  for await (const dim of select(file, shape, 1)) {
    let size: number | string = -1;
    for await (const field of file.fields(dim.start, dim.end)) {
      if (field.number === 1) size = Math.max(-1, signed(field.value));
      if (field.number === 2) size = (await file.text(field)) || -1;
    }
    dims.push(size);
  }
  return dims;
}
