/** The state of all joints at one instant of a trajectory. */
export interface TrajectoryPoint {
  /** Seconds from the start of the trajectory; 0 at the first point, increasing. */
  readonly timeS: number;
  /** rad (m for a sliding joint), in the robot's order. */
  readonly positions: readonly number[];
  /** rad/s */
  readonly velocities: readonly number[];
  /** rad/s² */
  readonly accelerations: readonly number[];
}

/**
 * A motion of all joints. Between two points each joint follows the polynomial of degree 5 that has their positions,
 * velocities and accelerations: what ROS 2's joint_trajectory_controller runs for points that state all three. The
 * last point is at rest, so a robot that hears nothing more comes to a stop by itself.
 */
export interface JointTrajectory {
  /** When the first point is due: milliseconds on the robot's clock. A robot that gets it later joins it on the way. */
  readonly startMs: number;
  /** At least one point. */
  readonly points: readonly TrajectoryPoint[];
}

/** The state of all joints at an instant: rad, rad/s, rad/s². */
export type JointReference = Omit<TrajectoryPoint, 'timeS'>;
