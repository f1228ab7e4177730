import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from 'node:timers';
import { die } from './faults.js';
import type { Delivery, Endpoint } from './graph/endpoint.js';
import { type Graph, processGraph } from './graph/graph.js';
import { fullyQualifiedName } from './names.js';
import type { QosProfile } from './qos.js';

/** Something in a node that gets messages. */
export interface Inbox {
  receive(delivery: Delivery): void;
  /** Hands at most one message to its callback; whether more wait. */
  takeOne(): boolean;
}

export interface EntityDescription {
  readonly kind: Endpoint['kind'];
  readonly name: string;
  readonly type: string;
  readonly qos: QosProfile;
}

/** What a node is to its parts: a place in the graph, and the loop that runs their callbacks while it spins. */
export class NodeCore {
  readonly graph: Graph = processGraph();
  readonly #inboxes = new Map<string, Inbox>();
  readonly #owned = new Set<string>();
  #keepAlive: NodeJS.Timeout | undefined;
  #scheduled = false;
  #dead = false;

  constructor(
    readonly nodeName: string,
    readonly namespace: string,
    readonly domain: number,
  ) {}

  get fullName(): string {
    return fullyQualifiedName(this.nodeName, this.namespace);
  }

  get dead(): boolean {
    return this.#dead;
  }

  add(description: EntityDescription, inbox?: Inbox): Endpoint {
    this.checkAlive();
    const { domain, nodeName, namespace: nodeNamespace } = this;
    const endpoint = this.graph.add({ ...description, domain, nodeName, nodeNamespace }, (delivery) => {
      if (this.#dead) return;
      inbox?.receive(delivery);
      this.wake();
    });
    this.#owned.add(endpoint.id);
    if (inbox) this.#inboxes.set(endpoint.id, inbox);
    return endpoint;
  }

  remove(id: string): void {
    this.#inboxes.delete(id);
    if (this.#owned.delete(id)) this.graph.remove(id);
  }

  send(from: Endpoint, to: readonly string[], bytes: Buffer, sequence = 0): void {
    if (!this.#dead && to.length > 0) this.graph.send({ from: from.id, to, sequence, bytes });
  }

  get spinning(): boolean {
    return this.#keepAlive !== undefined;
  }

  spin(): void {
    if (this.spinning) throw new Error('The node is already spinning.');
    this.checkAlive();
    // A spinning node keeps its process alive.
    this.#keepAlive = setInterval(() => undefined, 2 ** 30);
    this.wake();
  }

  stop(): void {
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
  }

  wake(): void {
    if (this.#scheduled || !this.spinning) return;
    this.#scheduled = true;
    setImmediate(() => this.#execute());
  }

  destroy(): void {
    this.stop();
    this.#dead = true;
    for (const id of [...this.#owned]) this.remove(id);
  }

  /** Silent from now on; gone from the graph after a while. */
  cease(lingerMs: number): void {
    this.stop();
    this.#dead = true;
    this.#inboxes.clear();
    if (!Number.isFinite(lingerMs)) return;
    const timer = setTimeout(() => {
      clearTimeout(timer);
      for (const id of [...this.#owned]) this.remove(id);
    }, lingerMs);
    timer.unref();
  }

  checkAlive(): void {
    if (this.#dead) throw new Error('the node was destroyed');
  }

  /** One message per entity and round, as a wait set gives them. */
  #execute(): void {
    this.#scheduled = false;
    let more = false;
    for (const inbox of [...this.#inboxes.values()]) {
      if (!this.spinning) return;
      try {
        more = inbox.takeOne() || more;
      } catch (error) {
        die(error);
      }
    }
    if (more) this.wake();
  }
}
