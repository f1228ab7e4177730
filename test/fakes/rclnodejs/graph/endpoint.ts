import { compatible, type QosProfile } from '../qos.js';

/** A node, or something in a node, as all participants of a domain know it. */
export interface Endpoint {
  /** `<participant>:<number>`. */
  readonly id: string;
  readonly kind: 'node' | 'publisher' | 'subscription' | 'service' | 'client';
  readonly domain: number;
  readonly nodeName: string;
  readonly nodeNamespace: string;
  /** Of the topic or service; of a node its own. */
  readonly name: string;
  readonly type: string;
  readonly qos: QosProfile;
}

/** Bytes on their way from one endpoint to others. */
export interface Delivery {
  readonly from: string;
  readonly to: readonly string[];
  /** Pairs a response with its request. */
  readonly sequence: number;
  readonly bytes: Buffer;
}

export function connects(publisher: Endpoint, subscription: Endpoint): boolean {
  return (
    publisher.domain === subscription.domain &&
    publisher.name === subscription.name &&
    publisher.type === subscription.type &&
    compatible(publisher.qos, subscription.qos)
  );
}

export function participantOf(id: string): string {
  return id.slice(0, id.indexOf(':'));
}
