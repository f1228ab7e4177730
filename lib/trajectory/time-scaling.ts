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
/** Most step down from there: the paces that pass may be few, with others that fail on both sides. */
const MOST_STEP = 0.8;

export interface ScalingRequest {
  /** The state from which the motion goes on. */
  readonly start: JointReference;
  /** Joint positions, at least one; the motion ends at rest in the last. */
  readonly waypoints: readonly (readonly number[])[];
  /** Seconds from the start to the first waypoint at pace 1, above 0. */
  readonly firstS: number;
  /** Seconds from each waypoint to the next at pace 1, above 0. */
  readonly stepS: number;
  /** Seconds from the last waypoint but one to the last at pace 1, above 0. Default {@link stepS}. */
  readonly lastS?: number;
  readonly limits: MotionLimits;
  /** The pace that is tried first, default 1. */
  readonly maxScale?: number;
  /**
   * The slowest pace that is looked for below it, default 0.1, and the least share of the planned time over the time
   * taken where the ends get more; `maxScale` itself is tried in any case.
   */
  readonly minScale?: number;
}

export type ScalingResult =
  | {
      readonly ok: true;
      /** The pace between the ends: times there are 1 / scale of those planned. */
      readonly scale: number;
      /** Time planned over time taken, from the start to rest; {@link scale} unless the ends were given more time. */
      readonly timeShare: number;
      /** The start, then one point per waypoint. */
      readonly points: readonly TrajectoryPoint[];
      /** The times as they are now: scaled again with these, the same motion comes out at scale 1. */
      readonly firstS: number;
      readonly stepS: number;
      readonly lastS: number;
    }
  | {
      readonly ok: false;
      /** What was wrong at the pace that was tried first. */
      readonly violation: LimitViolation;
      /** The pace that it takes, below minScale; from a start in motion, or outside positions, the last one tried. */
      readonly scale: number;
    };

/**
 * The fastest motion found through the waypoints whose exact curve is inside the limits. All joints share its times, so
 * the path stays the policy's. A motion that is inside at the first pace keeps its times bit for bit.
 *
 * Of one that is not, either the whole is slowed, or its ends are: the time in which it sets off from rest and the one
 * in which it comes to rest, which the policy did not ask for and the invariant needs. Whichever takes less time.
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
  const { maxScale = 1, minScale = 0.1 } = request;
  const fit = new PacedFit(request);
  if (fit.passes({ scale: maxScale, ends: 1 })) return fit.accepted({ scale: maxScale, ends: 1 });
  const violation = fit.violation;

  let fastest: Pace | undefined;
  let failed = minScale;
  for (const ends of fit.hasMiddle ? END_STRETCHES : [1]) {
    const found = fastestPace(fit, ends, maxScale, minScale);
    if (typeof found === 'number') {
      if (ends === 1) failed = found;
    } else if (ends > 1 && fit.timeShare(found) < minScale) continue;
    else if (fastest === undefined || fit.duration(found) < fit.duration(fastest)) fastest = found;
  }
  if (fastest === undefined) return { ok: false, violation, scale: failed };
  fit.apply(fastest);
  return fit.accepted(fastest);
}

/** A pace, and how much more time than that the ends get. */
interface Pace {
  readonly scale: number;
  readonly ends: number;
}

/** How much more time the ends may get. */
const END_STRETCHES = [1, 2, 4];

/** The curve of one request at any pace, and whether it is inside the limits. */
class PacedFit {
  readonly resting: boolean;
  /** Whether there is anything between the ends. */
  readonly hasMiddle: boolean;
  readonly #request: ScalingRequest;
  readonly #lastS: number;
  readonly #curve: WaypointCurve;
  readonly #check: LimitCheck;

  constructor(request: ScalingRequest) {
    const { start, waypoints, stepS, lastS = stepS } = request;
    const limits = packLimits(request.limits);
    this.#request = request;
    this.#lastS = lastS;
    this.#curve = new WaypointCurve(start, waypoints, limits);
    this.#check = new LimitCheck(limits);
    this.resting = isZero(start.velocities) && isZero(start.accelerations);
    this.hasMiddle = waypoints.length > (this.resting ? 2 : 1);
  }

  /** The violation of the curve that failed last. */
  get violation(): LimitViolation {
    return this.#check.violation as LimitViolation;
  }

  /** By how much the curve that failed last has to be slower, from rest. */
  get slowdown(): number {
    return this.#check.slowdown;
  }

  apply(pace: Pace): void {
    const { firstS, stepS, lastS } = this.#times(pace);
    const { times } = this.#curve.knots;
    const last = times.length - 1;
    for (let index = 1; index <= last; index++) times[index] = firstS + (index - 1) * stepS;
    if (last > 1 && lastS !== stepS) times[last] = (times[last - 1] as number) + lastS;
    this.#curve.fit();
  }

  passes(pace: Pace): boolean {
    this.apply(pace);
    return this.#check.run(this.#curve.knots);
  }

  duration(pace: Pace): number {
    const { firstS, stepS, lastS } = this.#times(pace);
    const { length } = this.#request.waypoints;
    return length === 1 ? firstS : firstS + (length - 2) * stepS + lastS;
  }

  /** Time planned over time taken. */
  timeShare(pace: Pace): number {
    if (pace.ends === 1) return pace.scale;
    return this.duration({ scale: 1, ends: 1 }) / this.duration(pace);
  }

  /** The result, with the curve as it is fitted now. */
  accepted(pace: Pace): ScalingResult {
    return {
      ok: true,
      scale: pace.scale,
      timeShare: this.timeShare(pace),
      points: this.#curve.knots.toPoints(),
      ...this.#times(pace),
    };
  }

  #times({ scale, ends }: Pace): { firstS: number; stepS: number; lastS: number } {
    const { firstS, stepS } = this.#request;
    return {
      firstS: (this.resting ? firstS * ends : firstS) / scale,
      stepS: stepS / scale,
      lastS: (this.#lastS * ends) / scale,
    };
  }
}

/** The fastest pace found that passes with its ends stretched as given, or the last that failed. */
function fastestPace(fit: PacedFit, ends: number, maxScale: number, minScale: number): Pace | number {
  const passes = (scale: number) => fit.passes({ scale, ends });
  if (passes(maxScale)) return { scale: maxScale, ends };
  let failing = maxScale;
  for (let tries = 1; tries < MAX_TRIES && failing > minScale; tries++) {
    const step = 1 / fit.slowdown;
    if (fit.resting && step === 0) break;
    const scale = fit.resting ? failing * step : Math.max(minScale, failing * stepFromMotion(step));
    if (!(scale >= minScale)) return scale;
    if (passes(scale)) return { scale: fit.resting ? scale : refine(passes, scale, failing), ends };
    failing = Math.min(scale, failing * (1 - Number.EPSILON));
  }
  return failing;
}

function stepFromMotion(step: number): number {
  return step === 0 ? MOST_STEP : Math.min(LEAST_STEP, Math.max(MOST_STEP, step));
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
