/** Representation identifier CDR_LE and no options; alignment counts from behind them. */
const ENCAPSULATION = [0, 1, 0, 0] as const;
const FIRST_CAPACITY = 1024;

/** Writes plain little-endian CDR ("CDR_LE" in DDSI-RTPS 2.3, section 10): the bytes of a ROS 2 message on the wire. */
export class CdrWriter {
  #bytes = Buffer.alloc(FIRST_CAPACITY);
  #length: number = ENCAPSULATION.length;

  constructor() {
    this.#bytes.set(ENCAPSULATION);
  }

  int32(value: number): this {
    const at = this.#take(4, 4);
    this.#bytes.writeInt32LE(value, at);
    return this;
  }

  uint32(value: number): this {
    const at = this.#take(4, 4);
    this.#bytes.writeUInt32LE(value, at);
    return this;
  }

  /** Zero-terminated UTF-8; the zero is counted. */
  string(text: string): this {
    const size = Buffer.byteLength(text) + 1;
    this.uint32(size);
    const at = this.#take(size, 1);
    this.#bytes.write(text, at);
    return this;
  }

  floats(values: ArrayLike<number>): this {
    this.uint32(values.length);
    if (values.length === 0) return this;
    const at = this.#take(4 * values.length, 4);
    for (let index = 0; index < values.length; index++)
      this.#bytes.writeFloatLE(values[index] as number, at + 4 * index);
    return this;
  }

  doubles(values: ArrayLike<number>): this {
    this.uint32(values.length);
    if (values.length === 0) return this;
    const at = this.#take(8 * values.length, 8);
    for (let index = 0; index < values.length; index++)
      this.#bytes.writeDoubleLE(values[index] as number, at + 8 * index);
    return this;
  }

  /** What was written, in a buffer of its own: rclnodejs sends from byte 0 of a buffer. */
  finish(): Buffer {
    return Buffer.from(new Uint8Array(this.#bytes.subarray(0, this.#length)).buffer);
  }

  #take(size: number, alignment: number): number {
    const misaligned = (this.#length - ENCAPSULATION.length) % alignment;
    const at = this.#length + (misaligned === 0 ? 0 : alignment - misaligned);
    this.#length = at + size;
    if (this.#length > this.#bytes.length)
      // Grown bytes are zeros, as padding and terminators have to be.
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#length);
    return at;
  }
}
