import type { FollowJointTrajectoryGoal, TimeMessage } from '../../../lib/ros/messages.js';
import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';

/** The points of a goal as a controller runs them, and their start in nanoseconds of ROS time. */
export function goalCurve({ trajectory: { header, points } }: FollowJointTrajectoryGoal): {
  readonly startNs: bigint;
  readonly points: readonly TrajectoryPoint[];
} {
  return {
    startNs: nanoseconds(header.stamp),
    points: points.map(({ positions, velocities, accelerations, time_from_start: { sec, nanosec } }) => ({
      timeS: sec + nanosec / 1e9,
      // Numbers come as typed arrays from rclnodejs.
      positions: Array.from(positions),
      velocities: Array.from(velocities),
      accelerations: Array.from(accelerations),
    })),
  };
}

export function nanoseconds({ sec, nanosec }: TimeMessage): bigint {
  return BigInt(sec) * 1_000_000_000n + BigInt(nanosec);
}
