import type { Delivery, Endpoint } from './graph/endpoint.js';
import { decode, encode } from './messages/codec.js';
import type { MessageSchema } from './messages/schema.js';
import type { Inbox, NodeCore } from './node-core.js';
import { qosProfile } from './qos.js';

export interface ServiceSchemas {
  readonly request: MessageSchema;
  readonly response: MessageSchema;
}

/** What a service callback answers with, at once or later. */
export class Response {
  readonly #send: (response: unknown) => void;
  sent = false;

  constructor(send: (response: unknown) => void) {
    this.#send = send;
  }

  send(response: unknown): void {
    this.#send(response);
    this.sent = true;
  }
}

type ServiceCallback = (request: unknown, response: Response) => unknown;

export class Service implements Inbox {
  readonly #core: NodeCore;
  readonly #schemas: ServiceSchemas;
  readonly #endpoint: Endpoint;
  readonly #callback: ServiceCallback;
  readonly #queue: Delivery[] = [];
  #destroyed = false;

  constructor(
    core: NodeCore,
    schemas: ServiceSchemas,
    { name, type }: { readonly name: string; readonly type: string },
    callback: ServiceCallback,
  ) {
    this.#core = core;
    this.#schemas = schemas;
    this.#callback = callback;
    this.#endpoint = core.add({ kind: 'service', name, type, qos: qosProfile(undefined) }, this);
  }

  get serviceName(): string {
    return this.#endpoint.name;
  }

  receive(delivery: Delivery): void {
    this.#queue.push(delivery);
  }

  takeOne(): boolean {
    const delivery = this.#queue.shift();
    if (delivery) this.#process(delivery);
    return this.#queue.length > 0;
  }

  destroy(): void {
    this.#destroyed = true;
    this.#core.remove(this.#endpoint.id);
  }

  #process({ from, sequence, bytes }: Delivery): void {
    const response = new Response((answer) => {
      if (this.#destroyed) throw new Error('the service was destroyed');
      this.#core.checkAlive();
      this.#core.send(this.#endpoint, [from], encode(this.#schemas.response, answer), sequence);
    });
    // A throw in here is fatal; a rejection is only logged.
    Promise.resolve(this.#callback(decode(this.#schemas.request, bytes), response))
      .then((answer) => {
        if (!response.sent && answer) response.send(answer);
      })
      .catch((error: unknown) => {
        process.stderr.write(`Error processing ${this.serviceName} request: ${String(error)}\n`);
      });
  }
}
