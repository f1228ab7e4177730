import type { FileHandle } from 'node:fs/promises';

/** One field of a protobuf message in a file. */
export interface ProtobufField {
  readonly number: number;
  /** Of a varint; 0 for all other types. */
  readonly value: bigint;
  /** Where a nested message, a string or bytes lie in the file; both 0 for a varint. */
  readonly start: number;
  readonly end: number;
}

/** What is in the file is no protobuf message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

const PAGE = 64 * 1024;
const LONGEST_VARINT = 10;

/** Walks through the fields of a message without reading those that nobody looks at: models have gigabytes of them. */
export class ProtobufFile {
  readonly #handle: FileHandle;
  readonly #page = Buffer.alloc(PAGE);
  #pageStart = 0;
  #pageLength = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** @throws ProtobufError where the bytes from `start` to `end` are no message */
  async *fields(start: number, end: number): AsyncGenerator<ProtobufField, void, void> {
    let position = start;
    while (position < end) {
      const tag = await this.#varint(position, end);
      const number = Number(tag.value >> 3n);
      const wireType = Number(tag.value & 7n);
      if (number === 0) throw new ProtobufError(`no field number at byte ${position}`);
      if (wireType === 0) {
        const { value, next } = await this.#varint(tag.next, end);
        position = next;
        yield { number, value, start: 0, end: 0 };
      } else if (wireType === 2) {
        const { value: length, next } = await this.#varint(tag.next, end);
        if (length > BigInt(end - next)) throw new ProtobufError(`the field at byte ${position} is cut off`);
        position = next + Number(length);
        yield { number, value: 0n, start: next, end: position };
      } else if (wireType === 1 || wireType === 5) {
        position = tag.next + (wireType === 1 ? 8 : 4);
        if (position > end) throw new ProtobufError(`the field at byte ${tag.next} is cut off`);
      } else {
        throw new ProtobufError(`unknown wire type ${wireType} at byte ${position}`);
      }
    }
  }

  async text({ start, end }: ProtobufField): Promise<string> {
    const bytes = Buffer.alloc(end - start);
    await this.#handle.read(bytes, 0, bytes.length, start);
    return bytes.toString('utf8');
  }

  /** The numbers of a repeated field that is packed into one. */
  async *varints({ start, end }: ProtobufField): AsyncGenerator<bigint, void, void> {
    let position = start;
    while (position < end) {
      const { value, next } = await this.#varint(position, end);
      position = next;
      yield value;
    }
  }

  async #varint(position: number, end: number): Promise<{ value: bigint; next: number }> {
    await this.#load(position);
    let value = 0n;
    for (let index = 0; index < LONGEST_VARINT && position + index < end; index++) {
      const byte = this.#page[position - this.#pageStart + index] ?? 0;
      value |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) return { value, next: position + index + 1 };
    }
    throw new ProtobufError(`no number at byte ${position}`);
  }

  /** Brings the page in that holds a varint at `position`. */
  async #load(position: number): Promise<void> {
    const inPage = position - this.#pageStart;
    if (inPage >= 0 && inPage + LONGEST_VARINT <= this.#pageLength) return;
    const { bytesRead } = await this.#handle.read(this.#page, 0, PAGE, position);
    // Bytes of the page before must not be taken for those beyond the end of the file.
    this.#page.fill(0, bytesRead);
    this.#pageStart = position;
    this.#pageLength = bytesRead;
  }
}
