import type { PolicyManifest } from '../../policy/manifest.js';
import { robotUnit, toRobotUnit } from '../../policy/units.js';
import type { JointUnit, LimitSource, LimitStatement } from './limit-source.js';

/** A loaded engine, or anything else that says which policy it runs. */
export interface HasPolicy {
  readonly policy: { readonly manifest: PolicyManifest };
}

/**
 * The position ranges that a policy declares for the joints of its actions, in rad and m. Dims in units that only the
 * robot's calibration explains (`percent`, `raw` …), and those that are no absolute joint positions, state nothing.
 *
 * @param policy a loaded engine or a manifest
 */
export function bundleLimits(policy: HasPolicy | PolicyManifest): LimitSource {
  const manifest = 'policy' in policy ? policy.policy.manifest : policy;
  const source = `policy ${manifest.id}`;
  const { dims, groups } = manifest.action;
  const joints = dims.flatMap((dim, column) => {
    const group = groups.find(({ slice: [from, to] }) => from <= column && column < to);
    const absolute = group?.space === 'joint' && group.quantity === 'position' && group.ref === 'absolute';
    const unit = jointUnit(robotUnit(dim));
    return absolute && unit !== undefined ? [{ dim, unit }] : [];
  });
  return {
    source,
    jointNames: joints.map(({ dim }) => dim.name),
    statements: joints.flatMap(({ dim }): LimitStatement[] => {
      if (dim.limits === undefined) return [];
      const [min, max] = dim.limits;
      const stated = { joint: dim.name, source };
      return [
        { ...stated, quantity: 'min', value: toRobotUnit(dim, min) },
        { ...stated, quantity: 'max', value: toRobotUnit(dim, max) },
      ];
    }),
    continuous: [],
    switchedOff: [],
    units: new Map(joints.map(({ dim, unit }) => [dim.name, unit])),
  };
}

function jointUnit(unit: string): JointUnit | undefined {
  return unit === 'rad' || unit === 'm' ? unit : undefined;
}
