import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, type TestGraph, until } from '../harness.js';

let graph: TestGraph;
let server: RosNode;
let caller: RosNode;
beforeEach(async () => {
  graph = newGraph();
  server = await graph.node('server');
  caller = await graph.node('caller');
});
afterEach(() => graph.dispose());

test('a service may answer later, and each caller gets its own answer', async () => {
  let calls = 0;
  server.serve('std_srvs/srv/Trigger', 'reset', async () => {
    const count = ++calls;
    await delay(count === 1 ? 100 : 0);
    return { success: true, message: `answer ${count}` };
  });
  const client = caller.client('std_srvs/srv/Trigger', 'reset');
  await until(() => client.available());
  const answers = await Promise.all([client.call({}, 10_000), client.call({}, 10_000)]);
  expect(answers).toEqual([
    { success: true, message: 'answer 1' },
    { success: true, message: 'answer 2' },
  ]);
});

test('a service that does not answer in time is an error, not a wait for ever', async () => {
  server.serve('std_srvs/srv/Trigger', 'reset', () => new Promise(() => undefined));
  const client = caller.client('std_srvs/srv/Trigger', 'reset');
  await until(() => client.available());
  await expect(client.call({}, 200)).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
});

test('a service that is not there is not available, and calling it times out', async () => {
  const client = caller.client('std_srvs/srv/Trigger', 'nobody');
  expect(client.available()).toBe(false);
  await expect(client.call({}, 200)).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
});

test('a service that fails is reported, and its node goes on', async () => {
  const errors: string[] = [];
  server.onError = ({ message }) => errors.push(message);
  let broken = true;
  server.serve('std_srvs/srv/Trigger', 'reset', async () => {
    if (broken) throw new Error('out of order');
    return { success: true, message: '' };
  });
  const client = caller.client('std_srvs/srv/Trigger', 'reset');
  await until(() => client.available());
  await expect(client.call({}, 500)).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  expect(errors.join()).toContain('out of order');
  broken = false;
  await expect(client.call({}, 10_000)).resolves.toMatchObject({ success: true });
});

test('a service that was given back is no longer available', async () => {
  const service = server.serve('std_srvs/srv/Trigger', 'reset', async () => ({ success: true, message: '' }));
  const client = caller.client('std_srvs/srv/Trigger', 'reset');
  await until(() => client.available());
  service.dispose();
  service.dispose();
  await until(() => !client.available());
});

test('lists of messages come back as lists', async () => {
  const states = [
    { id: 1, label: 'unconfigured' },
    { id: 2, label: 'inactive' },
  ];
  server.serve('lifecycle_msgs/srv/GetAvailableStates', 'states', async () => ({ available_states: states }));
  const client = caller.client('lifecycle_msgs/srv/GetAvailableStates', 'states');
  await until(() => client.available());
  await expect(client.call({}, 10_000)).resolves.toEqual({ available_states: states });
});
