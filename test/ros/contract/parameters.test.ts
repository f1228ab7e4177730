import { afterEach, beforeEach, expect, test } from 'vitest';
import { PARAMETER_TYPE } from '../../../lib/ros/rcl.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';

let graph: TestGraph;
let node: RosNode;
beforeEach(async () => {
  graph = newGraph();
  node = await graph.node('vla_node');
});
afterEach(() => graph.dispose());

const { integer, double, string, stringArray } = PARAMETER_TYPE;

test('an integer reads back as a BigInt, a list as a list', () => {
  node.raw.declareParameter(new rcl.Parameter('depth', integer, 3));
  node.raw.declareParameter(new rcl.Parameter('joints', stringArray, ['a', 'b']));
  expect(node.raw.getParameter('depth').value).toBe(3n);
  expect(node.raw.getParameter('joints').value).toEqual(['a', 'b']);
  expect(node.raw.hasParameter('depth')).toBe(true);
  expect(node.raw.hasParameter('no_such')).toBe(false);
});

test('a value outside of its range or of another type is refused, and the old one stays', () => {
  const range = new rcl.FloatingPointRange(0, 30, 0);
  const descriptor = new rcl.ParameterDescriptor('rate', double, 'Hz', false, range);
  node.raw.declareParameter(new rcl.Parameter('rate', double, 10), descriptor);
  for (const wrong of [new rcl.Parameter('rate', double, 31), new rcl.Parameter('rate', string, 'fast')])
    expect(node.raw.setParameter(wrong).successful).toBe(false);
  expect(node.raw.getParameter('rate').value).toBe(10);
  expect(node.raw.setParameter(new rcl.Parameter('rate', double, 12.5)).successful).toBe(true);
  expect(node.raw.getParameter('rate').value).toBe(12.5);
});

test('whole ranges end where they say', () => {
  const descriptor = new rcl.ParameterDescriptor('n', integer, '', false, new rcl.IntegerRange(1n, 4n));
  node.raw.declareParameter(new rcl.Parameter('n', integer, 1n), descriptor);
  expect(node.raw.setParameter(new rcl.Parameter('n', integer, 4n)).successful).toBe(true);
  expect(node.raw.setParameter(new rcl.Parameter('n', integer, 5n)).successful).toBe(false);
});

test('a read-only parameter stays as it was declared', () => {
  const descriptor = new rcl.ParameterDescriptor('bundle', string, '', true);
  node.raw.declareParameter(new rcl.Parameter('bundle', string, 'a'), descriptor);
  expect(node.raw.setParameter(new rcl.Parameter('bundle', string, 'b')).successful).toBe(false);
});

test('a callback may refuse a change with a reason', () => {
  node.raw.declareParameter(new rcl.Parameter('mode', string, 'slow'));
  node.raw.addOnSetParametersCallback((parameters) => ({
    successful: parameters.every(({ value }) => value !== 'wild'),
    reason: 'too wild',
  }));
  expect(node.raw.setParameter(new rcl.Parameter('mode', string, 'wild'))).toEqual({
    successful: false,
    reason: 'too wild',
  });
  expect(node.raw.getParameter('mode').value).toBe('slow');
});

test('what is declared twice is an error', () => {
  node.raw.declareParameter(new rcl.Parameter('mode', string, 'slow'));
  expect(() => node.raw.declareParameter(new rcl.Parameter('mode', string, 'fast'))).toThrow();
});

test('the clock is the system clock unless the simulation gives another', async () => {
  const skewMs = Number(node.now() / 1_000_000n) - Date.now();
  expect(Math.abs(skewMs)).toBeLessThan(1000);
  const simulated = await graph.node('simulated', { args: ['--ros-args', '-p', 'use_sim_time:=true'] });
  expect(simulated.now()).toBe(0n);
});

test('other nodes read, describe and set parameters by services', async () => {
  const range = new rcl.FloatingPointRange(0, 30, 0);
  const descriptor = new rcl.ParameterDescriptor('rate', double, 'of inference, in Hz', false, range);
  node.raw.declareParameter(new rcl.Parameter('rate', double, 10), descriptor);
  const operator = await graph.node('operator');
  const call = async (type: string, service: string, request: object) => {
    const client = operator.raw.createClient(`rcl_interfaces/srv/${type}`, `vla_node/${service}`);
    await until(() => client.isServiceServerAvailable());
    return client.sendRequestAsync(request, { timeout: 10_000 });
  };
  const names = ['rate'];
  expect(await call('GetParameters', 'get_parameters', { names })).toMatchObject({
    values: [{ type: double, double_value: 10 }],
  });
  expect(await call('DescribeParameters', 'describe_parameters', { names })).toMatchObject({
    descriptors: [{ name: 'rate', type: double, description: 'of inference, in Hz' }],
  });
  const set = (value: number) =>
    call('SetParameters', 'set_parameters', {
      parameters: [{ name: 'rate', value: { type: double, double_value: value } }],
    });
  expect(await set(20)).toMatchObject({ results: [{ successful: true }] });
  expect(await set(31)).toMatchObject({ results: [{ successful: false }] });
  expect(node.raw.getParameter('rate').value).toBe(20);
  expect(await call('ListParameters', 'list_parameters', {})).toMatchObject({
    result: { names: expect.arrayContaining(['rate', 'use_sim_time']) },
  });
});
