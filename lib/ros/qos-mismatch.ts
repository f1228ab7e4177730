import type { QosSettings } from './qos.js';
import { DURABILITY, type RclEndpointInfo, RELIABILITY } from './rcl.js';

/** Why a subscription with this QoS gets nothing from the publisher, or undefined when it does. ROS itself is silent. */
export function qosMismatch({ qos_profile }: RclEndpointInfo, asked: QosSettings): string | undefined {
  if (asked.reliability === 'reliable' && qos_profile.reliability === RELIABILITY.bestEffort)
    return 'it offers best effort, reliable is asked for';
  if (asked.durability === 'transient-local' && qos_profile.durability === DURABILITY.volatile)
    return 'it offers volatile, transient local is asked for';
  return undefined;
}

/** Such as `reliable, volatile, depth 10`. */
export function describeQos({ qos_profile }: RclEndpointInfo): string {
  const { reliability, durability, depth } = qos_profile;
  return [
    name(RELIABILITY, reliability) === 'bestEffort' ? 'best effort' : name(RELIABILITY, reliability),
    name(DURABILITY, durability) === 'transientLocal' ? 'transient local' : name(DURABILITY, durability),
    // Not every middleware tells it.
    ...(depth > 0 ? [`depth ${depth}`] : []),
  ].join(', ');
}

function name(numbers: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(numbers).find((key) => numbers[key] === value) ?? `policy ${value}`;
}
