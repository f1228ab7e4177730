/** The reverse of {@link CdrWriter}. Reading past the end throws a RangeError. */
export class CdrReader {
  readonly #bytes: Buffer;
  #at = 4;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  int16(): number {
    return this.#bytes.readInt16LE(this.#take(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  int32(): number {
    return this.#bytes.readInt32LE(this.#take(4));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64LE(this.#take(8));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  float32(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  float64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  string(): string {
    const size = this.uint32();
    const at = this.#take(1, size);
    return this.#bytes.toString('utf8', at, at + size - 1);
  }

  /** A copy, in a buffer of its own. */
  raw(size: number, elementBytes: number): ArrayBuffer {
    const copy = new ArrayBuffer(size);
    if (size > 0) {
      const at = this.#take(elementBytes, size);
      new Uint8Array(copy).set(this.#bytes.subarray(at, at + size));
    }
    return copy;
  }

  #take(alignment: number, size = alignment): number {
    const at = this.#at + ((alignment - ((this.#at - 4) % alignment)) % alignment);
    if (at + size > this.#bytes.length) throw new RangeError('the message is truncated');
    this.#at = at + size;
    return at;
  }
}
