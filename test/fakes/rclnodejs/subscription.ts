import { HISTORY } from '../../../lib/ros/rcl.js';
import type { Delivery, Endpoint } from './graph/endpoint.js';
import { decode } from './messages/codec.js';
import type { MessageSchema } from './messages/schema.js';
import type { Inbox, NodeCore } from './node-core.js';
import type { QosProfile } from './qos.js';

export interface SubscriptionOptions {
  readonly name: string;
  readonly type: string;
  readonly qos: QosProfile;
  readonly isRaw: boolean;
}

export class Subscription implements Inbox {
  readonly #core: NodeCore;
  readonly #schema: MessageSchema;
  readonly #endpoint: Endpoint;
  /** How many messages may wait. */
  readonly #limit: number;
  readonly #isRaw: boolean;
  readonly #callback: (message: unknown) => void;
  readonly #queue: Buffer[] = [];

  constructor(
    core: NodeCore,
    schema: MessageSchema,
    { name, type, qos, isRaw }: SubscriptionOptions,
    callback: (message: unknown) => void,
  ) {
    this.#core = core;
    this.#schema = schema;
    this.#isRaw = isRaw;
    this.#callback = callback;
    // A latched message comes while the endpoint is being added.
    this.#limit = qos.history === HISTORY.keepAll ? Number.POSITIVE_INFINITY : qos.depth;
    this.#endpoint = core.add({ kind: 'subscription', name, type, qos }, this);
  }

  get topic(): string {
    return this.#endpoint.name;
  }

  receive({ bytes }: Delivery): void {
    this.#queue.push(bytes);
    if (this.#queue.length > this.#limit) this.#queue.shift();
  }

  takeOne(): boolean {
    const bytes = this.#queue.shift();
    if (bytes !== undefined) this.#callback(this.#isRaw ? Buffer.from(bytes) : decode(this.#schema, bytes));
    return this.#queue.length > 0;
  }

  destroy(): void {
    this.#queue.length = 0;
    this.#core.remove(this.#endpoint.id);
  }
}
