import { VLAError } from '../../errors.js';
import type { TrajectoryPoint } from '../../trajectory/joint-trajectory.js';
import type { SafetyReason } from '../verdict.js';
import type { CheckerSource } from './checker-source.js';
import type { ClearanceField, FieldSample } from './clearance-field.js';
import type { Clearance } from './collision-checker.js';
import { type NearestApproach, type SweepOptions, sweepCurve } from './sweep.js';

export interface SweptCollisionOptions extends SweepOptions {
  /** Distance to keep from everything that is not the robot, m. Default 0.02. */
  readonly environmentMargin?: number;
  /** Distance to keep between parts of the robot, m. Default 0.01. */
  readonly selfMargin?: number;
}

export type SweptCollision =
  | {
      readonly free: true;
      /** Where the least was left of a margin, among the configurations that were measured. */
      readonly nearest: NearestApproach;
      readonly queries: number;
    }
  | {
      readonly free: false;
      /** Latest time up to which the curve is proven free, s. Sweep the shortened curve, with its stop, again. */
      readonly freeUntilS: number;
      /**
       * Guard `collision`, outcome truncate: `collision-predicted` (value: distance measured, m; limit: distance to
       * keep, m). Guard `checker-health`, outcome reject: `checker-threw`, `checker-invalid`, `checker-timeout`,
       * `query-budget` (limit: queries allowed).
       */
      readonly reason: SafetyReason;
      readonly queries: number;
    };

/**
 * Sweeps a curve against the surroundings and against the robot itself, with the gripper as it is. A start inside a
 * margin may be left but not deepened, see {@link MarginRatchet}.
 *
 * @throws VLAError INVALID_ARGUMENT; failures of the checker are results
 */
export async function sweptCollision(
  points: readonly TrajectoryPoint[],
  gripper: number | undefined,
  source: CheckerSource,
  options: SweptCollisionOptions = {},
): Promise<SweptCollision> {
  const result = await sweepCurve(points, collisionField(source, gripper, options), options);
  const { queries } = result;
  if (result.free) return { free: true, nearest: result.nearest, queries };
  const { freeUntilS } = result;
  if (result.cause === 'failed') {
    const { kind, message } = result.failure;
    return {
      free: false,
      freeUntilS,
      reason: { guard: 'checker-health', outcome: 'reject', kind, message },
      queries,
    };
  }
  const { pair, distance, required, timeS, channel } = result.nearest;
  const from = channel === 1 ? 'itself' : 'its surroundings';
  return {
    free: false,
    freeUntilS,
    reason: {
      guard: 'collision',
      outcome: 'truncate',
      kind: 'collision-predicted',
      message:
        `the robot must keep ${millimetres(required)} from ${from}, ` +
        `but ${pair[0]} comes within ${millimetres(distance)} of ${pair[1]} at ${timeS.toFixed(3)} s`,
      value: distance,
      limit: required,
    },
    queries,
  };
}

/** The distances of a checker as a field: channel 0 is the environment, channel 1 the robot itself. */
export function collisionField(
  source: CheckerSource,
  gripper: number | undefined,
  { environmentMargin = 0.02, selfMargin = 0.01 }: SweptCollisionOptions = {},
): ClearanceField {
  for (const [name, margin] of Object.entries({ environmentMargin, selfMargin }))
    if (!(margin >= 0 && Number.isFinite(margin)))
      throw new VLAError('INVALID_ARGUMENT', `${name} must be 0 or more metres, got ${margin}`);
  return {
    reach: source.reach,
    margins: [environmentMargin, selfMargin],
    measure(joints) {
      const answer = source.ask(joints, gripper);
      return answer instanceof Promise ? answer.then(fieldAnswer) : fieldAnswer(answer);
    },
  };
}

type Answer = Awaited<ReturnType<CheckerSource['ask']>>;
type FieldAnswer = Awaited<ReturnType<ClearanceField['measure']>>;

function fieldAnswer(answer: Answer): FieldAnswer {
  if ('failure' in answer) return answer;
  return { samples: [sampleOf(answer.environment), sampleOf(answer.self)] };
}

function sampleOf({ distance, a, b }: Clearance): FieldSample {
  return { distance, pair: [a || 'the robot', b || 'anything'] };
}

function millimetres(metres: number): string {
  return `${(1000 * metres).toFixed(1)} mm`;
}
