import { RELIABLE } from '../../../lib/ros/qos.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';

/** Publishes joint states at 100 Hz, as joint_state_broadcaster does, until it is disposed of. */
export function publishJointStates(
  node: RosNode,
  positions: () => Readonly<Record<string, number>>,
  topic = 'joint_states',
): Disposable {
  const publisher = node.advertise('sensor_msgs/msg/JointState', topic, RELIABLE);
  const timer = setInterval(() => {
    const now = node.now();
    const stamp = { sec: Number(now / 1_000_000_000n), nanosec: Number(now % 1_000_000_000n) };
    const joints = positions();
    publisher.publish({
      header: { stamp, frame_id: '' },
      name: Object.keys(joints),
      position: Object.values(joints),
      velocity: Object.keys(joints).map(() => 0),
      effort: [],
    });
  }, 10);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      publisher.dispose();
    },
  };
}
