import { ProtobufError, type ProtobufField, type ProtobufFile } from '../protobuf-fields.js';

/** More dimensions than this has no tensor, only a damaged file. */
const MOST_DIMENSIONS = 64;

/** Where a message lies in its file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** All fields of one number, in their order. */
export async function* select(file: ProtobufFile, { start, end }: Span, number: number) {
  for await (const field of file.fields(start, end)) if (field.number === number) yield field;
}

/** A pair of strings, as in StringStringEntryProto. */
export async function readEntry(
  file: ProtobufFile,
  span: Span,
): Promise<readonly [key: string, value: string]> {
  let [key, value] = ['', ''];
  for await (const field of file.fields(span.start, span.end)) {
    if (field.number === 1) key = await file.text(field);
    if (field.number === 2) value = await file.text(field);
  }
  return [key, value];
}

/** Appends dimensions: each comes alone, or several in one field, which is protobuf's packed form. */
export async function readDimensions(
  file: ProtobufFile,
  field: ProtobufField,
  into: number[],
): Promise<void> {
  if (field.end === 0) into.push(signed(field.value));
  else for await (const value of file.varints(field)) if (into.push(signed(value)) > MOST_DIMENSIONS) break;
  if (into.length > MOST_DIMENSIONS)
    throw new ProtobufError(`a tensor has more than ${MOST_DIMENSIONS} dimensions`);
}

/** As protobuf writes int64: two's complement in 64 bits. */
export function signed(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}
