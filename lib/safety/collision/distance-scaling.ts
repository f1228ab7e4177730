import { VLAError } from '../../errors.js';

export interface DistanceScalingOptions {
  /** Distance at which the robot must stand still, m. Default 0.02. */
  readonly margin?: number;
  /** Time from the measurement to the start of braking, s. Default 0.1. */
  readonly reactionTime?: number;
  /** Deceleration of the fastest robot point while braking, m/s². Default 1. */
  readonly deceleration?: number;
  /** Distance from which the robot runs at full pace, m. Default 0.1; more where stopping takes more. */
  readonly slowDistance?: number;
}

/** Options with every value stated and checked. */
export type DistanceScaling = Required<DistanceScalingOptions>;

/**
 * @throws VLAError INVALID_ARGUMENT unless margin ≥ 0, reactionTime ≥ 0, deceleration > 0 and slowDistance > margin
 */
export function checkedDistanceScaling(options: DistanceScalingOptions = {}): DistanceScaling {
  const { margin = 0.02, reactionTime = 0.1, deceleration = 1, slowDistance = 0.1 } = options;
  const scaling = { margin, reactionTime, deceleration, slowDistance };
  for (const [name, value] of Object.entries(scaling))
    if (!(Number.isFinite(value) && value >= 0))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `distance scaling: ${name} must be finite and 0 or more, got ${value}`,
      );
  if (!(deceleration > 0))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `distance scaling: deceleration must be above 0 m/s², got ${deceleration}`,
    );
  if (!(slowDistance > margin))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `distance scaling: slowDistance must be above the margin of ${margin} m, got ${slowDistance} m`,
    );
  return scaling;
}

/** How far from an obstacle a robot point at `speed` (m/s) has to start braking, m: margin + v·T + v²/2a. */
export function stoppingDistance(
  speed: number,
  { margin, reactionTime, deceleration }: DistanceScaling,
): number {
  return margin + speed * reactionTime + (speed * speed) / (2 * deceleration);
}

/**
 * Share of the pace, 0 … 1, at a distance from the nearest obstacle: clamp((d − d_stop) / (d_slow − d_stop), 0, 1).
 * Where d_stop reaches d_slow there is no ramp left, and the pace is 1 beyond d_stop and 0 up to it.
 *
 * @param distance signed distance, m; Infinity when nothing is near. NaN gives 0.
 * @param speed of the robot's fastest point, m/s, 0 or more. NaN gives 0.
 */
export function distanceScale(distance: number, speed: number, scaling: DistanceScaling): number {
  if (Number.isNaN(distance) || !(speed >= 0)) return 0;
  const stop = stoppingDistance(speed, scaling);
  if (!(distance > stop)) return 0;
  const { slowDistance } = scaling;
  if (distance >= slowDistance || stop >= slowDistance) return 1;
  return (distance - stop) / (slowDistance - stop);
}
