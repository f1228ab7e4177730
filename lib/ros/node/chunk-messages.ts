import type { ActionChunk } from '../../action/action-chunk.js';
import type { Float32MultiArrayMessage, JointTrajectoryMessage, TimeMessage } from '../messages.js';

/** A chunk as std_msgs/Float32MultiArray, row-major (batch, horizon, action): (1, 5, 7) for the default policy. */
export function actionsMessage(chunk: ActionChunk): Float32MultiArrayMessage {
  const [batch, horizon, action] = chunk.shape;
  return {
    layout: {
      dim: [
        { label: 'batch', size: batch, stride: batch * horizon * action },
        { label: 'horizon', size: horizon, stride: horizon * action },
        { label: 'action', size: action, stride: action },
      ],
      data_offset: 0,
    },
    data: chunk.toFloat32Array(),
  };
}

/**
 * The joints of a chunk as trajectory_msgs/JointTrajectory: what the policy wants, before any guard.
 *
 * @param stamp of the observation behind it, ROS time; waypoint k is due (k + 1) steps later
 * @param jointNames of the robot, in the order of the chunk's joints
 */
export function chunkTrajectoryMessage(
  chunk: ActionChunk,
  stamp: TimeMessage,
  jointNames: readonly string[],
): JointTrajectoryMessage {
  return {
    header: { stamp, frame_id: '' },
    joint_names: jointNames,
    points: [...chunk].map(({ joints }, index) => ({
      positions: joints,
      velocities: [],
      accelerations: [],
      effort: [],
      time_from_start: duration((index + 1) * chunk.secondsPerWaypoint),
    })),
  };
}

function duration(seconds: number): TimeMessage {
  const nanoseconds = Math.round(seconds * 1e9);
  return { sec: Math.floor(nanoseconds / 1e9), nanosec: nanoseconds % 1e9 };
}
