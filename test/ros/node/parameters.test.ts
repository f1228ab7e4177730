import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ParameterSpecs, ParameterValue } from '../../../lib/ros/node/parameter-spec.js';
import { NodeParameters } from '../../../lib/ros/node/parameters.js';
import { PARAMETER_TYPE } from '../../../lib/ros/rcl.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';

const SPECS = {
  rate: { type: 'double', default: 10, min: 0.1, max: 100, description: 'Rate, hertz.', change: 'live' },
  count: { type: 'integer', default: 3, min: 1, max: 9, description: 'How many.', change: 'live' },
  unbounded: { type: 'double', default: 0, description: 'Any number.', change: 'live' },
  bundle: { type: 'string', default: '', description: 'A directory.', change: 'unconfigured' },
  mode: {
    type: 'string',
    default: 'fast',
    oneOf: ['fast', 'slow'],
    description: 'How.',
    change: 'live',
  },
  log: { type: 'string', default: '', whenFalse: 'off', description: 'A file.', change: 'live' },
  moves: { type: 'bool', default: true, description: 'Whether.', change: 'live' },
  box: { type: 'double_array', default: [], lengths: [0, 2], description: 'A box, m.', change: 'live' },
  joints: { type: 'string_array', default: ['a'], description: 'Joints.', change: 'live' },
  serial: { type: 'integer', default: 7, description: 'A number.', change: 'read-only' },
} as const satisfies ParameterSpecs;

let graph: TestGraph;
let node: RosNode;
let configured: boolean;
beforeEach(async () => {
  graph = newGraph();
  configured = false;
});
afterEach(() => graph.dispose());

async function declared(...args: string[]): Promise<NodeParameters<typeof SPECS>> {
  node = await graph.node('robot', { args: ['--ros-args', ...args] });
  return new NodeParameters(node, SPECS, {
    mayChange: (_, kind) => kind === 'live' || !configured,
  });
}

function set(name: string, type: number, value: unknown): { successful: boolean; reason: string } {
  return node.raw.setParameter(new rcl.Parameter(name, type, value));
}

function param(assignment: string): string[] {
  return ['-p', assignment];
}

test('has its defaults when nothing is given', async () => {
  const parameters = await declared();
  for (const [name, spec] of Object.entries(SPECS))
    expect(parameters.get(name as keyof typeof SPECS)).toEqual(spec.default);
  expect(node.raw.getParameter('count').value).toBe(3n);
  // The types that callers see.
  const count: number = parameters.get('count');
  const mode: 'fast' | 'slow' = parameters.get('mode');
  const joints: readonly string[] = parameters.get('joints');
  expect([count, mode, joints]).toEqual([3, 'fast', ['a']]);
});

test('takes values from the command line, whole numbers for doubles too', async () => {
  const given = ['rate:=20', 'count:=5', 'bundle:=/opt/policy', 'mode:=slow', 'log:=off', 'moves:=false'];
  const lists = ['box:=[1, 2]', 'joints:=[b, c]', 'serial:=8'];
  const parameters = await declared(...[...given, ...lists].flatMap(param));
  expect(parameters.get('rate')).toBe(20);
  expect(parameters.get('count')).toBe(5);
  expect(parameters.get('bundle')).toBe('/opt/policy');
  expect(parameters.get('mode')).toBe('slow');
  expect(parameters.get('log')).toBe('off');
  expect(parameters.get('moves')).toBe(false);
  expect(parameters.get('box')).toEqual([1, 2]);
  expect(parameters.get('joints')).toEqual(['b', 'c']);
  expect(parameters.get('serial')).toBe(8);
  expect(node.raw.getParameter('rate')).toMatchObject({ type: PARAMETER_TYPE.double, value: 20 });
});

test('takes an empty list', async () => {
  const parameters = await declared('-p', 'joints:=[]');
  expect(parameters.get('joints')).toEqual([]);
});

test.each([
  ['rate:=fast', 'the parameter rate must be a number from 0.1 to 100 (double), got the string "fast"'],
  ['rate:=1000', 'the parameter rate must be a number from 0.1 to 100 (double), got 1000'],
  ['rate:=.nan', 'the parameter rate must be a number from 0.1 to 100 (double), got NaN'],
  ['unbounded:=.inf', 'the parameter unbounded must be a number (double), got Infinity'],
  ['count:=2.5', 'the parameter count must be a whole number from 1 to 9 (integer), got 2.5'],
  ['bundle:=7', 'the parameter bundle must be a string (string), got 7'],
  ['mode:=quick', 'the parameter mode must be one of "fast", "slow" (string), got the string "quick"'],
  ['moves:=1', 'the parameter moves must be true or false (bool), got 1'],
  ['box:=[1.0]', 'the parameter box must be a list of 0 or 2 numbers (double_array), got [1]'],
  ['joints:=a', 'the parameter joints must be a list of strings (string_array), got the string "a"'],
  ['joints:=[1]', 'the parameter joints must be a list of strings (string_array), got [1]'],
])('%s is refused at the start', async (given, message) => {
  await expect(declared('-p', given)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
});

test('names all wrong values at once', async () => {
  await expect(declared('-p', 'rate:=x', '-p', 'count:=0')).rejects.toMatchObject({
    message: expect.stringMatching(/rate .*\n.*count /),
  });
});

test('a live parameter changes, and its listeners hear of it', async () => {
  const parameters = await declared();
  const heard: [string, ParameterValue][] = [];
  parameters.onChange((name, value) => heard.push([name, value]));
  parameters.onChange(() => {
    throw new Error('a listener that fails');
  });
  expect(set('rate', PARAMETER_TYPE.double, 25)).toEqual({ successful: true, reason: '' });
  expect(parameters.get('rate')).toBe(25);
  expect(set('count', PARAMETER_TYPE.integer, 4n).successful).toBe(true);
  expect(set('count', PARAMETER_TYPE.integer, 4n).successful).toBe(true);
  await until(() => heard.length >= 2);
  expect(heard).toEqual([
    ['rate', 25],
    ['count', 4],
  ]);
});

test.each([
  ['rate', PARAMETER_TYPE.double, 1000, 'rate must be a number from 0.1 to 100 (double), got 1000'],
  ['rate', PARAMETER_TYPE.double, Number.NaN, 'rate must be a number from 0.1 to 100 (double), got NaN'],
  [
    'rate',
    PARAMETER_TYPE.integer,
    20n,
    'rate must be a number from 0.1 to 100 (double), got 20 (write 20.0)',
  ],
  [
    'mode',
    PARAMETER_TYPE.string,
    'quick',
    'mode must be one of "fast", "slow" (string), got the string "quick"',
  ],
  ['moves', PARAMETER_TYPE.string, 'yes', 'moves must be true or false (bool), got the string "yes"'],
  ['box', PARAMETER_TYPE.doubleArray, [1], 'box must be a list of 0 or 2 numbers (double_array), got [1]'],
  ['rate', 0, undefined, 'rate must be a number from 0.1 to 100 (double), got nothing'],
])('a change of %s to type %d, %s is refused with the reason', async (name, type, value, reason) => {
  const parameters = await declared();
  const before = parameters.get(name as keyof typeof SPECS);
  expect(set(name, type, value)).toEqual({ successful: false, reason });
  expect(parameters.get(name as keyof typeof SPECS)).toEqual(before);
});

test('what the node was configured with changes only while it is not', async () => {
  const parameters = await declared();
  expect(set('bundle', PARAMETER_TYPE.string, '/one').successful).toBe(true);
  configured = true;
  expect(set('bundle', PARAMETER_TYPE.string, '/two')).toEqual({
    successful: false,
    reason: `bundle: set it while the node is unconfigured (ros2 lifecycle set ${graph.namespace}/robot cleanup)`,
  });
  expect(parameters.get('bundle')).toBe('/one');
  // `ros2 param load` sets all that stands in a file.
  expect(set('bundle', PARAMETER_TYPE.string, '/one').successful).toBe(true);
  expect(set('rate', PARAMETER_TYPE.double, 5).successful).toBe(true);
});

test('a read-only parameter does not change', async () => {
  const parameters = await declared();
  expect(set('serial', PARAMETER_TYPE.integer, 8n).successful).toBe(false);
  expect(parameters.get('serial')).toBe(7);
});

test('is set and described from another node', async () => {
  const parameters = await declared();
  const other = await graph.node('operator');
  const type = 'rcl_interfaces/srv/';
  const setter = other.raw.createClient(`${type}SetParameters`, `${graph.namespace}/robot/set_parameters`);
  const describer = other.raw.createClient(
    `${type}DescribeParameters`,
    `${graph.namespace}/robot/describe_parameters`,
  );
  await until(() => setter.isServiceServerAvailable() && describer.isServiceServerAvailable());
  const value = { type: PARAMETER_TYPE.double, double_value: 42.5 };
  const answer = await setter.sendRequestAsync({ parameters: [{ name: 'rate', value }] });
  expect(answer).toMatchObject({ results: [{ successful: true }] });
  expect(parameters.get('rate')).toBe(42.5);

  const { descriptors } = (await describer.sendRequestAsync({
    names: ['rate', 'count', 'mode', 'bundle'],
  })) as {
    descriptors: readonly unknown[];
  };
  expect(descriptors[0]).toMatchObject({
    name: 'rate',
    type: PARAMETER_TYPE.double,
    description: 'Rate, hertz.',
    floating_point_range: [{ from_value: 0.1, to_value: 100, step: 0 }],
  });
  expect(descriptors[1]).toMatchObject({ integer_range: [{ from_value: 1n, to_value: 9n, step: 1n }] });
  expect(descriptors[2]).toMatchObject({ additional_constraints: 'one of "fast", "slow"' });
  expect(descriptors[3]).toMatchObject({
    additional_constraints: 'a string, changed while the node is unconfigured',
  });
});

test('time of the simulation can be asked for', async () => {
  await declared('-p', 'use_sim_time:=true');
  expect(node.raw.getParameter('use_sim_time').value).toBe(true);
  await expect(
    graph.node('other', { args: ['--ros-args', '-p', 'use_sim_time:=maybe'] }),
  ).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'the parameter use_sim_time must be true or false, got maybe',
  });
});

test('warns of a name that the node does not have, with the one that is meant', async () => {
  node = await graph.node('robot', { args: ['--ros-args', '-p', 'rat:=20', '-p', 'use_sim_time:=false'] });
  const { log } = node;
  const warnings: string[] = [];
  Object.defineProperty(node, 'log', { value: { ...log, warn: (text: string) => warnings.push(text) > 0 } });
  new NodeParameters(node, SPECS, { mayChange: () => true });
  expect(warnings).toEqual(['the parameter "rat" is not one of this node\'s: did you mean "rate"?']);
});

test('whatever is set, the value always satisfies its spec', async () => {
  const parameters = await declared();
  const number = fc.double();
  const change = fc.oneof(
    fc.tuple(fc.constant('rate'), fc.constant(PARAMETER_TYPE.double), number),
    fc.tuple(fc.constant('count'), fc.constant(PARAMETER_TYPE.integer), fc.bigInt({ min: -12n, max: 12n })),
    fc.tuple(fc.constant('rate'), fc.constant(PARAMETER_TYPE.string), fc.string()),
    fc.tuple(fc.constant('box'), fc.constant(PARAMETER_TYPE.doubleArray), fc.array(number, { maxLength: 4 })),
    fc.tuple(fc.constant('mode'), fc.constant(PARAMETER_TYPE.string), fc.constantFrom('fast', 'slow', 'x')),
  );
  fc.assert(
    fc.property(change, ([name, type, value]) => {
      const { successful, reason } = set(name, type, value);
      const rate = parameters.get('rate');
      const count = parameters.get('count');
      const box = parameters.get('box');
      expect(rate >= 0.1 && rate <= 100).toBe(true);
      expect(Number.isInteger(count) && count >= 1 && count <= 9).toBe(true);
      expect([0, 2]).toContain(box.length);
      expect(box.every(Number.isFinite)).toBe(true);
      expect(['fast', 'slow']).toContain(parameters.get('mode'));
      if (successful)
        expect(parameters.get(name as 'rate')).toEqual(typeof value === 'bigint' ? Number(value) : value);
      else expect(reason).toContain(name);
    }),
  );
});
