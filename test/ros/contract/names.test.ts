import { afterEach, beforeEach, expect, test } from 'vitest';
import { RELIABLE } from '../../../lib/ros/qos.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';

let graph: TestGraph;
beforeEach(() => {
  graph = newGraph();
});
afterEach(() => graph.dispose());

test('names are relative to the namespace, private with ~, or absolute', async () => {
  const node = await graph.node('vla_node');
  expect(node.fullName).toBe(`${graph.namespace}/vla_node`);
  expect(node.resolveTopic('joint_states')).toBe(`${graph.namespace}/joint_states`);
  expect(node.resolveTopic('~/status')).toBe(`${graph.namespace}/vla_node/status`);
  expect(node.resolveTopic('/diagnostics')).toBe('/diagnostics');
});

test('--ros-args remaps topics, services, the node and its namespace', async () => {
  const other = `${graph.namespace}/other`;
  const args = [
    '--ros-args',
    '-r',
    '__node:=policy',
    '-r',
    `__ns:=${other}`,
    '-r',
    'image:=camera/image_raw',
  ];
  const node = await graph.node('vla_node', {
    args: [...args, '-r', '~/reset:=/reset_all', '--log-level', 'warn'],
  });
  expect(node.fullName).toBe(`${other}/policy`);
  expect(node.resolveTopic('image')).toBe(`${other}/camera/image_raw`);
  const image = node.advertise('std_msgs/msg/String', 'image', RELIABLE);
  expect(image.name).toBe(`${other}/camera/image_raw`);
  const reset = node.serve('std_srvs/srv/Trigger', '~/reset', async () => ({ success: true, message: '' }));
  expect(reset.name).toBe('/reset_all');
});

test.each([
  { name: 'no-dashes', options: {}, because: 'a node name with a dash' },
  { name: 'ok', options: { namespace: '/1st' }, because: 'a namespace that begins with a digit' },
  { name: 'ok', options: { args: ['--ros-args', '-r', 'nonsense'] }, because: 'a remapping without :=' },
  {
    name: 'ok',
    options: { args: ['--ros-args', '--no-such-flag', 'x'] },
    because: 'an unknown ROS argument',
  },
])('refuses $because', async ({ name, options }) => {
  await expect(graph.node(name, options)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('the graph lists nodes, topics, services and what is of which type', async () => {
  const node = await graph.node('server');
  const observer = await graph.node('observer');
  node.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
  node.serve('std_srvs/srv/Trigger', 'reset', async () => ({ success: true, message: '' }));
  const topic = { name: `${graph.namespace}/chatter`, types: ['std_msgs/msg/String'] };
  const service = { name: `${graph.namespace}/reset`, types: ['std_srvs/srv/Trigger'] };
  await until(() => observer.raw.getTopicNamesAndTypes().some(({ name }) => name === topic.name));
  await until(() => observer.raw.getServiceNamesAndTypes().some(({ name }) => name === service.name));
  expect(observer.raw.getTopicNamesAndTypes()).toContainEqual(topic);
  expect(observer.raw.getServiceNamesAndTypes()).toContainEqual(service);
  await until(() => observer.raw.getNodeNamesAndNamespaces().some(({ name }) => name === 'server'));
  expect(observer.raw.getNodeNamesAndNamespaces()).toContainEqual(
    expect.objectContaining({ name: 'server', namespace: graph.namespace }),
  );
});

test('what was disposed of leaves the graph', async () => {
  const [node, observer] = [await graph.node('short_lived'), await graph.node('observer')];
  const publisher = node.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
  await until(() => observer.raw.countPublishers('chatter') === 1);
  publisher.dispose();
  await until(() => observer.raw.countPublishers('chatter') === 0);
  node.dispose();
  await until(() => !observer.raw.getNodeNamesAndNamespaces().some(({ name }) => name === 'short_lived'));
});

test('an interface that is not there cannot be loaded', () => {
  expect(() => rcl.require('std_msgs/msg/String')).not.toThrow();
  expect(() => rcl.require('std_msgs/msg/NoSuchThing')).toThrow();
});

test('nodes of different domains do not see each other', async () => {
  const here = await graph.node('here', { domainId: 71 });
  const there = await graph.node('there', { domainId: 72 });
  const twin = await graph.node('twin', { domainId: 71 });
  here.advertise('std_msgs/msg/String', 'chatter', RELIABLE);
  await until(() => twin.raw.countPublishers('chatter') === 1);
  expect(there.raw.countPublishers('chatter')).toBe(0);
});
