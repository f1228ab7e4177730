import type { TimeMessage } from '../../lib/ros/messages.js';

/** Little-endian CDR, after its four bytes of encapsulation. */
const STAMP_AT = 4;
const FRAME_ID = 'camera';
/** Side of the square at the top left whose colour is the frame's number: it survives any reduction of the image. */
const MARK = 32;

/**
 * A sensor_msgs/Image (bgr8) as it goes over the wire, made once: what a camera driver in C++ would do is not part of
 * what is measured.
 */
export class ImageCdr {
  readonly bytes: Buffer;
  readonly #view: DataView;
  readonly #dataAt: number;
  readonly #width: number;

  constructor(width: number, height: number) {
    const head = Buffer.alloc(128);
    head[1] = 1;
    let at = STAMP_AT + 8;
    const uint32 = (value: number) => {
      at = 4 * Math.ceil(at / 4);
      at = head.writeUInt32LE(value, at);
    };
    const string = (text: string) => {
      uint32(text.length + 1);
      at += head.write(text, at) + 1;
    };
    string(FRAME_ID);
    uint32(height);
    uint32(width);
    string('bgr8');
    // is_bigendian, one byte
    at += 1;
    uint32(3 * width);
    uint32(3 * width * height);
    // Of its own buffer: rclnodejs publishes from byte 0 of it.
    this.bytes = Buffer.alloc(at + 3 * width * height);
    head.copy(this.bytes, 0, 0, at);
    for (let byte = at; byte < this.bytes.length; byte++)
      this.bytes[byte] = Math.imul(byte, 2654435761) >>> 24;
    this.#view = new DataView(this.bytes.buffer);
    this.#dataAt = at;
    this.#width = width;
  }

  /**
   * @param number 0 … 255, in the first channel of the mark
   * @param motion 0 … 255, in its second
   */
  mark(number: number, motion: number): void {
    for (let y = 0; y < MARK; y++)
      for (let x = 0; x < MARK; x++) {
        const at = this.#dataAt + 3 * (y * this.#width + x);
        this.bytes[at] = number;
        this.bytes[at + 1] = motion;
      }
  }

  stamp({ sec, nanosec }: TimeMessage): void {
    this.#view.setInt32(STAMP_AT, sec, true);
    this.#view.setUint32(STAMP_AT + 4, nanosec, true);
  }
}
