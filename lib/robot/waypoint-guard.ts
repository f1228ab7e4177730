import type { ActionChunk, Waypoint } from '../action/action-chunk.js';
import type { Adjustment } from './execution-outcome.js';

export interface WaypointContext {
  /** Index of the waypoint in its chunk. */
  readonly index: number;
  /** The time that the chunk plans for the waypoint, seconds. */
  readonly durationS: number;
  /** The joints sent just before in the same chunk, rad; undefined at the chunk's first waypoint. */
  readonly from: readonly number[] | undefined;
}

/** What is sent to the robot in place of the waypoint. */
export interface GuardedWaypoint extends Waypoint {
  /** Seconds that the motion takes. */
  readonly durationS: number;
  /** What was changed, empty when the waypoint passes as it is. */
  readonly adjustments: readonly Adjustment[];
}

/** Passes or changes a waypoint just before it is sent. Throwing a VLAError stops the robot with that reason. */
export type WaypointGuard = (
  waypoint: Waypoint,
  context: WaypointContext,
) => GuardedWaypoint | Promise<GuardedWaypoint>;

/** Looks at a whole chunk before its first waypoint. Throwing a VLAError refuses the chunk: nothing is sent. */
export type ChunkGate = (chunk: ActionChunk) => void;
