/**
 * The ROS 2 bridge: an entry point of its own, because it needs a sourced ROS 2 environment and the package `rclnodejs`,
 * which the rest does without.
 */
export {
  findRclnodejs,
  type LoadRclnodejsOptions,
  loadRclnodejs,
} from './ros/load-rclnodejs.js';
export { type RunVLANodeOptions, runVLANode } from './ros/node/run-vla-node.js';
export type { Task, TaskState } from './ros/node/task.js';
export { VLANode, type VLANodeOptions } from './ros/node/vla-node.js';
export type { ParameterValues } from './ros/node/vla-parameter-set.js';
export type { QosSettings } from './ros/qos.js';
export type { Rcl } from './ros/rcl.js';
export { JointStateStore, type JointStateStoreOptions } from './ros/robot/joint-state-store.js';
export { RosCamera, type RosCameraOptions } from './ros/robot/ros-camera.js';
export type { RosGripperOptions } from './ros/robot/ros-gripper.js';
export { RosRobot } from './ros/robot/ros-robot.js';
export type { RosRobotOptions } from './ros/robot/ros-robot-options.js';
export { RosTime } from './ros/robot/ros-time.js';
export { RosNode, type RosNodeOptions } from './ros/ros-node.js';
