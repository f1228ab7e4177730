import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { SENSOR } from '../../lib/ros/qos.js';
import type { RosNode } from '../../lib/ros/ros-node.js';
import { type Broker, startBroker } from '../fakes/rclnodejs/graph/broker.js';
import { BROKER_VARIABLE } from '../fakes/rclnodejs/graph/graph.js';
import { fakeRosInstallation } from '../fakes/ros-installation.js';
import { newGraph, type TestGraph, until } from './harness.js';

const script = fileURLToPath(new URL('../fakes/robot-process.ts', import.meta.url));

let directory: string;
let environment: Readonly<Record<string, string>>;
let broker: Broker;
let graph: TestGraph;
let node: RosNode;
let robot: ChildProcess;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'ros-processes-'));
  broker = await startBroker(path.join(directory, 'broker'), 1500);
  process.env[BROKER_VARIABLE] = broker.socketPath;
  environment = { ...fakeRosInstallation(directory), [BROKER_VARIABLE]: broker.socketPath };
});
afterAll(async () => {
  delete process.env[BROKER_VARIABLE];
  await broker.close();
  rmSync(directory, { recursive: true });
});

beforeEach(async () => {
  graph = newGraph();
  node = await graph.node('bridge');
  robot = spawn(process.execPath, ['--import', 'tsx', script, graph.namespace], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
});
afterEach(() => {
  robot.kill('SIGKILL');
  graph.dispose();
});

test('images of 1080p at 30 Hz come over from another process, whole and new', async () => {
  const stamps: number[] = [];
  let mixed = 0;
  node.subscribe('sensor_msgs/msg/Image', 'image', SENSOR, ({ header, data }) => {
    stamps.push(header.stamp.sec);
    if (data[0] !== header.stamp.sec % 256 || data[0] !== data.at(-1)) mixed += 1;
  });
  await until(() => stamps.length >= 30);
  expect(mixed).toBe(0);
  expect(stamps).toEqual(stamps.toSorted((a, b) => a - b));
});

test('a process that ends in order leaves the graph at once, and none of its parts stays behind', async () => {
  const gripper = node.actionClient('control_msgs/action/GripperCommand', 'gripper');
  await until(() => gripper.available());
  robot.kill('SIGTERM');
  const [code] = await once(robot, 'exit');
  expect(code).toBe(0);
  await until(() => !gripper.available());
  await until(() => node.raw.countPublishers('image') === 0);
});

test('the action server of a process that was killed looks available until discovery notices', async () => {
  const gripper = node.actionClient('control_msgs/action/GripperCommand', 'gripper');
  await until(() => gripper.available());
  await gripper.send({ command: { position: 0, max_effort: 0 } }, { timeoutMs: 10_000 });
  robot.kill('SIGKILL');
  await once(robot, 'exit');
  expect(gripper.available()).toBe(true);
  await expect(
    gripper.send({ command: { position: 0, max_effort: 0 } }, { timeoutMs: 200 }),
  ).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  await until(() => !gripper.available());
});
