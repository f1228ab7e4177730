import { RELIABLE, SENSOR } from '../../lib/ros/qos.js';
import { RosNode } from '../../lib/ros/ros-node.js';
import { rcl } from '../fakes/rclnodejs/rcl.js';

/** Stands behind the package rclnodejs in a child process: the stand-in, with a robot that already publishes. */
const node = await RosNode.create(rcl, { name: 'robot' });
const images = node.advertise('sensor_msgs/msg/Image', 'camera/image_raw', SENSOR);
const joints = node.advertise('sensor_msgs/msg/JointState', 'joint_states', RELIABLE);
for (const [type, name] of [
  ['control_msgs/action/FollowJointTrajectory', 'joint_trajectory_controller/follow_joint_trajectory'],
  ['control_msgs/action/GripperCommand', 'gripper_controller/gripper_cmd'],
] as const)
  new rcl.ActionServer(node.raw, type, name, () => ({}));

let examined = false;
const timer = setInterval(() => {
  const isExamined = node.raw.getNodeNamesAndNamespaces().some(({ name }) => name === 'vla_node');
  if (examined && !isExamined) {
    // A node keeps its process alive; the doctor has left, and so may this one.
    clearInterval(timer);
    node.dispose();
    return;
  }
  examined ||= isExamined;
  const now = node.now();
  const stamp = { sec: Number(now / 1_000_000_000n), nanosec: Number(now % 1_000_000_000n) };
  const header = { stamp, frame_id: '' };
  const data = new Uint8Array(24);
  images.publish({ header, width: 4, height: 2, encoding: 'bgr8', is_bigendian: 0, step: 12, data });
  joints.publish({ header, name: ['a'], position: [0], velocity: [0], effort: [] });
}, 20);

// biome-ignore lint/style/noDefaultExport: the package that this stands in for has one, and the loader looks for it
export { rcl as default };
