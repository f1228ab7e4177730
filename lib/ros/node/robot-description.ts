import { VLAError } from '../../errors.js';
import { LATCHED } from '../qos.js';
import type { RosNode } from '../ros-node.js';

/**
 * The URDF that robot_state_publisher or ros2_control publishes on `robot_description`.
 *
 * @throws VLAError ROS_TIMEOUT when nobody does
 */
export async function robotDescription(node: RosNode, timeoutMs: number): Promise<string> {
  const { promise, resolve } = withResolver<string>();
  const subscription = node.subscribe('std_msgs/msg/String', 'robot_description', LATCHED, ({ data }) =>
    resolve(data),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new VLAError('ROS_TIMEOUT', `no URDF came on ${subscription.name} within ${timeoutMs} ms`, {
          hint: 'Start robot_state_publisher, or give the path of the URDF in the parameter urdf.',
        }),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
    subscription.dispose();
  }
}

function withResolver<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
