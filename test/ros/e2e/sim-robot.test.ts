import { afterEach, beforeEach, expect, it } from 'vitest';
import { RosWorld } from '../../../examples/ros/ros-world.js';
import { JOINT_NAMES } from '../../../examples/sim/pick-world.js';
import type { ImageMessage, JointStateMessage } from '../../../lib/ros/messages.js';
import { RELIABLE, SENSOR } from '../../../lib/ros/qos.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, type TestGraph, until } from '../harness.js';

const FOLLOW = 'joint_trajectory_controller/follow_joint_trajectory';
const GRIP = 'gripper_controller/gripper_cmd';
const TIMEOUT = { timeoutMs: 10_000 };

let graph: TestGraph;
let client: RosNode;
let world: RosWorld;
let joints: JointStateMessage | undefined;

async function open(options = {}): Promise<void> {
  world = new RosWorld(await graph.node('sim_robot'), options);
  client = await graph.node('client');
  client.subscribe('sensor_msgs/msg/JointState', 'joint_states', RELIABLE, (state) => {
    joints = state;
  });
  await until(() => joints !== undefined);
}

beforeEach(() => {
  graph = newGraph();
  joints = undefined;
});

afterEach(() => {
  world.dispose();
  graph.dispose();
});

const position = (joint: string) => joints?.position[joints.name.indexOf(joint)] ?? Number.NaN;

function goalTo(positions: readonly number[], seconds: number) {
  const point = { positions, velocities: [], accelerations: [], effort: [] };
  const tolerance = (value: number) =>
    JOINT_NAMES.map((name) => ({ name, position: value, velocity: 0, acceleration: 0 }));
  return {
    trajectory: {
      header: { stamp: { sec: 0, nanosec: 0 }, frame_id: '' },
      joint_names: JOINT_NAMES,
      points: [{ ...point, time_from_start: { sec: seconds, nanosec: 0 } }],
    },
    path_tolerance: tolerance(-1),
    goal_tolerance: tolerance(0.02),
    goal_time_tolerance: { sec: 5, nanosec: 0 },
  };
}

async function trigger(name: string): Promise<void> {
  const service = client.client('std_srvs/srv/Trigger', `sim_robot/${name}`);
  await until(() => service.available());
  expect(await service.call({}, 10_000)).toMatchObject({ success: true });
}

it('follows a goal, replaces it by the next, cancels it, and puts the scene back', async () => {
  await open();
  const arm = client.actionClient('control_msgs/action/FollowJointTrajectory', FOLLOW);
  await until(() => arm.available());
  const home = JOINT_NAMES.map(position);
  const to = (pan: number) => home.map((angle, joint) => (joint === 0 ? pan : angle));

  const replaced = await arm.send(goalTo(to(-1), 30), TIMEOUT);
  const reached = await arm.send(goalTo(to(0.3), 1), TIMEOUT);
  expect(await replaced.ended).toMatchObject({ end: 'aborted', result: { error_code: -1 } });
  expect(await reached.ended).toMatchObject({ end: 'succeeded', result: { error_code: 0 } });
  await until(() => Math.abs(position('shoulder_pan') - 0.3) < 0.03);

  const cancelled = await arm.send(goalTo(to(-1), 30), TIMEOUT);
  await cancelled.cancel(10_000);
  expect(await cancelled.ended).toMatchObject({ end: 'canceled' });

  await expect(arm.send(goalTo(home.slice(1), 1), TIMEOUT)).rejects.toMatchObject({
    code: 'ROS_GOAL_REJECTED',
  });
  await trigger('reset_scene');
  await until(() => Math.abs(position('shoulder_pan') - (home[0] ?? 0)) < 0.01);
});

it('moves the fingers by GripperCommand', async () => {
  await open();
  const gripper = client.actionClient('control_msgs/action/GripperCommand', GRIP);
  await until(() => gripper.available());
  const goal = await gripper.send({ command: { position: 0, max_effort: 20 } }, TIMEOUT);
  expect(await goal.ended).toMatchObject({
    end: 'succeeded',
    result: { reached_goal: true, stalled: false },
  });
  await until(() => position('left_finger') < 0.003);
});

it('moves the fingers by ParallelGripperCommand', async () => {
  await open({ gripper: 'ParallelGripperCommand' });
  const gripper = client.actionClient('control_msgs/action/ParallelGripperCommand', GRIP);
  await until(() => gripper.available());
  const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
  const command = { header, name: ['left_finger'], position: [0.02], velocity: [], effort: [] };
  const goal = await gripper.send({ command }, TIMEOUT);
  const { end, result } = await goal.ended;
  expect({ end, reached: result?.reached_goal, name: result?.state.name }).toEqual({
    end: 'succeeded',
    reached: true,
    name: ['left_finger'],
  });
  await until(() => Math.abs(position('right_finger') - 0.02) < 0.003);
});

it('publishes images with the time at which they were taken, as large as asked for, and compressed', async () => {
  await open({ camera: { tracedSize: 32, width: 96, height: 64, encoding: 'rgb8', compressed: true } });
  let image: ImageMessage | undefined;
  let age = Number.NaN;
  let jpegBytes = 0;
  client.subscribe('sensor_msgs/msg/Image', 'camera/image_raw', SENSOR, (message) => {
    image = message;
    const { sec, nanosec } = message.header.stamp;
    age = Number(client.now() - (BigInt(sec) * 1_000_000_000n + BigInt(nanosec))) / 1e9;
  });
  client.subscribe('sensor_msgs/msg/CompressedImage', 'camera/image_raw/compressed', SENSOR, ({ data }) => {
    jpegBytes = data.length;
  });
  await until(() => image !== undefined && jpegBytes > 0);
  expect(image).toMatchObject({ width: 96, height: 64, step: 288, encoding: 'rgb8' });
  expect(image?.data).toHaveLength(96 * 64 * 3);
  expect(age).toBeGreaterThan(-0.001);
  expect(age).toBeLessThan(5);
});
