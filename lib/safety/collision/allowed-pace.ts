import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';
import type { SafetyConfig } from '../safety-options.js';
import type { SafetyReason } from '../verdict.js';
import type { CheckerSource } from './checker-source.js';
import { CurveMotion } from './curve-motion.js';
import { checkedDistanceScaling, distanceScale } from './distance-scaling.js';
import { robotSpeedBound } from './tcp-speed.js';

/** Seconds from a measurement to the start of braking: two ticks of the control loop and the way to the robot. */
export const REACTION_S = 0.06;
const BISECTIONS = 30;

export type AllowedPace =
  | { readonly pace: number; readonly reason: SafetyReason }
  | { readonly failure: SafetyReason };

/**
 * The share of its own pace at which a motion may go on, by the distance to the nearest obstacle at its start. The
 * rule of {@link distanceScale} is about the speed that the robot then has, so the share is the largest
 * s ≤ scale(d, s·v).
 *
 * v = Σ reachᵢ·|q̇ᵢ|, an upper bound of the speed of any robot point; a follows from braking each joint at its limit:
 * v² / 2a = Σ reachᵢ·q̇ᵢ² / 2aᵢ.
 *
 * @param pace the share at which `points` run already
 */
export async function allowedPace(
  config: SafetyConfig,
  points: readonly TrajectoryPoint[],
  pace: number,
  gripperClosed: boolean | null,
  source: CheckerSource,
): Promise<AllowedPace> {
  const start = points[0]?.positions ?? [];
  const answer = await source.ask(start, gripperClosed === null ? undefined : Number(gripperClosed));
  if ('failure' in answer) {
    const { kind, message } = answer.failure;
    return { failure: { guard: 'checker-health', outcome: 'reject', kind, message } };
  }
  const { distance, a, b } = answer.environment;
  const velocities = largestVelocities(points).map((velocity) => velocity / pace);
  const allowed = paceAt(distance, velocities, config, source.reach);
  return {
    pace: allowed,
    reason: {
      guard: 'distance',
      outcome: 'modify',
      kind: 'slowed',
      message: `${a || 'the robot'} is ${(1000 * distance).toFixed(0)} mm from ${b || 'an obstacle'}, which allows ${(100 * allowed).toFixed(0)} % of the pace`,
      value: distance,
      limit: config.slowDistance,
    },
  };
}

/** The share, 0 … 1, at a distance (m) for joints that would be as fast as `velocities` (rad/s) at full pace. */
export function paceAt(
  distance: number,
  velocities: readonly number[],
  { limits, environmentMargin, slowDistance }: SafetyConfig,
  reach: readonly number[],
): number {
  const speed = robotSpeedBound(velocities, reach);
  if (speed === 0) return 1;
  const braking = velocities.reduce(
    (sum, velocity, joint) =>
      sum + ((reach[joint] ?? 0) * velocity * velocity) / (limits[joint]?.acceleration ?? Number.NaN),
    0,
  );
  const scaling = checkedDistanceScaling({
    margin: environmentMargin,
    reactionTime: REACTION_S,
    deceleration: (speed * speed) / braking,
    slowDistance: Math.max(slowDistance, environmentMargin + 1e-3),
  });
  if (distanceScale(distance, speed, scaling) >= 1) return 1;
  let [low, high] = [0, 1];
  for (let step = 0; step < BISECTIONS; step++) {
    const middle = (low + high) / 2;
    if (middle <= distanceScale(distance, middle * speed, scaling)) low = middle;
    else high = middle;
  }
  return low;
}

function largestVelocities(points: readonly TrajectoryPoint[]): readonly number[] {
  const end = points.at(-1)?.timeS ?? 0;
  return new CurveMotion(points).bounds(0, end).map(({ velocity }) => velocity);
}
