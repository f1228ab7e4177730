import { randomUUID } from 'node:crypto';
import { RELIABILITY } from '../../../../lib/ros/rcl.js';
import { BrokerLink } from './broker-link.js';
import { type Delivery, type Endpoint, participantOf } from './endpoint.js';

type Receiver = (delivery: Delivery) => void;

/** Names the Unix socket of a broker, by which several processes share one graph. */
export const BROKER_VARIABLE = 'JETSON_VLA_FAKE_ROS';

/** What one process knows of all endpoints, and the way to them. */
export class Graph {
  readonly participant = randomUUID();
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #listeners = new Set<(endpoint: Endpoint) => void>();
  readonly #link: BrokerLink | undefined;
  #count = 0;

  constructor(socketPath: string | undefined) {
    if (socketPath === undefined) return;
    this.#link = new BrokerLink(socketPath, this.participant, {
      added: (endpoint) => this.#learn(endpoint),
      removed: (id) => this.#endpoints.delete(id),
      received: (delivery) => this.#receive(delivery),
    });
  }

  endpoints(): Iterable<Endpoint> {
    return this.#endpoints.values();
  }

  add(description: Omit<Endpoint, 'id'>, receiver: Receiver): Endpoint {
    const endpoint = { ...description, id: `${this.participant}:${this.#count++}` };
    this.#receivers.set(endpoint.id, receiver);
    this.#link?.announce(endpoint);
    this.#learn(endpoint);
    return endpoint;
  }

  remove(id: string): void {
    this.#receivers.delete(id);
    if (this.#endpoints.delete(id)) this.#link?.withdraw(id);
  }

  send(delivery: Delivery): void {
    const remote = new Map<string, string[]>();
    for (const id of delivery.to) {
      const participant = participantOf(id);
      if (participant === this.participant) this.#receive({ ...delivery, to: [id] });
      else remote.set(participant, [...(remote.get(participant) ?? []), id]);
    }
    const lossy = this.#endpoints.get(delivery.from)?.qos.reliability === RELIABILITY.bestEffort;
    for (const to of remote.values()) this.#link?.send({ ...delivery, to }, lossy);
  }

  /** Tells of each endpoint that appears from now on. Returns how to stop it. */
  onAdded(listener: (endpoint: Endpoint) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #learn(endpoint: Endpoint): void {
    this.#endpoints.set(endpoint.id, endpoint);
    for (const listener of this.#listeners) listener(endpoint);
  }

  #receive(delivery: Delivery): void {
    for (const id of delivery.to) this.#receivers.get(id)?.(delivery);
  }
}

/** One graph per process, whatever loads this module twice. */
export function processGraph(): Graph {
  const key = Symbol.for('jetson-vla.fake-ros-graph');
  const known: unknown = Reflect.get(globalThis, key);
  if (known instanceof Object && 'participant' in known) return known as Graph;
  const graph = new Graph(process.env[BROKER_VARIABLE]);
  Reflect.set(globalThis, key, graph);
  return graph;
}
