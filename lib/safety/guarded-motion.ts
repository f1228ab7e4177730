import type { ActionChunk, Waypoint } from '../action/action-chunk.js';
import type { VLAError } from '../errors.js';
import type { JointReference } from '../trajectory/joint-trajectory.js';
import type { Outcome, SafetyReason } from './verdict.js';

/**
 * Waypoints that a scheduler wants to run. They are placed on the axis of *progress*: the number of waypoints, with
 * fractions, that the robot has consumed since its executor was made. It stands still while the robot rests.
 */
export interface MotionRequest {
  /** The newest chunk behind the waypoints: its stamps and its number are what is judged. */
  readonly chunk: ActionChunk;
  /** One after the other, one unit of progress apart. */
  readonly waypoints: readonly Waypoint[];
  /** Progress at which the first of them is to be reached. Those that lie behind by then are dropped. */
  readonly progress: number;
  readonly instruction: string;
  /** How many of them to run, from the first that still lies ahead, 1 or more. Default: all. The whole is judged. */
  readonly most?: number;
}

/** What the guards made of a request. */
export interface Submission {
  readonly outcome: Outcome;
  readonly reasons: readonly SafetyReason[];
  /** Waypoints that were sent, after dropping and truncation. */
  readonly waypointsSent: number;
  /** Share of the planned pace, 1 = as planned. */
  readonly timeScale: number;
  /** Milliseconds that the guards took (wall clock). */
  readonly guardMs: number;
  /** When the robot took the command over: milliseconds on its clock; undefined when nothing was sent. */
  readonly commandedAt: number | undefined;
  /** The worst reason as an error; present unless the outcome is pass or modify. */
  readonly error?: VLAError;
}

/** What one control tick found. */
export interface MotionStatus {
  /** Waypoints of the running motion that are still ahead, with fractions; 0 at rest. */
  readonly remaining: number;
  /** Whether an arm motion or a gripper action is under way. */
  readonly moving: boolean;
  /** Waypoints of the running motion that were passed since the last tick. */
  readonly passed: readonly Waypoint[];
  /** Set once the executor has stopped and latched. */
  readonly latched: VLAError | undefined;
}

/** What a scheduler drives: the safe side of a robot. Implemented by SafeVLAExecutor. */
export interface GuardedMotion {
  /** Progress at an instant of the robot's clock, past or planned. */
  progressAt(timeMs: number): number;
  /** The commanded state at an instant of the robot's clock; undefined before the first motion. */
  referenceAt(timeMs: number): JointReference | undefined;
  /** Judges the request and, if it passes, has the robot follow it in place of the running motion. */
  submit(request: MotionRequest): Promise<Submission>;
  /** Watches the running motion and moves the gripper when its waypoint is reached. Call it at the control rate. */
  tick(): Promise<MotionStatus>;
  /** Goes on along the same path at `rate` (0 … 1) of its pace; 0 brakes to rest on the path. */
  slowTo(rate: number): Promise<void>;
}
