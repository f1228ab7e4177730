import type { VLAError } from '../errors.js';

/** A joint target outside its limits was moved to the nearest limit. */
export interface PositionClamped {
  readonly kind: 'position_clamped';
  /** Index of the waypoint in its chunk. */
  readonly waypoint: number;
  /** Index of the joint in the robot's order. */
  readonly joint: number;
  readonly jointName: string;
  /** The target that the policy asked for, rad. */
  readonly value: number;
  /** The limit that was sent instead, rad. */
  readonly limit: number;
}

/** A waypoint that asked for too much speed was given more time; its path is unchanged. */
export interface TimeStretched {
  readonly kind: 'time_stretched';
  /** Index of the waypoint in its chunk. */
  readonly waypoint: number;
  /** Index of the joint that needs the most time, in the robot's order. */
  readonly joint: number;
  readonly jointName: string;
  /** The speed that the waypoint asked of this joint, rad/s. */
  readonly value: number;
  /** The speed limit of this joint, rad/s. */
  readonly limit: number;
  /** The time that the waypoint was planned to take, seconds. */
  readonly plannedS: number;
  /** The time that it was given, seconds. */
  readonly stretchedS: number;
}

/** One change that a guard made to a waypoint before it was sent. */
export type Adjustment = PositionClamped | TimeStretched;

/**
 * What became of a chunk. Three ends are possible: the waypoints ran (`stopped: false`); a fault or an abort
 * stopped the robot on the way (`stopped: true`); the chunk was refused before anything was sent (`stopped: true`
 * and `waypointsRun: 0`, with CHUNK_INVALID or CHUNK_STALE as the reason).
 */
export interface ExecutionOutcome {
  /** Whether the success condition held after the last waypoint that ran. */
  readonly completed: boolean;
  /** Waypoints carried out to their end, gripper included. */
  readonly waypointsRun: number;
  readonly stopped: boolean;
  /** Why it stopped; present exactly when {@link stopped} is true. */
  readonly reason?: VLAError;
  /** The changes made to the waypoints that were sent, in order. */
  readonly adjustments: readonly Adjustment[];
}
