import type { CameraFrame } from '../policy/camera-frame.js';
import type { JointTrajectory } from '../trajectory/joint-trajectory.js';

/** The monotonic time base of a robot: every stamp of its frames, states and chunks is on this clock. */
export interface Clock {
  /** Milliseconds since an arbitrary, fixed instant; never goes back. */
  now(): number;
  /** Resolves after `ms` milliseconds of this clock; rejects with VLAError ABORTED when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface JointState {
  /** Measured joint angles, rad, in the order of {@link Robot.jointNames}. */
  readonly positions: readonly number[];
  /** Measured joint velocities, rad/s, same order. */
  readonly velocities: readonly number[];
  /** When they were measured: milliseconds on the robot's clock. */
  readonly stamp: number;
}

export interface Camera {
  /** The newest frame, stamped with its capture time on the robot's clock. */
  capture(): Promise<CameraFrame>;
}

export interface Gripper {
  /** Resolves when the fingers are at rest; does nothing when already open. */
  open(signal?: AbortSignal): Promise<void>;
  /** Resolves when the fingers are at rest, closed or on an object; does nothing when already closed. */
  close(signal?: AbortSignal): Promise<void>;
  /** Whether the fingers hold an object now. */
  isGripping(): Promise<boolean>;
}

/** What jetson-vla needs of a robot: simulated, ROS 2, or your own. */
export interface Robot {
  readonly jointNames: readonly string[];
  readonly clock: Clock;
  readonly camera: Camera;
  readonly gripper: Gripper;
  /** The newest measured joint state. */
  jointState(): Promise<JointState>;
  /**
   * Starts a motion in place of the one that runs, and resolves once the robot has taken it over: not once it has
   * arrived. Until `trajectory.startMs` the robot goes on as before, with motions that it has accepted and that start
   * earlier included. A robot whose driver takes single positions only
   * plays it with a {@link TrajectoryPlayer}.
   */
  follow(trajectory: JointTrajectory): Promise<void>;
  /** Stops all motion at once, by the robot's own means, and holds the position. Safe to call at any time. */
  stop(): Promise<void>;
}
