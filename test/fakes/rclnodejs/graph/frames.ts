import { deserialize, serialize } from 'node:v8';
import type { Delivery, Endpoint } from './endpoint.js';

/** What travels between a process and the broker. */
export type Packet =
  | { readonly op: 'hello'; readonly participant: string }
  | { readonly op: 'announce'; readonly endpoint: Endpoint }
  | { readonly op: 'withdraw'; readonly id: string }
  | {
      readonly op: 'deliver';
      readonly from: string;
      readonly to: readonly string[];
      readonly sequence: number;
      /** Of a publisher with best effort: not to be kept for a receiver that is behind. */
      readonly lossy: boolean;
    };

export interface Frame {
  readonly packet: Packet;
  readonly bytes: Buffer;
  /** All of it, to be forwarded. */
  readonly whole: Buffer;
}

const EMPTY = Buffer.alloc(0);

/** Two lengths (32 bits each), the packet, and bytes that the broker does not look into. */
export function frame(packet: Packet, bytes: Buffer = EMPTY): Buffer[] {
  const head = serialize(packet);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32LE(head.length, 0);
  lengths.writeUInt32LE(bytes.length, 4);
  return bytes.length === 0 ? [lengths, head] : [lengths, head, bytes];
}

export function deliveryFrame({ from, to, sequence, bytes }: Delivery, lossy: boolean): Buffer[] {
  return frame({ op: 'deliver', from, to, sequence, lossy }, bytes);
}

/** Cuts a stream into frames, without joining large ones more than once. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #size = 0;
  #needed = 8;

  *read(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size >= this.#needed) {
      const joined = this.#chunks.length === 1 ? (this.#chunks[0] ?? EMPTY) : Buffer.concat(this.#chunks);
      this.#chunks = [joined];
      const head = joined.readUInt32LE(0);
      const total = 8 + head + joined.readUInt32LE(4);
      if (joined.length < total) {
        this.#needed = total;
        return;
      }
      this.#keep(joined.subarray(total));
      yield {
        packet: deserialize(joined.subarray(8, 8 + head)) as Packet,
        bytes: joined.subarray(8 + head, total),
        whole: joined.subarray(0, total),
      };
    }
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    this.#needed = 8;
  }
}
