import { createServer, type Server, type Socket } from 'node:net';
import { mostUnsentBytes } from './broker-link.js';
import { type Endpoint, participantOf } from './endpoint.js';
import { FrameReader, frame } from './frames.js';

/** How long what a dead process had in the graph is still seen there. */
export const LINGER_MS = 4000;

export interface Broker {
  readonly socketPath: string;
  close(): Promise<void>;
}

/** Joins processes to one graph: forwards who is there, and what they send to each other. */
export async function startBroker(socketPath: string, lingerMs = LINGER_MS): Promise<Broker> {
  const broker = new Hub(lingerMs);
  const server = createServer((socket) => broker.accept(socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return { socketPath, close: () => closed(server, broker) };
}

function closed(server: Server, hub: Hub): Promise<void> {
  hub.close();
  return new Promise((resolve) => server.close(() => resolve()));
}

class Hub {
  readonly #sockets = new Map<string, Socket>();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #all = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #lingerMs: number;

  constructor(lingerMs: number) {
    this.#lingerMs = lingerMs;
  }

  accept(socket: Socket): void {
    this.#all.add(socket);
    const reader = new FrameReader();
    let participant: string | undefined;
    socket.on('data', (chunk) => {
      for (const { packet, whole } of reader.read(chunk)) {
        if (packet.op === 'hello') {
          participant = packet.participant;
          this.#join(participant, socket);
        } else if (packet.op === 'announce') {
          this.#endpoints.set(packet.endpoint.id, packet.endpoint);
          this.#broadcast(whole, socket);
        } else if (packet.op === 'withdraw') {
          this.#endpoints.delete(packet.id);
          this.#broadcast(whole, socket);
        } else {
          const target = this.#sockets.get(participantOf(packet.to[0] ?? ''));
          if (target && target.writableLength <= mostUnsentBytes(packet.lossy)) target.write(whole);
        }
      }
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#all.delete(socket);
      if (participant !== undefined) this.#leave(participant);
    });
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#all) socket.destroy();
  }

  #join(participant: string, socket: Socket): void {
    this.#sockets.set(participant, socket);
    for (const endpoint of this.#endpoints.values())
      for (const part of frame({ op: 'announce', endpoint })) socket.write(part);
  }

  /** A process that ended in order has withdrawn its endpoints; those of one that was killed linger. */
  #leave(participant: string): void {
    this.#sockets.delete(participant);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      for (const id of this.#endpoints.keys()) {
        if (participantOf(id) !== participant) continue;
        this.#endpoints.delete(id);
        this.#broadcast(Buffer.concat(frame({ op: 'withdraw', id })));
      }
    }, this.#lingerMs);
    this.#timers.add(timer);
  }

  #broadcast(whole: Buffer, except?: Socket): void {
    for (const socket of this.#sockets.values()) if (socket !== except) socket.write(whole);
  }
}
