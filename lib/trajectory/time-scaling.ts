import type { JointReference, TrajectoryPoint } from './joint-trajectory.js';
import { LimitCheck } from './limit-check.js';
import { type LimitViolation, type MotionLimits, packLimits } from './motion-limits.js';
import { WaypointCurve } from './waypoint-curve.js';

const MAX_TRIES = 12;
const MAX_REFINEMENTS = 5;
/** A gain in pace that is worth another try. */
const WORTH_IT = 1.03;
/** Least step down from a pace that failed, for a start in motion, where the ratio says little. */
const LEAST_STEP = 0.97;

export interface ScalingRequest {
  /** The state from which the motion goes on. */
  readonly start: JointReference;
  /** Joint positions, at least one; the motion ends at rest in the last. */
  readonly waypoints: readonly (readonly number[])[];
  /** Seconds from the start to the first waypoint at pace 1, above 0. */
  readonly firstS: number;
  /** Seconds from each waypoint to the next at pace 1, above 0. */
  readonly stepS: number;
  readonly limits: MotionLimits;
  /** The pace that is tried first, default 1. */
  readonly maxScale?: number;
  /** The slowest pace that is looked for below it, default 0.1; `maxScale` itself is tried in any case. */
  readonly minScale?: number;
}

export type ScalingResult =
  | {
      readonly ok: true;
      /** The pace: times are 1 / scale of those planned. */
      readonly scale: number;
      /** The start, then one point per waypoint. */
      readonly points: readonly TrajectoryPoint[];
      /** firstS / scale and stepS / scale: scaled again with these, the same motion comes out at scale 1. */
      readonly firstS: number;
      readonly stepS: number;
    }
  | {
      readonly ok: false;
      /** What was wrong at the pace that was tried first. */
      readonly violation: LimitViolation;
      /** The pace that it takes, below minScale; from a start in motion, or outside positions, the last one tried. */
      readonly scale: number;
    };

/**
 * The fastest motion through the waypoints whose exact curve is inside the limits. One scale stretches the time of
 * all joints and waypoints, so the path stays the policy's. A motion that is inside at the first pace keeps its times
 * bit for bit.
 *
 * From rest, slowing to a pace of s turns velocities into s, accelerations into s² and jerks into s³ of what they
 * were, so the pace follows from the worst ratio. From a start in motion it does not (a robot that is under way must
 * swing wide to be slow), so paces are tried downwards. Either way the result has been checked.
 *
 * A start faster than its limits, or outside its positions and moving further out, is a violation at any pace: let the
 * motion before it run to its own end, which is at rest, and start from there. A start at rest outside its positions
 * may come back.
 */
export function scaleToLimits(request: ScalingRequest): ScalingResult {
  const { start, waypoints, firstS, stepS, maxScale = 1, minScale = 0.1 } = request;
  const limits = packLimits(request.limits);
  const curve = new WaypointCurve(start, waypoints, limits);
  const check = new LimitCheck(limits);
  const fit = (scale: number) => {
    const { times } = curve.knots;
    for (let index = 1; index < times.length; index++)
      times[index] = firstS / scale + (index - 1) * (stepS / scale);
    curve.fit();
    return curve.knots;
  };
  const passes = (scale: number) => check.run(fit(scale));
  const accepted = (scale: number): ScalingResult => ({
    ok: true,
    scale,
    points: curve.knots.toPoints(),
    firstS: firstS / scale,
    stepS: stepS / scale,
  });

  if (passes(maxScale)) return accepted(maxScale);
  const violation = check.violation as LimitViolation;
  const resting = isZero(start.velocities) && isZero(start.accelerations);
  let failing = maxScale;
  for (let tries = 1; tries < MAX_TRIES && failing > minScale; tries++) {
    const step = 1 / check.slowdown;
    if (resting && step === 0) break;
    const scale = resting ? failing * step : Math.max(minScale, failing * stepFromMotion(step));
    if (!(scale >= minScale)) return { ok: false, violation, scale };
    if (passes(scale)) {
      if (resting) return accepted(scale);
      const fastest = refine(passes, scale, failing);
      fit(fastest);
      return accepted(fastest);
    }
    failing = Math.min(scale, failing * (1 - Number.EPSILON));
  }
  return { ok: false, violation, scale: failing };
}

function stepFromMotion(step: number): number {
  return step === 0 ? 0.8 : Math.min(LEAST_STEP, Math.max(0.3, step));
}

/** The fastest pace found between one that passed and one that failed. The curve is left fitted to any of them. */
function refine(passes: (scale: number) => boolean, passed: number, failed: number): number {
  let slow = passed;
  let fast = failed;
  // The ratio step that passed is mostly a good one, so the next try is just above it and often the last.
  for (
    let pace = WORTH_IT * slow, round = 0;
    pace < fast && round < MAX_REFINEMENTS;
    pace = 0.5 * (slow + fast), round++
  ) {
    if (passes(pace)) slow = pace;
    else fast = pace;
    if (fast <= WORTH_IT * slow) break;
  }
  return slow;
}

function isZero(values: readonly number[]): boolean {
  return values.every((value) => value === 0);
}
