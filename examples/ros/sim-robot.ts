/**
 * The simulated arm of the demo as a ROS 2 robot, for those who have no arm: camera, joint states, a trajectory
 * controller and a gripper. `npm run ros-sim -- --help` lists the options.
 */
import { parseArgs } from 'node:util';
import { VLAError } from 'jetson-vla';
import { loadRclnodejs } from '../../lib/ros/load-rclnodejs.js';
import { RosNode } from '../../lib/ros/ros-node.js';
import { oneOf, UsageError, wholeNumber } from '../sim/command-line.js';
import { LAST_EVALUATION_SEED } from '../sim/scene.js';
import type { RosWorldOptions } from './ros-world.js';

const HELP = `The simulated arm as a ROS 2 robot, in real time.

  npm run ros-sim -- [options] [--ros-args …]

  --seed S              seed of the scene (default 1)
  --camera-rate HZ      images a second (default 15)
  --joint-state-rate HZ (default 100)
  --image WxH           size of the published image (default that of the traced one)
  --traced-size N       side of the traced image, pixels (default 128)
  --encoding E          bgr8 (default) or rgb8
  --compressed          publish JPEG as well (needs the package sharp)
  --gripper ACTION      GripperCommand (default) or ParallelGripperCommand
  --help

Topics: camera/image_raw, joint_states, ~/held_block (the colour of the lifted block, or nothing)
Actions: joint_trajectory_controller/follow_joint_trajectory, gripper_controller/gripper_cmd (0 closed … 0.04 m open)
Services: ~/reset_scene, ~/freeze_camera, ~/stop_camera, ~/stop_joint_states, ~/stop_controllers, ~/clear_faults
`;

function imageSize(text: string): { readonly width: number; readonly height: number } {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  if (width === undefined || height === undefined)
    throw new UsageError(`--image must be WIDTHxHEIGHT, got "${text}"`);
  return { width: wholeNumber('image', width, 1, 8192), height: wholeNumber('image', height, 1, 8192) };
}

function readOptions(args: readonly string[]): RosWorldOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      'camera-rate': { type: 'string', default: '15' },
      'joint-state-rate': { type: 'string', default: '100' },
      image: { type: 'string' },
      'traced-size': { type: 'string', default: '128' },
      encoding: { type: 'string', default: 'bgr8' },
      compressed: { type: 'boolean', default: false },
      gripper: { type: 'string', default: 'GripperCommand' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    seed: wholeNumber('seed', values.seed, 0, LAST_EVALUATION_SEED),
    cameraHz: wholeNumber('camera-rate', values['camera-rate'], 1, 100),
    jointStateHz: wholeNumber('joint-state-rate', values['joint-state-rate'], 1, 250),
    gripper: oneOf('gripper', values.gripper, ['GripperCommand', 'ParallelGripperCommand']),
    camera: {
      ...(values.image !== undefined && imageSize(values.image)),
      tracedSize: wholeNumber('traced-size', values['traced-size'], 16, 1024),
      encoding: oneOf('encoding', values.encoding, ['bgr8', 'rgb8']),
      compressed: values.compressed,
    },
  };
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
}

async function main(argv: readonly string[]): Promise<void> {
  const rosArgs = argv.indexOf('--ros-args');
  const own = rosArgs < 0 ? argv : argv.slice(0, rosArgs);
  const options = readOptions(own);
  if (options === 'help') {
    process.stdout.write(HELP);
    return;
  }
  const over = interrupted();
  const rcl = await loadRclnodejs();
  // Its physics take a second to load.
  const { RosWorld } = await import('./ros-world.js');
  using node = await RosNode.create(rcl, {
    name: 'sim_robot',
    args: rosArgs < 0 ? [] : argv.slice(rosArgs),
  });
  using _world = new RosWorld(node, options);
  node.log.info(`the simulated arm is there: seed ${options.seed}, camera at ${options.cameraHz} Hz`);
  await over;
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof VLAError) {
    process.stderr.write(`${error}\n`);
    process.exitCode = 1;
  } else if (error instanceof UsageError || (error instanceof TypeError && 'code' in error)) {
    process.stderr.write(`${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  } else throw error;
}
