import type { Dim } from './manifest-vector.js';

const RADIANS_PER_DEGREE = Math.PI / 180;

/**
 * The unit in which a dim leaves the policy: `rad` and `m` for joints, `unit` (0 open … 1 closed) for a gripper.
 * `percent`, `pm100`, `unit` and `raw` joints have no SI counterpart without the robot's calibration and stay so.
 */
export function robotUnit(dim: Dim): string {
  if (dim.gripper !== undefined) return 'unit';
  return dim.unit === 'deg' ? 'rad' : dim.unit;
}

/** From the manifest's unit to {@link robotUnit}. Linear for joints, so it also converts differences. */
export function toRobotUnit(dim: Dim, value: number): number {
  if (dim.gripper !== undefined) {
    const { open, closed } = dim.gripper;
    return (value - open) / (closed - open);
  }
  return dim.unit === 'deg' ? value * RADIANS_PER_DEGREE : value;
}

/** From {@link robotUnit} to the manifest's unit. */
export function fromRobotUnit(dim: Dim, value: number): number {
  if (dim.gripper !== undefined) {
    const { open, closed } = dim.gripper;
    return open + value * (closed - open);
  }
  return dim.unit === 'deg' ? value / RADIANS_PER_DEGREE : value;
}
