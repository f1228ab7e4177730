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
    const at = this.#take(1);
    this.#bytes.writeUInt8(value, at);
  }

  int8(value: number): void {
    const at = this.#take(1);
    this.#bytes.writeInt8(value, at);
  }

  uint16(value: number): void {
    const at = this.#take(2);
    this.#bytes.writeUInt16LE(value, at);
  }

  int16(value: number): void {
    const at = this.#take(2);
    this.#bytes.writeInt16LE(value, at);
  }

  uint32(value: number): void {
    const at = this.#take(4);
    this.#bytes.writeUInt32LE(value, at);
  }

  int32(value: number): void {
    const at = this.#take(4);
    this.#bytes.writeInt32LE(value, at);
  }

  uint64(value: bigint): void {
    const at = this.#take(8);
    this.#bytes.writeBigUInt64LE(value, at);
  }

  int64(value: bigint): void {
    const at = this.#take(8);
    this.#bytes.writeBigInt64LE(value, at);
  }

  float32(value: number): void {
    const at = this.#take(4);
    this.#bytes.writeFloatLE(value, at);
  }

  float64(value: number): void {
    const at = this.#take(8);
    this.#bytes.writeDoubleLE(value, at);
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
    if (bytes.length === 0) return;
    const at = this.#take(elementBytes, bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Makes room, perhaps in another buffer: to be called before the buffer is looked at. */
  /** May put another buffer in the place of the one before: ask for it afterwards. */
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
