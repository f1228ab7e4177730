import type { Rcl } from '../../lib/ros/rcl.js';
import { rcl as standIn } from '../fakes/rclnodejs/rcl.js';

/** Set by `npm run test:ros`: the tests then run on the real rclnodejs. */
export const onRealRos = process.env['JETSON_VLA_TEST_ROS'] === '1';

/** The module that tests of ROS run on. */
export const rcl: Rcl = onRealRos ? await real() : standIn;

async function real(): Promise<Rcl> {
  const { loadRclnodejs } = await import('../../lib/ros/load-rclnodejs.js');
  return loadRclnodejs();
}
