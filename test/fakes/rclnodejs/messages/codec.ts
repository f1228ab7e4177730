import { CdrReader } from './cdr-reader.js';
import { CdrWriter } from './cdr-writer.js';
import type { Field, MessageSchema, PrimitiveName } from './schema.js';
import { NUMERIC_ARRAYS, type NumericArray, type NumericArrayType } from './typed-arrays.js';

/** What a plain message becomes on the wire. Unknown fields are dropped, missing ones are zero. */
export function encode(schema: MessageSchema, message: unknown): Buffer {
  const writer = new CdrWriter();
  // A string or number in place of a message means its field `data`.
  const root = typeof message === 'object' ? message : { data: message };
  writeMessage(writer, schema, root);
  return writer.finish();
}

export function decode(schema: MessageSchema, bytes: Buffer): object {
  return readMessage(new CdrReader(bytes), schema);
}

function writeMessage(writer: CdrWriter, schema: MessageSchema, message: unknown): void {
  if (schema.fields.length === 0) writer.uint8(0);
  for (const field of schema.fields) {
    const value: unknown =
      typeof message === 'object' && message !== null ? Reflect.get(message, field.name) : undefined;
    if (field.array !== false) writeArray(writer, field, field.array, value ?? []);
    else if (typeof field.type === 'object') writeMessage(writer, field.type, value);
    else writePrimitive(writer, field.type, value ?? undefined, field.name);
  }
}

function writeArray(writer: CdrWriter, field: Field, array: 'sequence' | number, value: unknown): void {
  if (!Array.isArray(value) && !isNumericArray(value)) throw new TypeError(`${field.name} must be an array`);
  const missing = value.length === 0 && array !== 'sequence';
  const values = missing ? new Array<unknown>(array).fill(undefined) : value;
  if (array === 'sequence') writer.uint32(values.length);
  else if (values.length !== array) throw new RangeError(`The length of the array must be ${array}.`);

  const numeric = typeof field.type === 'object' ? undefined : NUMERIC_ARRAYS[field.type];
  if (numeric && array === 'sequence') {
    writer.raw(sequenceBytes(numeric, values), numeric.bytes);
    return;
  }
  for (const element of values) {
    if (typeof field.type === 'object') writeMessage(writer, field.type, element);
    else writePrimitive(writer, field.type, element, field.name);
  }
}

/**
 * rclnodejs hands the C side the start of the view's buffer and the count of elements: neither the view's offset nor
 * its element type is looked at. That is its trap, and kept.
 */
function sequenceBytes(type: NumericArrayType, values: readonly unknown[] | NumericArray): Uint8Array {
  const own = Array.isArray(values) ? type.from(values.map(Number)) : values;
  const view = isNumericArray(own) ? own : type.from([]);
  const size = view.length * type.bytes;
  const bytes = new Uint8Array(size);
  // Behind the end of the buffer lies whatever was there.
  bytes.fill(0xa5);
  bytes.set(new Uint8Array(view.buffer, 0, Math.min(size, view.buffer.byteLength)));
  return bytes;
}

/** What is no number becomes 0 without a word; numbers out of range, text and 64-bit integers are looked at. */
function writePrimitive(writer: CdrWriter, type: PrimitiveName, value: unknown, name: string): void {
  switch (type) {
    case 'string':
      writer.string(checked(value ?? '', 'string', name));
      return;
    case 'bool':
      writer.uint8(value ? 1 : 0);
      return;
    case 'int64':
    case 'uint64':
      writer[type](checked(value ?? 0n, 'bigint', name));
      return;
    default:
      writer[type === 'byte' ? 'uint8' : type](Number(value ?? 0));
  }
}

interface PrimitiveTypes {
  string: string;
  bigint: bigint;
}

function checked<K extends keyof PrimitiveTypes>(value: unknown, type: K, name: string): PrimitiveTypes[K] {
  if (!isOf(value, type)) throw new TypeError(`${name} must be type of ${type}`);
  return value;
}

function isOf<K extends keyof PrimitiveTypes>(value: unknown, type: K): value is PrimitiveTypes[K] {
  return typeof value === type;
}

function readMessage(reader: CdrReader, schema: MessageSchema): object {
  const message: Record<string, unknown> = {};
  if (schema.fields.length === 0) reader.uint8();
  for (const field of schema.fields) {
    if (field.array !== false) message[field.name] = readArray(reader, field, field.array);
    else if (typeof field.type === 'object') message[field.name] = readMessage(reader, field.type);
    else message[field.name] = readPrimitive(reader, field.type);
  }
  return message;
}

function readArray(reader: CdrReader, { type }: Field, array: 'sequence' | number): unknown {
  const length = array === 'sequence' ? reader.uint32() : array;
  const numeric = typeof type === 'object' ? undefined : NUMERIC_ARRAYS[type];
  if (numeric) return numeric.over(reader.raw(length * numeric.bytes, numeric.bytes));
  return Array.from({ length }, () =>
    typeof type === 'object' ? readMessage(reader, type) : readPrimitive(reader, type),
  );
}

function readPrimitive(reader: CdrReader, type: PrimitiveName): unknown {
  if (type === 'bool') return reader.uint8() !== 0;
  return type === 'byte' ? reader.uint8() : reader[type]();
}

function isNumericArray(value: unknown): value is NumericArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
