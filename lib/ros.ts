/**
 * The ROS 2 bridge: an entry point of its own, because it needs a sourced ROS 2 environment and the package `rclnodejs`,
 * which the rest does without.
 */
export { RosNode, type RosNodeOptions } from './ros/ros-node.js';
