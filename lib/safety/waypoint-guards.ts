import type { ChunkInput } from './decision.js';
import { remainingWaypoints } from './guards/elapsed-waypoints.js';
import { filterGripper } from './guards/gripper-hysteresis.js';
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

const elapsed: WaypointGuard = (_, input, draft) => {
  const { progress, startProgress, chunk } = input;
  const { first, reasons } = remainingWaypoints({
    count: draft.joints.length,
    progress,
    atProgress: startProgress,
  });
  const ahead = progress + first - startProgress;
  const whole = Math.round(ahead);
  const steps = Math.abs(ahead - whole) < ROUNDING ? whole : ahead;
  return {
    draft: {
      first,
      joints: draft.joints.slice(first),
      gripper: draft.gripper.slice(first),
      firstS: steps * chunk.secondsPerWaypoint,
    },
    reasons,
  };
};

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
  const { closed, changes, reasons } = filterGripper(values, due, memory.gripper, config);
  return {
    draft: { ...draft, gripper: closed.map((state, index) => (changes[index] ? state : null)) },
    reasons,
  };
};

/** In the order in which they look. */
export const WAYPOINT_GUARDS: readonly WaypointGuard[] = [elapsed, startContinuity, positionLimits, gripper];
