/** The simulated robot in a process of its own: `world-process.ts <options as JSON> --ros-args …`. */
import { RosWorld, type RosWorldOptions } from '../../../examples/ros/ros-world.js';
import { RosNode } from '../../../lib/ros/ros-node.js';
import { rcl } from '../rcl-under-test.js';

const [options = '{}', ...args] = process.argv.slice(2);
const node = await RosNode.create(rcl, { name: 'sim_robot', args });
// What the test wrote.
const world = new RosWorld(node, JSON.parse(options) as RosWorldOptions);
process.once('SIGTERM', () => {
  world.dispose();
  node.dispose();
});
