import { DURABILITY, HISTORY, RELIABILITY } from '../../../lib/ros/rcl.js';

/** Quality of service as the graph knows it: no "system default" left in it. */
export interface QosProfile {
  readonly history: number;
  readonly depth: number;
  readonly reliability: number;
  readonly durability: number;
}

export class QoS {
  static readonly profileDefault = 'qos_profile_default';
  static readonly profileSystemDefault = 'qos_profile_system_default';
  static readonly profileSensorData = 'qos_profile_sensor_data';
  static readonly profileServicesDefault = 'qos_profile_services_default';
  static readonly profileParameters = 'qos_profile_parameters';

  constructor(
    readonly history: number = HISTORY.systemDefault,
    readonly depth = 0,
    readonly reliability: number = RELIABILITY.systemDefault,
    readonly durability: number = DURABILITY.systemDefault,
  ) {}
}

/** @param given a {@link QoS}, the name of a profile, or nothing for the default */
export function qosProfile(given: unknown): QosProfile {
  if (given instanceof QoS)
    return {
      history: given.history === HISTORY.systemDefault ? HISTORY.keepLast : given.history,
      depth: Math.max(1, given.depth),
      reliability: given.reliability === RELIABILITY.systemDefault ? RELIABILITY.reliable : given.reliability,
      durability: given.durability === DURABILITY.systemDefault ? DURABILITY.volatile : given.durability,
    };
  const common = { history: HISTORY.keepLast, durability: DURABILITY.volatile };
  if (given === QoS.profileSensorData) return { ...common, depth: 5, reliability: RELIABILITY.bestEffort };
  return { ...common, depth: 10, reliability: RELIABILITY.reliable };
}

export const STATUS_QOS: QosProfile = {
  history: HISTORY.keepLast,
  depth: 1,
  reliability: RELIABILITY.reliable,
  durability: DURABILITY.transientLocal,
};

/** A publisher must offer at least what a subscription asks for; otherwise they never meet, silently. */
export function compatible(offered: QosProfile, requested: QosProfile): boolean {
  const reliable =
    requested.reliability !== RELIABILITY.reliable || offered.reliability === RELIABILITY.reliable;
  const durable =
    requested.durability !== DURABILITY.transientLocal || offered.durability === DURABILITY.transientLocal;
  return reliable && durable;
}
