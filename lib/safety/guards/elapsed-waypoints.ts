import type { SafetyReason } from '../verdict.js';

export interface RequestPlace {
  /** Waypoints of the request. */
  readonly count: number;
  /** Progress at which the first of them is due; each later one is due one unit after the one before it. */
  readonly progress: number;
  /** Progress by the time the new motion starts. */
  readonly atProgress: number;
  /** How far ahead a waypoint must lie at least, in waypoints. Default 0.5: a shorter way would be a jerk, not a step. */
  readonly leastAhead?: number;
}

export interface RemainingWaypoints {
  /** Index of the first waypoint that is still ahead; `count` when none is. */
  readonly first: number;
  readonly reasons: readonly SafetyReason[];
}

/**
 * Drops the waypoints whose time has passed while the chunk was computed. That alone is no modification: it is how an
 * asynchronous chunk is meant. One kind, reject: `elapsed`, nothing is left (value = waypoints left, limit = 1).
 * Progress that is not finite counts as passed.
 */
export function remainingWaypoints({
  count,
  progress,
  atProgress,
  leastAhead = 0.5,
}: RequestPlace): RemainingWaypoints {
  let first = 0;
  while (first < count && !isAhead(progress + first - atProgress, leastAhead)) first++;
  if (first < count) return { first, reasons: [] };
  return {
    first,
    reasons: [
      {
        guard: 'chunk-age',
        outcome: 'reject',
        kind: 'elapsed',
        message: `all ${count} waypoints, due from progress ${progress} on, have elapsed by progress ${atProgress}`,
        value: 0,
        limit: 1,
      },
    ],
  };
}

function isAhead(ahead: number, leastAhead: number): boolean {
  return ahead >= leastAhead && ahead < Number.POSITIVE_INFINITY;
}
