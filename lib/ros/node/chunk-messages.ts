import type { ActionChunk } from '../../action/action-chunk.js';
import { CdrWriter } from '../cdr-writer.js';
import type { TimeMessage } from '../messages.js';

/**
 * A chunk as std_msgs/Float32MultiArray, row-major (batch, horizon, action): (1, 5, 7) for the default policy. As the
 * bytes of the wire, since this stands between an inference and its motion: rclnodejs takes 0.6 ms of the main thread
 * for it as an object, and 1.4 ms for the trajectory.
 */
export function actionsCdr(chunk: ActionChunk): Buffer {
  const [batch, horizon, action] = chunk.shape;
  const dims = [
    ['batch', batch, batch * horizon * action],
    ['horizon', horizon, horizon * action],
    ['action', action, action],
  ] as const;
  const writer = new CdrWriter().uint32(dims.length);
  for (const [label, size, stride] of dims) writer.string(label).uint32(size).uint32(stride);
  const dataOffset = 0;
  return writer.uint32(dataOffset).floats(chunk.toFloat32Array()).finish();
}

/**
 * The joints of a chunk as trajectory_msgs/JointTrajectory: what the policy wants, before any guard.
 *
 * @param stamp of the observation behind it, ROS time; waypoint k is due (k + 1) steps later
 * @param jointNames of the robot, in the order of the chunk's joints
 */
export function chunkTrajectoryCdr(
  chunk: ActionChunk,
  stamp: TimeMessage,
  jointNames: readonly string[],
): Buffer {
  const frameId = '';
  const writer = new CdrWriter().int32(stamp.sec).uint32(stamp.nanosec).string(frameId);
  writer.uint32(jointNames.length);
  for (const name of jointNames) writer.string(name);
  writer.uint32(chunk.horizon);
  for (let index = 0; index < chunk.horizon; index++) {
    const { sec, nanosec } = duration((index + 1) * chunk.secondsPerWaypoint);
    const [velocities, accelerations, effort] = [[], [], []];
    writer.doubles(chunk.at(index).joints).doubles(velocities).doubles(accelerations).doubles(effort);
    writer.int32(sec).uint32(nanosec);
  }
  return writer.finish();
}

function duration(seconds: number): TimeMessage {
  const nanoseconds = Math.round(seconds * 1e9);
  return { sec: Math.floor(nanoseconds / 1e9), nanosec: nanoseconds % 1e9 };
}
