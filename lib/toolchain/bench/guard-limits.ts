import type { PolicyManifest } from '../../policy/manifest.js';
import type { JointLimits } from '../../safety/joint-limits.js';
import { bundleLimits } from '../../safety/limits/bundle-limits.js';

/** No bundle states how fast its joints may move: those of a common arm, rad and s (m and s for a sliding joint). */
const ASSUMED = { velocity: 2, acceleration: 5, jerk: 50 };
export const ASSUMED_LIMITS = `2 rad/s, 5 rad/s² and 50 rad/s³ assumed for every joint`;

/** The limits that guards judge a policy's chunks by, or the reason why there are none, for people. */
export function guardLimits(manifest: PolicyManifest): readonly JointLimits[] | string {
  const { jointNames, statements } = bundleLimits(manifest);
  const dims = manifest.action.dims.filter(({ gripper }) => gripper === undefined);
  if (dims.length === 0) return 'the policy moves no joints';
  const relative = dims.find(({ name }) => !jointNames.includes(name));
  if (relative !== undefined) return `${relative.name} is no absolute joint position in rad, deg or m`;
  const limits = dims.map(({ name }) => {
    const stated = (quantity: 'min' | 'max') =>
      statements.find((statement) => statement.joint === name && statement.quantity === quantity)?.value;
    return { name, min: stated('min'), max: stated('max') };
  });
  const known = limits.flatMap(({ name, min, max }) =>
    min === undefined || max === undefined ? [] : [{ name, min, max, ...ASSUMED }],
  );
  if (known.length === limits.length) return known;
  const missing = limits.find(({ min }) => min === undefined)?.name;
  return `the policy states no range for ${missing}: add limits to its action dims in policy.json`;
}
