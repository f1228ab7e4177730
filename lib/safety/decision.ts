import type { JointReference, TrajectoryPoint } from '../trajectory/joint-trajectory.js';
import type { LatchState } from './guards/latch.js';
import type { Outcome, SafetyReason } from './verdict.js';

/** What a chunk says of itself. */
export interface ChunkIdentity {
  readonly sequence: number;
  /** Milliseconds on the robot's clock. */
  readonly capturedAt: number;
  readonly secondsPerWaypoint: number;
  readonly shape: readonly number[];
  readonly jointNames: readonly string[];
  readonly jointUnits: readonly string[];
  /** Milliseconds that its inference took. */
  readonly inferenceMs: number;
  readonly frameFingerprint: number | null;
}

export interface RequestedWaypoint {
  readonly joints: readonly number[];
  readonly gripper: number | null;
}

/** What the guards remember from one decision to the next. */
export interface SafetyMemory {
  /** The last chunk that was let through. */
  readonly sequence: number | null;
  readonly capturedAt: number | null;
  readonly frame: {
    readonly fingerprint: number;
    readonly count: number;
    readonly positions: readonly number[];
  } | null;
  readonly structureRejects: number;
  readonly gripper: { readonly closed: boolean | null; readonly changedAtMs: number | null };
  /** When the last reset was; older observations count no more. */
  readonly resetAtMs: number | null;
}

export const FRESH_MEMORY: SafetyMemory = {
  sequence: null,
  capturedAt: null,
  frame: null,
  structureRejects: 0,
  gripper: { closed: null, changedAtMs: null },
  resetAtMs: null,
};

/** Everything that a verdict on a chunk depends on, besides the configuration and the answers of the models. */
export interface ChunkInput {
  readonly type: 'chunk';
  readonly nowMs: number;
  readonly latch: LatchState;
  /** Why the watchdog has tripped; null while it has not. */
  readonly watchdogTrip: string | null;
  readonly chunk: ChunkIdentity;
  readonly waypoints: readonly RequestedWaypoint[];
  /** How many of them to run at most; null = all. */
  readonly most: number | null;
  /** Progress of the first waypoint. */
  readonly progress: number;
  /** When the new motion would start, and the progress by then. */
  readonly startMs: number;
  readonly startProgress: number;
  readonly measured: {
    readonly positions: readonly number[];
    readonly velocities: readonly number[];
    readonly stamp: number;
  };
  /** The commanded state at {@link startMs}; null when nothing was commanded yet. */
  readonly reference: JointReference | null;
  /** The commanded positions when the joints were measured; null when nothing was commanded by then. */
  readonly expected: readonly number[] | null;
  /** The joints when the image was taken, as commanded, or else as measured now. */
  readonly seen: readonly number[];
  /** Seconds that the robot needs to brake from {@link reference}; 0 at rest. */
  readonly brakingS: number;
  /** When the obstacles were last seen; null when they do not move. Milliseconds on the robot's clock. */
  readonly sceneStamp: number | null;
  /** Whether the robot comes to rest at every waypoint. */
  readonly restAtEach: boolean;
  readonly memory: SafetyMemory;
}

/** A motion to rest, and what the gripper does there. */
export interface Leg {
  /** Times count from the start of the leg. */
  readonly points: readonly TrajectoryPoint[];
  /** Progress at each point; in between it grows evenly with time. */
  readonly progress: readonly number[];
  /** What the gripper is told once the arm is at rest; null = nothing. */
  readonly gripper: boolean | null;
}

export interface Verdict {
  readonly outcome: Outcome;
  readonly reasons: readonly SafetyReason[];
  /** What is to be sent; empty for reject and stop. */
  readonly legs: readonly Leg[];
  /** The first waypoint of the request that is sent, and how many. */
  readonly firstWaypoint: number;
  readonly waypointsSent: number;
  /** Smallest share of the planned pace over the legs. */
  readonly timeScale: number;
  /** The part of that share which is due to obstacles near by. */
  readonly pace: number;
  readonly memory: SafetyMemory;
}

/** Everything that a verdict on the running motion depends on. */
export interface TickInput {
  readonly type: 'tick';
  readonly nowMs: number;
  readonly measured: ChunkInput['measured'];
  /** The commanded positions when the joints were measured. */
  readonly expected: readonly number[];
  /** Whether the motion has ended and the arm had its time to settle. */
  readonly atGoal: boolean;
  /** Where the arm is to be a reaction time from now, and how fast until then; null at rest. */
  readonly ahead: { readonly positions: readonly number[]; readonly velocities: readonly number[] } | null;
  /** The share of its own pace, because of obstacles, at which the motion runs already. */
  readonly pace: number;
  readonly sceneStamp: number | null;
  readonly gripper: boolean | null;
}

export interface TickVerdict {
  readonly reasons: readonly SafetyReason[];
  /** Share of the motion's own pace that is allowed from now on; 0 = brake. */
  readonly pace: number;
}
