import type { VLAError } from '../errors.js';

/**
 * What became of a chunk. Three ends are possible: the waypoints ran (`stopped: false`); a fault or an abort
 * stopped the robot on the way (`stopped: true`); the chunk was refused before anything was sent (`stopped: true`
 * and `waypointsRun: 0`).
 */
export interface ExecutionOutcome {
  /** Whether the success condition held after the last waypoint that ran. */
  readonly completed: boolean;
  /** Waypoints carried out to their end, gripper included. */
  readonly waypointsRun: number;
  readonly stopped: boolean;
  /** Why it stopped; present exactly when {@link stopped} is true. */
  readonly reason?: VLAError;
}
