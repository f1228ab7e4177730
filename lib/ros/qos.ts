import { DURABILITY, HISTORY, type Rcl, RELIABILITY } from './rcl.js';

/** Quality of service of one topic, keep-last. */
export interface QosSettings {
  readonly reliability: 'reliable' | 'best-effort';
  readonly durability: 'volatile' | 'transient-local';
  readonly depth: number;
}

/** The newest message only, and none sent twice: cameras, joint states. */
export const SENSOR: QosSettings = { reliability: 'best-effort', durability: 'volatile', depth: 1 };
/** ROS 2's default for topics. */
export const RELIABLE: QosSettings = { reliability: 'reliable', durability: 'volatile', depth: 10 };
/** Reliable, and the last message reaches those who come later too. */
export const LATCHED: QosSettings = { reliability: 'reliable', durability: 'transient-local', depth: 1 };

export function qosProfile(rcl: Rcl, { reliability, durability, depth }: QosSettings): object {
  return new rcl.QoS(
    HISTORY.keepLast,
    depth,
    reliability === 'reliable' ? RELIABILITY.reliable : RELIABILITY.bestEffort,
    durability === 'volatile' ? DURABILITY.volatile : DURABILITY.transientLocal,
  );
}
