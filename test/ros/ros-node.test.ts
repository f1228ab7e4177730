import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RELIABLE } from '../../lib/ros/qos.js';
import type { RosNode } from '../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from './harness.js';

const STRING = 'std_msgs/msg/String';
const GRIPPER = 'control_msgs/action/GripperCommand';
const GOAL = { command: { position: 0, max_effort: 0 } };

let graph: TestGraph;
let node: RosNode;
let other: RosNode;
beforeEach(async () => {
  graph = newGraph();
  node = await graph.node('node');
  other = await graph.node('other');
});
afterEach(() => graph.dispose());

describe('a disposed node', () => {
  test('says so, or does nothing: it never takes the process with it', async () => {
    const publisher = node.advertise(STRING, 'chatter', RELIABLE);
    const subscription = node.subscribe(STRING, 'chatter', RELIABLE, () => {});
    const client = node.client('std_srvs/srv/Trigger', 'reset');
    const gripper = node.actionClient(GRIPPER, 'gripper');
    node.dispose();
    node.dispose();
    publisher.publish({ data: 'into the void' });
    for (const entity of [publisher, subscription, client, gripper]) entity.dispose();
    expect(client.available()).toBe(false);
    expect(gripper.available()).toBe(false);
    expect(() => node.now()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    await expect(client.call({}, 100)).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(gripper.send(GOAL, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'DISPOSED' });
  });

  test('leaves the other nodes of the process alone', async () => {
    const received: string[] = [];
    other.subscribe(STRING, 'chatter', RELIABLE, ({ data }) => received.push(data));
    const third = await graph.node('third');
    const publisher = third.advertise(STRING, 'chatter', RELIABLE);
    node.dispose();
    await until(() => {
      publisher.publish({ data: 'still here' });
      return received.length > 0;
    });
  });

  test('hears nothing of what was on its way', async () => {
    const received: string[] = [];
    node.subscribe(STRING, 'chatter', RELIABLE, ({ data }) => {
      received.push(data);
      node.dispose();
    });
    const publisher = other.advertise(STRING, 'chatter', RELIABLE);
    await until(() => {
      for (let count = 0; count < 5; count++) publisher.publish({ data: String(count) });
      return received.length > 0;
    });
    await until(() => !other.raw.getNodeNamesAndNamespaces().some(({ name }) => name === 'node'));
    expect(received).toHaveLength(1);
  });
});

describe('what was given back', () => {
  test('is unavailable, and using it is harmless', async () => {
    other.serve('std_srvs/srv/Trigger', 'reset', async () => ({ success: true, message: '' }));
    const publisher = node.advertise(STRING, 'chatter', RELIABLE);
    const client = node.client('std_srvs/srv/Trigger', 'reset');
    const gripper = node.actionClient(GRIPPER, 'gripper');
    await until(() => client.available());
    for (const entity of [publisher, client, gripper]) {
      entity.dispose();
      entity.dispose();
    }
    publisher.publish({ data: 'into the void' });
    expect(client.available()).toBe(false);
    expect(gripper.available()).toBe(false);
    await expect(client.call({}, 100)).rejects.toMatchObject({ code: 'DISPOSED' });
    await expect(gripper.send(GOAL, { timeoutMs: 100 })).rejects.toMatchObject({ code: 'DISPOSED' });
  });
});

test('a service whose function throws at once is reported, and the node lives on', async () => {
  const errors: string[] = [];
  other.onError = ({ message }) => errors.push(message);
  other.serve('std_srvs/srv/Trigger', 'reset', () => {
    throw new Error('not even a promise');
  });
  const client = node.client('std_srvs/srv/Trigger', 'reset');
  await until(() => client.available());
  await expect(client.call({}, 500)).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  expect(errors.join()).toContain('not even a promise');
});

test('a remapped action is found where it was mapped to', async () => {
  const args = ['--ros-args', '-r', 'gripper:=hand/gripper'];
  const bridge = await graph.node('bridge', { args });
  new rcl.ActionServer(other.raw, GRIPPER, 'hand/gripper', (goal) => {
    goal.succeed();
    return {};
  });
  const gripper = bridge.actionClient(GRIPPER, 'gripper');
  expect(gripper.name).toBe(`${graph.namespace}/hand/gripper`);
  await until(() => gripper.available());
  const goal = await gripper.send(GOAL, { timeoutMs: 10_000 });
  expect(await goal.ended).toMatchObject({ end: 'succeeded' });
});
