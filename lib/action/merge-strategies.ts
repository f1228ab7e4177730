import { VLAError } from '../errors.js';
import type { Waypoint } from './action-chunk.js';
import { dueAt, type PlacedChunk, sampleWaypoints } from './chunk-timeline.js';

/** How a new chunk and those before it become the waypoints that are sent. */
export interface MergeStrategy {
  readonly name: string;
  /** How many chunks it needs, the newest included, for chunks of `horizon` waypoints. */
  readonly keep: (horizon: number) => number;
  /**
   * The waypoints to send, on the grid of the newest chunk: as many, due at the same progress.
   *
   * @param chunks oldest first, the newest last; at least one
   */
  readonly merge: (chunks: readonly PlacedChunk[]) => readonly Waypoint[];
}

/** Strategies that a scheduler knows by name. */
export type MergeName = 'replace' | 'weightedAverage' | 'average' | 'conservative' | 'ensemble' | 'fusion';

/** The newest chunk alone. */
export const replace: MergeStrategy = {
  name: 'replace',
  keep: () => 1,
  merge: (chunks) => newestOf(chunks).waypoints,
};

/**
 * `(1 − newShare) · old + newShare · new` where the two overlap, the new chunk alone beyond the old one's end. The old
 * one is what was sent before, itself a merge: LeRobot's queue (`weighted_average` 0.7, `average` 0.5, `conservative`
 * 0.3).
 *
 * @param newShare 0 … 1
 * @throws VLAError INVALID_ARGUMENT
 */
export function weightedAverage(newShare = 0.7, name = 'weightedAverage'): MergeStrategy {
  if (!(newShare >= 0 && newShare <= 1))
    throw new VLAError('INVALID_ARGUMENT', `newShare must be 0 … 1, got ${newShare}`);
  return {
    name,
    keep: () => 2,
    merge: (chunks) => {
      const previous = chunks.at(-2);
      return combine(newestOf(chunks), (progress, own) => {
        const old = previous && sampleWaypoints(previous.planned, dueAt(previous, 0), progress);
        if (old === undefined || old.pastEnd) return [[1, own]];
        return [
          [1 - newShare, old.waypoint.joints],
          [newShare, own],
        ];
      });
    },
  };
}

/**
 * Temporal ensembling of ACT (Zhao et al. 2023): everything predicted for one instant is averaged with the weights
 * wᵢ = exp(−m·i), i = 0 the oldest of these predictions.
 *
 * @param m 0 or more; larger values trust older predictions more
 * @throws VLAError INVALID_ARGUMENT
 */
export function ensemble(m = 0.01): MergeStrategy {
  if (!(m >= 0 && Number.isFinite(m)))
    throw new VLAError('INVALID_ARGUMENT', `m must be finite, 0 or more, got ${m}`);
  return {
    name: 'ensemble',
    keep: (horizon) => horizon,
    merge: (chunks) =>
      combine(newestOf(chunks), (progress, own) => {
        const older = predictions(chunks.slice(0, -1), progress).map(({ joints }) => joints);
        return [...older, own].map((joints, i) => [Math.exp(-m * i), joints]);
      }),
  };
}

/**
 * Temporal fusion (FlashRT): the newest 3 chunks at most with the weights exp(−decay·|i_old − i_new|), where i is the
 * index of the instant in each chunk. Their difference is how many waypoints older a chunk is.
 *
 * @param decay 0 or more
 * @throws VLAError INVALID_ARGUMENT
 */
export function fusion(decay = 0.1): MergeStrategy {
  if (!(decay >= 0 && Number.isFinite(decay)))
    throw new VLAError('INVALID_ARGUMENT', `decay must be finite, 0 or more, got ${decay}`);
  return {
    name: 'fusion',
    keep: () => 3,
    merge: (chunks) => {
      const newest = newestOf(chunks);
      return combine(newest, (progress, own) => [
        ...predictions(chunks.slice(-3, -1), progress).map(
          ({ base, joints }): Weighted => [Math.exp(-decay * Math.abs(newest.base - base)), joints],
        ),
        [1, own],
      ]);
    },
  };
}

const STRATEGIES: Readonly<Record<MergeName, () => MergeStrategy>> = {
  replace: () => replace,
  weightedAverage: () => weightedAverage(),
  average: () => weightedAverage(0.5, 'average'),
  conservative: () => weightedAverage(0.3, 'conservative'),
  ensemble: () => ensemble(),
  fusion: () => fusion(),
};

/**
 * A strategy by its name, with its published parameters.
 *
 * @throws VLAError UNSUPPORTED_POLICY for `rtc`, INVALID_ARGUMENT for any other unknown name
 */
export function mergeStrategy(name: string): MergeStrategy {
  if (name === 'rtc')
    throw new VLAError(
      'UNSUPPORTED_POLICY',
      'merge: real-time chunking (rtc) guides each denoising step of the policy, but this policy is one model from ' +
        'observation to actions, which leaves no step to guide',
      { hint: 'Export the denoising step as a model of its own, or use "weightedAverage" or "ensemble".' },
    );
  const known: Readonly<Record<string, () => MergeStrategy>> = STRATEGIES;
  const create = Object.hasOwn(known, name) ? known[name] : undefined;
  if (create === undefined)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `merge: expected ${Object.keys(STRATEGIES).join(', ')} or a strategy object, got ${JSON.stringify(name)}`,
    );
  return create();
}

type Weighted = readonly [weight: number, joints: readonly number[]];

/**
 * The newest chunk with its joints replaced by weighted means. Its gripper values stay: a mean of open and closed
 * would only delay the change, and the guards give the gripper a hysteresis.
 */
function combine(
  newest: PlacedChunk,
  terms: (progress: number, own: readonly number[]) => readonly Weighted[],
): readonly Waypoint[] {
  return newest.waypoints.map((waypoint, index) => {
    const weighted = terms(dueAt(newest, index), waypoint.joints);
    // One prediction is taken as it is: multiplied and divided by its weight it would not be bit-identical.
    if (weighted.length === 1) return waypoint;
    const total = weighted.reduce((sum, [weight]) => sum + weight, 0);
    const joints = waypoint.joints.map(
      (_, joint) =>
        weighted.reduce((sum, [weight, values]) => sum + weight * (values[joint] as number), 0) / total,
    );
    return { ...waypoint, joints };
  });
}

/** What each chunk itself predicted for an instant, oldest first; chunks that do not reach so far are left out. */
function predictions(
  chunks: readonly PlacedChunk[],
  progress: number,
): readonly { readonly base: number; readonly joints: readonly number[] }[] {
  return chunks.flatMap((placed) => {
    const sample = sampleWaypoints(placed.waypoints, dueAt(placed, 0), progress);
    if (sample === undefined || sample.pastEnd) return [];
    return [{ base: placed.base, joints: sample.waypoint.joints }];
  });
}

function newestOf(chunks: readonly PlacedChunk[]): PlacedChunk {
  const newest = chunks.at(-1);
  if (newest === undefined) throw new VLAError('INVALID_ARGUMENT', 'expected at least one chunk to merge');
  return newest;
}
