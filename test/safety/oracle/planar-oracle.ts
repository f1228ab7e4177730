import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { stateOn } from './commanded.js';
import type { Escape } from './motion-oracle.js';

/** A disc (from = to) or a plate of a planar world, m. */
export interface Obstacle {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly radius: number;
}

/** An arm of capsules in a plane: link i turns by joint i against the link before it. */
export interface PlanarArm {
  readonly lengths: readonly number[];
  readonly radius: number;
}

export interface Margins {
  readonly environment: number;
  readonly self: number;
}

/** Samples per trajectory, and what a proven clearance may lack at one of them, m. */
const SAMPLES = 60;
const TOLERANCE = 1e-6;
/** How much closer a robot that starts inside its margin may get on its way out, m. */
const DIP = 1e-3;

/** The smallest distance to the obstacles and between links that are no neighbours, m. */
export function planarClearance(
  arm: PlanarArm,
  joints: readonly number[],
  obstacles: readonly Obstacle[],
): readonly [environment: number, self: number] {
  const corners: (readonly [number, number])[] = [[0, 0]];
  let heading = 0;
  arm.lengths.forEach((length, index) => {
    heading += joints[index] ?? Number.NaN;
    const [x, y] = corners[index] ?? [0, 0];
    corners.push([x + length * Math.cos(heading), y + length * Math.sin(heading)]);
  });
  const link = (index: number): Obstacle => ({
    from: corners[index] ?? [0, 0],
    to: corners[index + 1] ?? [0, 0],
    radius: arm.radius,
  });
  let [environment, self] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let one = 0; one < arm.lengths.length; one++) {
    for (const obstacle of obstacles) environment = Math.min(environment, gap(link(one), obstacle));
    for (let other = one + 2; other < arm.lengths.length; other++)
      self = Math.min(self, gap(link(one), link(other)));
  }
  return [environment, self];
}

/**
 * Whether a motion keeps its margins. One that starts inside a margin may come closer by a dip at most, and has to end
 * no closer than it started.
 *
 * @param slack what else it may lack, m
 */
export function judgeClearance(
  arm: PlanarArm,
  points: readonly TrajectoryPoint[],
  obstacles: readonly Obstacle[],
  margins: Margins,
  slack = 0,
): Escape[] {
  const endS = points.at(-1)?.timeS ?? 0;
  const best = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let start: readonly number[] = [];
  for (let sample = 0; sample <= SAMPLES; sample++) {
    const timeS = (endS * sample) / SAMPLES;
    const { positions } = stateOn({ startMs: 0, points }, timeS * 1000);
    const clearance = planarClearance(arm, positions, obstacles);
    if (sample === 0) start = clearance;
    for (const [channel, distance] of clearance.entries()) {
      const margin = channel === 0 ? margins.environment : margins.self;
      const closest = best[channel] ?? Number.NEGATIVE_INFINITY;
      const first = start[channel] ?? Number.NaN;
      const kept = sample === SAMPLES ? Math.min(margin, first) : Math.min(margin, closest - DIP);
      if (distance < kept - TOLERANCE - slack)
        return [`${channel === 0 ? 'obstacle' : 'self'} at ${distance} m, ${kept} m to keep, at ${timeS} s`];
      best[channel] = Math.max(closest, distance);
    }
  }
  return [];
}

/** Between two capsules: closest points of two segments, one parameter eliminated at a time. */
function gap(one: Obstacle, other: Obstacle): number {
  const d1 = minus(one.to, one.from);
  const d2 = minus(other.to, other.from);
  const between = minus(one.from, other.from);
  const [a, e, f] = [dot(d1, d1), dot(d2, d2), dot(d2, between)];
  const c = dot(d1, between);
  const b = dot(d1, d2);
  const denominator = a * e - b * b;
  let s = denominator > 1e-14 * a * e ? clamp01((b * f - c * e) / denominator) : 0;
  let t = e > 0 ? (b * s + f) / e : 0;
  if (t < 0 || t > 1 || e === 0) {
    t = clamp01(t);
    s = a > 0 ? clamp01((b * t - c) / a) : 0;
  }
  const x = between[0] + s * d1[0] - t * d2[0];
  const y = between[1] + s * d1[1] - t * d2[1];
  return Math.hypot(x, y) - one.radius - other.radius;
}

function minus(one: readonly [number, number], other: readonly [number, number]): readonly [number, number] {
  return [one[0] - other[0], one[1] - other[1]];
}

function dot(one: readonly [number, number], other: readonly [number, number]): number {
  return one[0] * other[0] + one[1] * other[1];
}

function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}
