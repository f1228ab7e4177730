/** The representation identifier and its options; alignment counts from behind them. */
const ENCAPSULATION_BYTES = 4;

/**
 * Reads plain CDR ("CDR_BE" or "CDR_LE" in DDSI-RTPS 2.3, section 10): the bytes of a ROS 2 message on the wire.
 *
 * Everything in here throws RangeError for bytes that end too early or are of another format.
 */
export class CdrReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  #at = 0;

  constructor(bytes: Uint8Array) {
    const [first, kind] = bytes;
    if (first !== 0 || (kind !== 0 && kind !== 1)) throw new RangeError('they do not begin as plain CDR');
    this.#littleEndian = kind === 1;
    this.#bytes = bytes.subarray(ENCAPSULATION_BYTES);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4, 4), this.#littleEndian);
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4, 4), this.#littleEndian);
  }

  /** How many elements follow, of at least so many bytes each: no count makes us allocate more than was sent. */
  count(leastBytes: number): number {
    const count = this.uint32();
    if (count * leastBytes > this.#view.byteLength - this.#at)
      throw new RangeError(`${count} elements do not fit`);
    return count;
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1, 1));
  }

  /** A sequence of bytes, as a view of what is read from. */
  bytes(): Uint8Array {
    const count = this.count(1);
    const start = this.#take(count, 1);
    return this.#bytes.subarray(start, start + count);
  }

  string(): string {
    const length = this.count(1);
    const start = this.#take(length, 1);
    // The zero at its end is counted.
    return UTF8.decode(this.#bytes.subarray(start, start + Math.max(0, length - 1)));
  }

  doubles(): Float64Array {
    const count = this.count(8);
    if (count === 0) return new Float64Array();
    const start = this.#take(count * 8, 8);
    return Float64Array.from({ length: count }, (_, at) =>
      this.#view.getFloat64(start + at * 8, this.#littleEndian),
    );
  }

  #take(bytes: number, alignment: number): number {
    const start = Math.ceil(this.#at / alignment) * alignment;
    if (start + bytes > this.#view.byteLength) throw new RangeError('they end too early');
    this.#at = start + bytes;
    return start;
  }
}

const UTF8 = new TextDecoder();
