import type { JointReference, TrajectoryPoint } from './joint-trajectory.js';
import { Knots } from './knots.js';
import { LimitCheck } from './limit-check.js';
import { type MotionLimits, packLimits } from './motion-limits.js';
import { sampleTrajectory } from './sample-trajectory.js';

/** Longest distance of the points on a ramp, seconds: dense enough for the curve between them to be the path. */
const SAMPLE_S = 0.02;
/** A short ramp needs this many points all the same. */
const LEAST_SAMPLES = 8;
const SHORTEST_RAMP_S = 0.02;
const RAMP_GROWTH = 1.25;

/** A motion with its progress: how many waypoints, with fractions, are reached at each point; linear in between. */
export interface ProgressedMotion {
  readonly points: readonly TrajectoryPoint[];
  /** One number per point, never falling. */
  readonly progress: readonly number[];
}

export interface RateChange extends ProgressedMotion {
  /** The instant on `points` at which the motion is, seconds from its start; 0 if earlier. */
  readonly atS: number;
  /** The new pace as a share of the present one, 0 or more; 0 brakes to rest on the path. */
  readonly toRate: number;
  readonly limits: MotionLimits;
}

/**
 * Goes on along the same path at another pace. The pace changes along a cubic, so that position, velocity and
 * acceleration stay continuous, over the shortest of a series of ramps whose exact motion is inside the limits; after
 * it the rest of the path follows at the new pace. When no ramp ends before the path does, the motion goes on as it
 * was: its own end is at rest.
 *
 * @returns the motion from `atS` on, which is its time 0
 */
export function changeRate({ points, progress, atS, toRate, limits }: RateChange): ProgressedMotion {
  const rest = motionFrom({ points, progress }, Math.max(0, atS));
  const last = rest.points[rest.points.length - 1] as TrajectoryPoint;
  if (toRate === 1 || rest.points.length === 1) return rest;
  const check = new LimitCheck(packLimits(limits));
  // On average the ramp runs at the mean of both paces, and the path that it covers is what is left at most.
  const longest = (2 * last.timeS) / (1 + toRate);
  for (let rampS = Math.min(SHORTEST_RAMP_S, longest); rampS <= longest; rampS *= RAMP_GROWTH) {
    const changed = ramp(rest, rampS, toRate);
    if (check.run(Knots.of(changed.points))) return changed;
  }
  return rest;
}

/** The part of a motion after `atS`, with its times counted from there; its last point alone when it is over. */
function motionFrom({ points, progress }: ProgressedMotion, atS: number): ProgressedMotion {
  const later = points.findIndex((point) => point.timeS > atS);
  const first: TrajectoryPoint = { timeS: 0, ...sampleTrajectory(points, atS) };
  const firstProgress = progressAt({ points, progress }, atS);
  if (later < 0) return { points: [first], progress: [firstProgress] };
  return {
    points: [first, ...points.slice(later).map((point) => ({ ...point, timeS: point.timeS - atS }))],
    progress: [firstProgress, ...progress.slice(later)],
  };
}

function progressAt({ points, progress }: ProgressedMotion, timeS: number): number {
  const later = points.findIndex((point) => point.timeS > timeS);
  if (later < 0) return progress[progress.length - 1] as number;
  if (later === 0) return progress[0] as number;
  const from = (points[later - 1] as TrajectoryPoint).timeS;
  const to = (points[later] as TrajectoryPoint).timeS;
  const before = progress[later - 1] as number;
  return before + (((progress[later] as number) - before) * (timeS - from)) / (to - from);
}

/** The motion with its pace going from 1 to `rate` in `rampS` seconds. */
function ramp(motion: ProgressedMotion, rampS: number, rate: number): ProgressedMotion {
  const points: TrajectoryPoint[] = [];
  const progress: number[] = [];
  const samples = Math.max(LEAST_SAMPLES, Math.ceil(rampS / SAMPLE_S));
  const drop = 1 - rate;
  for (let index = 0; index <= samples; index++) {
    const x = index / samples;
    // Path time, pace and its derivative, of the pace 1 − drop · (3x² − 2x³).
    const pathS = rampS * (x - drop * x * x * x * (1 - 0.5 * x));
    const pace = index === samples ? rate : 1 - drop * x * x * (3 - 2 * x);
    const change = (-drop * 6 * x * (1 - x)) / rampS;
    points.push(atPace(sampleTrajectory(motion.points, pathS), x * rampS, pace, change));
    progress.push(progressAt(motion, pathS));
  }
  if (rate === 0) return { points, progress };
  const coveredS = rampS * (1 - 0.5 * drop);
  motion.points.forEach((point, index) => {
    if (point.timeS <= coveredS) return;
    points.push(atPace(point, rampS + (point.timeS - coveredS) / rate, rate, 0));
    progress.push(motion.progress[index] as number);
  });
  return { points, progress };
}

/** A state of the path, gone through at `pace`, which changes by `change` per second: the chain rule. */
function atPace(state: JointReference, timeS: number, pace: number, change: number): TrajectoryPoint {
  const { positions, velocities, accelerations } = state;
  return {
    timeS,
    positions,
    // Adding 0 turns the −0 of a joint that stops while moving backwards into 0.
    velocities: velocities.map((velocity) => velocity * pace + 0),
    accelerations: accelerations.map(
      (acceleration, joint) => acceleration * pace * pace + (velocities[joint] as number) * change + 0,
    ),
  };
}
