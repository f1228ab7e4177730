import { connect, type Socket } from 'node:net';
import type { Delivery, Endpoint } from './endpoint.js';
import { deliveryFrame, FrameReader, frame, type Packet } from './frames.js';

/** More than this much unsent, and messages are lost, as with DDS. */
export function mostUnsentBytes(lossy: boolean): number {
  return lossy ? 2 ** 20 : 64 * 2 ** 20;
}

export interface LinkEvents {
  added(endpoint: Endpoint): void;
  removed(id: string): void;
  received(delivery: Delivery): void;
}

/** This process's connection to the broker. It keeps no process alive, and its loss is silence, as with a network. */
export class BrokerLink {
  readonly #socket: Socket;

  constructor(socketPath: string, participant: string, events: LinkEvents) {
    this.#socket = connect(socketPath);
    this.#socket.unref();
    this.#socket.on('error', () => this.#socket.destroy());
    const reader = new FrameReader();
    this.#socket.on('data', (chunk) => {
      for (const { packet, bytes } of reader.read(chunk)) {
        if (packet.op === 'announce') events.added(packet.endpoint);
        else if (packet.op === 'withdraw') events.removed(packet.id);
        else if (packet.op === 'deliver') events.received({ ...packet, bytes });
      }
    });
    this.#write({ op: 'hello', participant });
  }

  announce(endpoint: Endpoint): void {
    this.#write({ op: 'announce', endpoint });
  }

  withdraw(id: string): void {
    this.#write({ op: 'withdraw', id });
  }

  send(delivery: Delivery, lossy: boolean): void {
    if (this.#socket.writableLength > mostUnsentBytes(lossy)) return;
    this.#writeAll(deliveryFrame(delivery, lossy));
  }

  #write(packet: Packet): void {
    this.#writeAll(frame(packet));
  }

  #writeAll(parts: readonly Buffer[]): void {
    if (this.#socket.destroyed) return;
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }
}
