import { setTimeout as delay } from 'node:timers/promises';
import type { Delivery, Endpoint } from './graph/endpoint.js';
import { decode, encode } from './messages/codec.js';
import { assertValid } from './messages/validate.js';
import type { Inbox, NodeCore } from './node-core.js';
import { qosProfile } from './qos.js';
import type { ServiceSchemas } from './service.js';

export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
}

export class AbortError extends Error {
  override readonly name = 'AbortError';
}

export interface ClientOptions {
  readonly name: string;
  readonly type: string;
  readonly validate: boolean;
}

export interface RequestOptions {
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly validate?: boolean;
}

export class Client implements Inbox {
  readonly #core: NodeCore;
  readonly #schemas: ServiceSchemas;
  readonly #endpoint: Endpoint;
  readonly #validate: boolean;
  readonly #pending = new Map<number, (response: object) => void>();
  readonly #queue: Delivery[] = [];
  #sequence = 0;

  constructor(core: NodeCore, schemas: ServiceSchemas, { name, type, validate }: ClientOptions) {
    this.#core = core;
    this.#schemas = schemas;
    this.#validate = validate;
    this.#endpoint = core.add({ kind: 'client', name, type, qos: qosProfile(undefined) }, this);
  }

  get serviceName(): string {
    return this.#endpoint.name;
  }

  isServiceServerAvailable(): boolean {
    this.#core.checkAlive();
    return this.#servers().length > 0;
  }

  async waitForService(timeoutMs?: number): Promise<boolean> {
    return waitUntil(() => this.isServiceServerAvailable(), timeoutMs);
  }

  /** Never settles when no server answers, unless `options` says when to give up. */
  async sendRequestAsync(request: unknown, options: RequestOptions = {}): Promise<object> {
    const { timeout, signal } = options;
    const late = timeout === undefined ? undefined : AbortSignal.timeout(timeout);
    const aborts = [signal, late].filter((given) => given !== undefined);
    const failure = () =>
      late?.aborted
        ? new TimeoutError(`Service request timeout after ${timeout}ms`)
        : new AbortError('Service request was aborted');
    if (aborts.some(({ aborted }) => aborted)) throw failure();
    return new Promise((resolve, reject) => {
      const sequence = this.request(request, resolve, options.validate);
      for (const abort of aborts)
        abort.addEventListener('abort', () => {
          if (this.#pending.delete(sequence)) reject(failure());
        });
    });
  }

  /** Sends, and calls back with the answer when it comes. */
  request(request: unknown, answered: (response: object) => void, validate = this.#validate): number {
    this.#core.checkAlive();
    if (validate) assertValid(this.#schemas.request, request);
    const bytes = encode(this.#schemas.request, request);
    this.#sequence += 1;
    this.#pending.set(this.#sequence, answered);
    this.#core.send(this.#endpoint, this.#servers(), bytes, this.#sequence);
    return this.#sequence;
  }

  receive(delivery: Delivery): void {
    this.#queue.push(delivery);
  }

  takeOne(): boolean {
    const delivery = this.#queue.shift();
    if (delivery) {
      const answered = this.#pending.get(delivery.sequence);
      this.#pending.delete(delivery.sequence);
      answered?.(decode(this.#schemas.response, delivery.bytes));
    }
    return this.#queue.length > 0;
  }

  destroy(): void {
    this.#core.remove(this.#endpoint.id);
  }

  #servers(): string[] {
    const found: string[] = [];
    for (const { id, kind, domain, name, type } of this.#core.graph.endpoints())
      if (
        kind === 'service' &&
        domain === this.#core.domain &&
        name === this.serviceName &&
        type === this.#endpoint.type
      )
        found.push(id);
    return found;
  }
}

/** Polls; without a time limit for ever. */
export async function waitUntil(condition: () => boolean, timeoutMs?: number): Promise<boolean> {
  const deadline =
    timeoutMs === undefined || timeoutMs < 0 ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() >= deadline) return false;
    await delay(10);
  }
  return true;
}
