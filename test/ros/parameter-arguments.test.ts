import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parametersFor, splitParameterArguments } from '../../lib/ros/parameter-arguments.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'parameters-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const written = path.join(directory, name);
  writeFileSync(written, text);
  return written;
}

function given(args: readonly string[], fullName = '/vla_node'): Record<string, unknown> {
  const { sections } = splitParameterArguments(['--ros-args', ...args]);
  return Object.fromEntries(parametersFor(fullName, sections).map(({ name, value }) => [name, value]));
}

const value = (text: string) => {
  const { sections } = splitParameterArguments(['--ros-args', '-p', `x:=${text}`]);
  const [parameter] = parametersFor('/n', sections);
  return [parameter?.type, parameter?.value];
};

test('tells the type of a value as ROS 2 does', () => {
  expect(value('true')).toEqual([1, true]);
  expect(value('Off')).toEqual([1, false]);
  expect(value('y')).toEqual([1, true]);
  expect(value('10')).toEqual([2, 10n]);
  expect(value('-0x10')).toEqual([2, -16n]);
  expect(value('010')).toEqual([2, 8n]);
  expect(value('0')).toEqual([2, 0n]);
  expect(value('08')).toEqual([3, 8]);
  expect(value('1_000')).toEqual([4, '1_000']);
  expect(value('12:30')).toEqual([4, '12:30']);
  expect(value('10.0')).toEqual([3, 10]);
  expect(value('1e-3')).toEqual([3, 0.001]);
  expect(value('.5')).toEqual([3, 0.5]);
  expect(value('-.inf')).toEqual([3, Number.NEGATIVE_INFINITY]);
  expect(value('.nan')).toEqual([3, Number.NaN]);
  expect(value('pick up the red cube')).toEqual([4, 'pick up the red cube']);
  expect(value('"10"')).toEqual([4, '10']);
  expect(value("''")).toEqual([4, '']);
  expect(value('!!str 10')).toEqual([4, '10']);
  expect(value('/joint_states')).toEqual([4, '/joint_states']);
  expect(value('[a, b]')).toEqual([9, ['a', 'b']]);
  expect(value('[true, no]')).toEqual([6, [true, false]]);
  expect(value('[1, 2]')).toEqual([7, [1n, 2n]]);
  expect(value('[1, 2.5]')).toEqual([8, [1, 2.5]]);
  expect(value('[]')).toEqual([0, undefined]);
});

test('any number and any text come back as they were written', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), (number, text) => {
      expect(Number(value(String(number))[1])).toBe(Object.is(number, -0) ? 0 : number);
      expect(value(JSON.stringify(text))).toEqual([4, text]);
    }),
  );
});

test('leaves everything else of the command line where it is', () => {
  const args = [
    '-p',
    'mine',
    '--ros-args',
    '-r',
    'a:=b',
    '-p',
    'x:=1',
    '--log-level',
    'info',
    '--',
    '-p',
    'y',
  ];
  const { rest, sections } = splitParameterArguments(args);
  expect(rest).toEqual(['-p', 'mine', '--ros-args', '-r', 'a:=b', '--log-level', 'info', '--', '-p', 'y']);
  expect(sections).toHaveLength(1);
});

test.each([
  ['/**', true],
  ['vla_node', true],
  ['/robot/vla_node', true],
  ['robot/vla_node', true],
  ['/*/vla_node', true],
  ['/**/vla_node', true],
  ['/robot/*', true],
  ['/vla_node', false],
  ['/*', false],
  ['other', false],
  ['_node', false],
  ['/robot/vla.node', false],
])('values for %s: for /robot/vla_node %s', (nodes, isFor) => {
  const params = file('pattern.yaml', `${nodes}:\n  ros__parameters:\n    x: 1\n`);
  expect(given(['--params-file', params], '/robot/vla_node')).toEqual(isFor ? { x: 1n } : {});
});

test('reads levels of nodes and of parameters', () => {
  const params = file(
    'levels.yaml',
    `
robot:
  vla_node:
    ros__parameters:
      arm: {speed: 0.5, joints: [a, b]}
      bundle: /opt/policy  # a comment
  other:
    ros__parameters: {bundle: wrong}
`,
  );
  expect(given(['--params-file', params], '/robot/vla_node')).toEqual({
    'arm.speed': 0.5,
    'arm.joints': ['a', 'b'],
    bundle: '/opt/policy',
  });
});

test('the last value counts, wherever it stands', () => {
  const one = file('one.yaml', '/**:\n  ros__parameters: {x: 1, y: 1}\n');
  const two = file('two.yaml', '/vla_node:\n  ros__parameters: {x: 2}\n');
  expect(given(['--params-file', one, '--params-file', two])).toEqual({ x: 2n, y: 1n });
  expect(given(['--params-file', two, '--params-file', one])).toEqual({ x: 1n, y: 1n });
  expect(given(['--params-file', two, '-p', 'x:=3', '-p', 'other:x:=4'])).toEqual({ x: 3n });
  expect(given(['-p', 'vla_node:x:=5'])).toEqual({ x: 5n });
});

test.each([
  [['-p'], /-p must be followed by name:=value, got nothing/],
  [['-p', 'x=1'], /name:=value, got x=1/],
  [['-p', 'x:='], /parameter x has no value/],
  [['-p', 'x:=[1, a]'], /parameter x must be a list of values of one type/],
  [['-p', 'x:=[1'], /parameter x is not YAML/],
  [['-p', 'x:={a: 1}'], /parameter x must be a value or a list/],
  [['--params-file'], /must be followed by the name of a file/],
  [['--params-file', 'not/there.yaml'], /not\/there\.yaml cannot be read: ENOENT/],
])('%j is an error that says what is wrong', (args, message) => {
  expect(() => given(args)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
  );
});

test.each([
  ['just text', /must hold names with values below them/],
  ['ros__parameters: {x: 1}', /without the name of a node above it/],
  ['vla_node: {x: 1}', /under vla_node\/x, must hold names/],
  ['vla_node: {ros__parameters: {x: }}', /vla_node: x has no value/],
  ['vla_node: {ros__parameters: {x: &a 1, y: *a}}', /y is an alias/],
])('the file %j is an error that says what is wrong', (text, message) => {
  const params = file('wrong.yaml', text);
  expect(() => given(['--params-file', params])).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(message) }),
  );
});
