import type { ChunkInput } from './decision.js';
import { remainingWaypoints } from './guards/elapsed-waypoints.js';
import { filterGripper, missedGripperChange, repeatedGripperChange } from './guards/gripper-hysteresis.js';
import { limitPositions } from './guards/position-limits.js';
import { checkStart } from './guards/start-continuity.js';
import type { SafetyConfig } from './safety-options.js';
import type { SafetyReason } from './verdict.js';

/** The waypoints on their way through the guards. */
export interface Draft {
  /** Index of the first waypoint of the request that is left. */
  readonly first: number;
  /** Joint targets of what is left, rad. */
  readonly joints: readonly (readonly number[])[];
  /** What the gripper is told at each of them; null = nothing. */
  readonly gripper: readonly (boolean | null)[];
  /** Seconds from the start of the motion to the first of them. */
  readonly firstS: number;
}

export interface DraftResult {
  readonly draft: Draft;
  readonly reasons: readonly SafetyReason[];
}

/** Drops, changes or cuts waypoints. A reason to reject refuses the request. */
export type WaypointGuard = (config: SafetyConfig, input: ChunkInput, draft: Draft) => DraftResult;

/** Progress is a sum of fractions; what is a whole number but for rounding is meant to be one. */
const ROUNDING = 1e-9;

/** A waypoint that lies behind, but was never passed, is reached in this many steps. */
const CATCH_UP = 0.5;

/**
 * Which waypoints are still ahead. Time tells, except where the gripper changes: a change that lies behind and was never
 * made is made up for, and what leads up to one that an older chunk has made meanwhile is left out.
 */
const elapsed: WaypointGuard = (config, input, draft) => {
  const { progress, startProgress, chunk, waypoints, memory } = input;
  const most = input.most ?? Number.POSITIVE_INFINITY;
  const count = draft.joints.length;
  const remaining = remainingWaypoints({ count, progress, atProgress: startProgress });
  const values = waypoints.map(({ gripper }) => gripper);
  const missed = missedGripperChange(
    values.slice(0, remaining.first),
    memory.gripper,
    config,
    chunk.capturedAt,
  );
  const repeated = repeatedGripperChange(values, memory.gripper, config, chunk.capturedAt) ?? count;
  const from = (first: number, steps: number, reasons: readonly SafetyReason[] = []): DraftResult => ({
    draft: {
      first,
      joints: draft.joints.slice(first, first + most),
      gripper: draft.gripper.slice(first, first + most),
      firstS: steps * chunk.secondsPerWaypoint,
    },
    reasons,
  });
  const ahead = (first: number) => snapped(progress + first - startProgress);
  if (missed !== undefined) return from(missed, Math.max(CATCH_UP, ahead(missed)));
  if (repeated >= remaining.first && repeated + 1 < count) return from(repeated + 1, 1);
  return from(remaining.first, ahead(remaining.first), remaining.reasons);
};

function snapped(steps: number): number {
  const whole = Math.round(steps);
  return Math.abs(steps - whole) < ROUNDING ? whole : steps;
}

const startContinuity: WaypointGuard = (config, { reference, expected, measured }, draft) => ({
  draft,
  reasons: checkStart(
    {
      reference: reference?.positions ?? null,
      expected,
      measured: measured.positions,
      first: draft.joints[0] ?? [],
      secondsToFirst: draft.firstS,
    },
    config,
  ),
});

const positionLimits: WaypointGuard = (config, _, draft) => {
  const { waypoints, reasons } = limitPositions(draft.joints, config);
  return {
    draft: { ...draft, joints: waypoints, gripper: draft.gripper.slice(0, waypoints.length) },
    // Reasons name the waypoint by its place in the chunk.
    reasons: reasons.map((reason) =>
      reason.waypoint === undefined ? reason : { ...reason, waypoint: reason.waypoint + draft.first },
    ),
  };
};

const gripper: WaypointGuard = (config, { waypoints, startMs, chunk, memory }, draft) => {
  const values = draft.joints.map((_, index) => waypoints[draft.first + index]?.gripper ?? null);
  const due = values.map((_, index) => startMs + 1000 * (draft.firstS + index * chunk.secondsPerWaypoint));
  const { closed, changes, reasons } = filterGripper(values, due, memory.gripper, config, chunk.capturedAt);
  return {
    draft: { ...draft, gripper: closed.map((state, index) => (changes[index] ? state : null)) },
    reasons,
  };
};

/** In the order in which they look. */
export const WAYPOINT_GUARDS: readonly WaypointGuard[] = [elapsed, startContinuity, positionLimits, gripper];
