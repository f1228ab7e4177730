import type { CollisionChecker, Kinematics } from './collision/collision-checker.js';
import type { WorkspaceBox } from './collision/workspace.js';
import type { JointLimits } from './joint-limits.js';

/** What the guards allow. Every value has a default that suits an arm beside which a person may stand. */
export interface GuardOptions {
  /** Share of each joint's velocity, acceleration and jerk limit that motions may use, above 0 and at most 1. Default 0.5. */
  readonly motionFactor?: number;
  /** Largest age of the observation behind a chunk when it is started, milliseconds. Default 500. */
  readonly maxChunkAgeMs?: number;
  /** Largest part of that age in which no inference ran: how old the image may be. Milliseconds, default 200. */
  readonly maxImageAgeMs?: number;
  /** Largest age of the measured joint state, milliseconds. Default 100. */
  readonly maxJointAgeMs?: number;
  /** How far a stamp may lie in the future, milliseconds. Default 50. */
  readonly maxFutureMs?: number;
  /** Identical frames in a row that are taken for a frozen camera although the arm rests; false: any number. Default 10. */
  readonly maxIdenticalFrames?: number | false;
  /** Shape that every chunk must have, [1, waypoints, values]. Default: any number of waypoints. */
  readonly chunkShape?: readonly [1, number, number];
  /** Largest distance between where a motion starts and where the robot is measured, rad. Default 0.1. */
  readonly startTolerance?: number;
  /** How far beyond a position limit a waypoint may lie and is clamped; beyond that the chunk is cut. rad, default 0.05. */
  readonly positionMargin?: number;
  /** Smallest share of the planned pace that is worth running, default 0.1. */
  readonly minTimeScale?: number;
  /** Where the points of {@link SafetyOptions.kinematics} must stay. Default: anywhere. */
  readonly workspace?: WorkspaceBox;
  /** Largest speed of the tool centre point, m/s; false: any. Default 0.25. Needs {@link SafetyOptions.kinematics}. */
  readonly maxTcpSpeed?: number | false;
  /** Smallest distance to anything that is not the robot, m. Default 0.02. */
  readonly environmentMargin?: number;
  /** Smallest distance between two parts of the robot, m. Default 0.01. */
  readonly selfMargin?: number;
  /** Distance to an obstacle below which the robot slows down, m, above 0. Default 0.1. */
  readonly slowDistance?: number;
  /** Time that one chunk's collision check may take, milliseconds of wall clock. Default 50. */
  readonly collisionBudgetMs?: number;
  /** Largest age of the obstacles' positions, milliseconds. Default 500. */
  readonly maxSceneAgeMs?: number;
  /** Gripper values above this close it. Default 0.6. */
  readonly gripperCloseAbove?: number;
  /** Gripper values below this open it. Default 0.4. */
  readonly gripperOpenBelow?: number;
  /** Least time between two changes of the gripper, seconds. Default 0.2. */
  readonly gripperDwellS?: number;
  /** Largest distance between commanded and measured joints on the way, rad. Default 0.1. */
  readonly pathTolerance?: number;
  /** The same at the end of a motion, rad. Default 0.05. */
  readonly goalTolerance?: number;
}

/** Everything that the guards know of the robot and its surroundings. */
export interface SafetyOptions extends GuardOptions {
  /** One entry per joint, in the order of `robot.jointNames`. */
  readonly limits: readonly JointLimits[];
  /** Measures clearances to the surroundings and of the robot to itself. Default: no collision check. */
  readonly collision?: CollisionChecker;
  /** Forward kinematics for workspace and tool speed. Default: neither is checked. */
  readonly kinematics?: Kinematics;
}

/** {@link SafetyOptions} with every default filled in, as plain data: what a recorded decision needs to be replayed. */
export interface SafetyConfig {
  readonly jointNames: readonly string[];
  readonly limits: readonly Required<JointLimits>[];
  readonly motionFactor: number;
  readonly maxChunkAgeMs: number;
  readonly maxImageAgeMs: number;
  readonly maxJointAgeMs: number;
  readonly maxFutureMs: number;
  readonly maxIdenticalFrames: number | null;
  readonly chunkShape: readonly [1, number, number] | null;
  readonly startTolerance: number;
  readonly positionMargin: number;
  readonly minTimeScale: number;
  readonly workspace: WorkspaceBox | null;
  readonly maxTcpSpeed: number | null;
  readonly environmentMargin: number;
  readonly selfMargin: number;
  readonly slowDistance: number;
  readonly collisionBudgetMs: number;
  readonly maxSceneAgeMs: number;
  readonly gripperCloseAbove: number;
  readonly gripperOpenBelow: number;
  readonly gripperDwellS: number;
  readonly pathTolerance: number;
  readonly goalTolerance: number;
  readonly pointNames: readonly string[];
}
