/** Writes little-endian CDR, as DDS carries it: primitives aligned to their size after a header of four bytes. */
export class CdrWriter {
  #bytes: Buffer = Buffer.alloc(256);
  #length = 4;

  constructor() {
    this.#bytes[1] = 1;
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  uint8(value: number): void {
    this.#bytes.writeUInt8(value, this.#take(1));
  }

  int8(value: number): void {
    this.#bytes.writeInt8(value, this.#take(1));
  }

  uint16(value: number): void {
    this.#bytes.writeUInt16LE(value, this.#take(2));
  }

  int16(value: number): void {
    this.#bytes.writeInt16LE(value, this.#take(2));
  }

  uint32(value: number): void {
    this.#bytes.writeUInt32LE(value, this.#take(4));
  }

  int32(value: number): void {
    this.#bytes.writeInt32LE(value, this.#take(4));
  }

  uint64(value: bigint): void {
    this.#bytes.writeBigUInt64LE(value, this.#take(8));
  }

  int64(value: bigint): void {
    this.#bytes.writeBigInt64LE(value, this.#take(8));
  }

  float32(value: number): void {
    this.#bytes.writeFloatLE(value, this.#take(4));
  }

  float64(value: number): void {
    this.#bytes.writeDoubleLE(value, this.#take(8));
  }

  string(value: string): void {
    const size = Buffer.byteLength(value);
    this.uint32(size + 1);
    const at = this.#take(1, size + 1);
    this.#bytes.write(value, at, 'utf8');
    this.#bytes[at + size] = 0;
  }

  /** Elements of `elementBytes` each. */
  raw(bytes: Uint8Array, elementBytes: number): void {
    if (bytes.length > 0) this.#bytes.set(bytes, this.#take(elementBytes, bytes.length));
  }

  #take(alignment: number, size = alignment): number {
    // Buffers come from a pool: what lies between two values must not be what was there before.
    const at = this.#length + ((alignment - ((this.#length - 4) % alignment)) % alignment);
    const end = at + size;
    if (end > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    this.#bytes.fill(0, this.#length, at);
    this.#length = end;
    return at;
  }
}
