import { loadRclnodejs } from '../../lib/ros/load-rclnodejs.js';
import { SENSOR } from '../../lib/ros/qos.js';
import { RosNode } from '../../lib/ros/ros-node.js';

/** A robot in a process of its own: a camera of 1920 × 1080 at 30 Hz, and a gripper that never gets there. */
const rcl = await loadRclnodejs();
const node = await RosNode.create(rcl, { name: 'robot', namespace: process.argv[2] ?? '' });
const camera = node.advertise('sensor_msgs/msg/Image', 'image', SENSOR);
new rcl.ActionServer(
  node.raw,
  'control_msgs/action/GripperCommand',
  'gripper',
  () => new Promise(() => undefined),
);

const [width, height] = [1920, 1080];
const data = new Uint8Array(3 * width * height);
let count = 0;
const timer = setInterval(() => {
  count += 1;
  data.fill(count % 256);
  const stamp = { sec: count, nanosec: 0 };
  const header = { stamp, frame_id: 'camera' };
  camera.publish({ header, height, width, encoding: 'rgb8', is_bigendian: 0, step: 3 * width, data });
}, 1000 / 30);

process.once('SIGTERM', () => {
  clearInterval(timer);
  node.dispose();
});
