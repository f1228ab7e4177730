import { VLAError } from '../../errors.js';
import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../trajectory/sample-trajectory.js';
import type { ClearanceField, FieldFailure, FieldSample } from './clearance-field.js';
import { CurveMotion } from './curve-motion.js';
import { MarginRatchet } from './margin-ratchet.js';

export interface SweepOptions {
  /**
   * Motion of the robot's fastest point below which an undecided interval counts as a collision, m. A path that stays
   * this much outside the margin is always found free. Default 0.005.
   */
  readonly resolution?: number;
  /** Most configurations to ask about; one more and the sweep fails. Default 400. */
  readonly maxQueries?: number;
}

/** The configuration with the least distance to spare of those that were measured. */
export interface NearestApproach {
  /** Seconds from the start of the curve. */
  readonly timeS: number;
  /** Index into {@link ClearanceField.margins}. */
  readonly channel: number;
  readonly pair: readonly [a: string, b: string];
  /** Signed distance, m, the margin not taken off. */
  readonly distance: number;
  /** The distance that was to be kept there, m: the margin, or less on the way out of it. */
  readonly required: number;
}

export type SweepResult =
  | { readonly free: true; readonly queries: number; readonly nearest: NearestApproach }
  | {
      readonly free: false;
      readonly cause: 'collision';
      readonly queries: number;
      /** The latest time up to which the curve is proven free. A curve that ends there must be swept again. */
      readonly freeUntilS: number;
      /** What stands in the way, as measured where the proof ends. */
      readonly nearest: NearestApproach;
    }
  | {
      readonly free: false;
      readonly cause: 'failed';
      readonly queries: number;
      readonly freeUntilS: number;
      /** `query-budget`, `invalid-answer`, or the field's own. */
      readonly failure: FieldFailure;
    };

interface Sampled {
  readonly timeS: number;
  readonly samples: readonly FieldSample[];
}

/**
 * Proves that a curve keeps its margins everywhere, not only at sampled points. No point of the robot moves further
 * than Σ reachᵢ·|Δqᵢ|, so a configuration with clearance c beyond the margin frees all of the curve that is less than
 * c away from it on both sides. Two neighbours whose clearances add up to more than the motion between them free all
 * in between; where they do not, a configuration in between is asked for, until the motion is below the resolution.
 *
 * A start inside a margin does not hold the robot for ever: see {@link MarginRatchet}.
 *
 * The result depends on nothing but the arguments and the field's answers, which are asked for in a fixed order.
 *
 * @param points at least one, by increasing time; the quintic between them is what is swept
 * @throws VLAError INVALID_ARGUMENT; failures of the field are results
 */
export async function sweepCurve(
  points: readonly TrajectoryPoint[],
  field: ClearanceField,
  options: SweepOptions = {},
): Promise<SweepResult> {
  const { resolution, maxQueries } = checkedOptions(options);
  checkReach(field.reach, points);
  const { reach, margins } = field;
  const motion = new CurveMotion(points);
  const endS = (points[points.length - 1] as TrajectoryPoint).timeS;
  let queries = 0;

  const ask = async (timeS: number): Promise<Sampled | FieldFailure> => {
    if (queries >= maxQueries)
      return {
        kind: 'query-budget',
        message: `the curve is not decided after ${maxQueries} queries of the checker`,
      };
    queries++;
    const pending = field.measure(sampleTrajectory(points, timeS).positions);
    const answer = pending instanceof Promise ? await pending : pending;
    if ('failure' in answer) return answer.failure;
    const { samples } = answer;
    const usable = samples.length === margins.length && samples.every((s) => Number.isFinite(s.distance));
    if (usable) return { timeS, samples };
    const got = samples.map((sample) => sample.distance).join(', ');
    return {
      kind: 'invalid-answer',
      message: `expected ${margins.length} finite distances, got ${got || 'none'}`,
    };
  };

  const start = await ask((points[0] as TrajectoryPoint).timeS);
  if ('kind' in start) return { free: false, cause: 'failed', queries, freeUntilS: 0, failure: start };
  const ratchet = new MarginRatchet(margins, distances(start));
  let nearest = approach(start, ratchet.required);
  let proven = start;
  let freeUntilS = start.timeS;
  /** Measured configurations ahead, the next one last. */
  const ahead: Sampled[] = [];

  while (proven.timeS < endS) {
    const next = ahead[ahead.length - 1];
    const required = ratchet.required;
    if (next !== undefined) {
      const between = motion.travel(proven.timeS, next.timeS, reach);
      if (between < spare(proven, next, required)) {
        ahead.pop();
        proven = next;
        ratchet.advance(distances(proven));
        if (ratchet.mayRest(distances(proven))) freeUntilS = proven.timeS;
        continue;
      }
      const undecidable = ratchet.escaping ? Math.min(resolution, ratchet.step) : resolution;
      if (between <= undecidable)
        return {
          free: false,
          cause: 'collision',
          queries,
          freeUntilS,
          nearest: closer(approach(proven, required), approach(next, required)),
        };
    }
    const timeS = nextTime(motion, reach, proven, next?.timeS ?? endS, next !== undefined, required);
    const sampled = await ask(timeS);
    if ('kind' in sampled) return { free: false, cause: 'failed', queries, freeUntilS, failure: sampled };
    nearest = closer(nearest, approach(sampled, required));
    ahead.push(sampled);
  }
  if (freeUntilS < endS)
    return {
      free: false,
      cause: 'collision',
      queries,
      freeUntilS,
      nearest: approach(proven, ratchet.required),
    };
  return { free: true, queries, nearest };
}

/** A little less than twice the clearance ahead: as far as two equal clearances reach. */
const OPTIMISM = 1.9;

/** Where to ask next: as far ahead as the clearance promises, at most halfway to a measured configuration. */
function nextTime(
  motion: CurveMotion,
  reach: readonly number[],
  proven: Sampled,
  beforeS: number,
  measured: boolean,
  required: readonly number[],
): number {
  const clear = Math.max(0, clearance(proven, required));
  const halfway = (proven.timeS + beforeS) / 2;
  const step = motion.timeWithin(proven.timeS, measured ? halfway : beforeS, OPTIMISM * clear, reach);
  // Where the clearance is used up the interval is halved, which always gets on.
  return step > proven.timeS ? step : halfway;
}

function distances({ samples }: Sampled): number[] {
  return samples.map((sample) => sample.distance);
}

/** The least distance beyond what is required, over the channels. */
function clearance({ samples }: Sampled, required: readonly number[]): number {
  return Math.min(...samples.map((sample, channel) => sample.distance - (required[channel] as number)));
}

/** How much motion between two configurations their clearances free, over the channels. */
function spare(one: Sampled, other: Sampled, required: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let channel = 0; channel < required.length; channel++) {
    const keep = required[channel] as number;
    const first = (one.samples[channel] as FieldSample).distance - keep;
    const second = (other.samples[channel] as FieldSample).distance - keep;
    // Inside the margin at either end is a violation, however far outside the other end is.
    least = Math.min(least, first < 0 || second < 0 ? Number.NEGATIVE_INFINITY : first + second);
  }
  return least;
}

function approach({ timeS, samples }: Sampled, required: readonly number[]): NearestApproach {
  let channel = 0;
  const over = (index: number) => (samples[index] as FieldSample).distance - (required[index] as number);
  for (let index = 1; index < samples.length; index++) if (over(index) < over(channel)) channel = index;
  const { pair, distance } = samples[channel] as FieldSample;
  return { timeS, channel, pair, distance, required: required[channel] as number };
}

function closer(one: NearestApproach, other: NearestApproach): NearestApproach {
  return other.distance - other.required < one.distance - one.required ? other : one;
}

function checkedOptions({ resolution = 0.005, maxQueries = 400 }: SweepOptions): Required<SweepOptions> {
  if (!(resolution > 0 && Number.isFinite(resolution)))
    throw new VLAError('INVALID_ARGUMENT', `resolution must be above 0 m, got ${resolution}`);
  if (!(Number.isInteger(maxQueries) && maxQueries > 0))
    throw new VLAError('INVALID_ARGUMENT', `maxQueries must be a whole number above 0, got ${maxQueries}`);
  return { resolution, maxQueries };
}

function checkReach(reach: readonly number[], points: readonly TrajectoryPoint[]): void {
  const joints = points[0]?.positions.length;
  if (joints === undefined)
    throw new VLAError('INVALID_ARGUMENT', 'a sweep needs at least one point, got none');
  if (reach.length !== joints || !reach.every((value) => Number.isFinite(value) && value >= 0))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `reach needs one finite number ≥ 0 for each of the ${joints} joints, got [${reach.join(', ')}]`,
      { hint: 'reach is in m per rad: how far the farthest robot point is from the axis of the joint.' },
    );
}
