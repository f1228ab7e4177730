import { DURABILITY, HISTORY } from '../../../lib/ros/rcl.js';
import { connects, type Endpoint } from './graph/endpoint.js';
import { encode } from './messages/codec.js';
import type { MessageSchema } from './messages/schema.js';
import { assertValid } from './messages/validate.js';
import type { NodeCore } from './node-core.js';
import type { QosProfile } from './qos.js';

export interface PublisherOptions {
  readonly name: string;
  readonly type: string;
  readonly qos: QosProfile;
  readonly validate: boolean;
}

export class Publisher {
  readonly #core: NodeCore;
  readonly #schema: MessageSchema;
  readonly #endpoint: Endpoint;
  readonly #validate: boolean;
  /** For those who come later; empty when volatile. */
  readonly #history: Buffer[] = [];
  readonly #stopListening: () => void;
  #destroyed = false;

  constructor(core: NodeCore, schema: MessageSchema, { name, type, qos, validate }: PublisherOptions) {
    this.#core = core;
    this.#schema = schema;
    this.#validate = validate;
    this.#endpoint = core.add({ kind: 'publisher', name, type, qos });
    this.#stopListening = core.graph.onAdded((added) => {
      if (added.kind !== 'subscription' || added.qos.durability !== DURABILITY.transientLocal) return;
      if (!connects(this.#endpoint, added)) return;
      for (const bytes of this.#history) core.send(this.#endpoint, [added.id], bytes);
    });
  }

  get topic(): string {
    return this.#endpoint.name;
  }

  get subscriptionCount(): number {
    return this.#subscriptions().length;
  }

  publish(message: unknown, options: { readonly validate?: boolean } = {}): void {
    if (this.#destroyed) throw new Error('the publisher was destroyed');
    this.#core.checkAlive();
    if (message instanceof Buffer) {
      this.#send(Buffer.from(message));
      return;
    }
    if (options.validate ?? this.#validate) assertValid(this.#schema, message);
    this.#send(encode(this.#schema, message));
  }

  destroy(): void {
    this.#destroyed = true;
    this.#stopListening();
    this.#core.remove(this.#endpoint.id);
  }

  #send(bytes: Buffer): void {
    const { durability, history, depth } = this.#endpoint.qos;
    if (durability === DURABILITY.transientLocal) {
      this.#history.push(bytes);
      if (history !== HISTORY.keepAll && this.#history.length > depth) this.#history.shift();
    }
    this.#core.send(this.#endpoint, this.#subscriptions(), bytes);
  }

  #subscriptions(): string[] {
    const found: string[] = [];
    for (const endpoint of this.#core.graph.endpoints())
      if (endpoint.kind === 'subscription' && connects(this.#endpoint, endpoint)) found.push(endpoint.id);
    return found;
  }
}
