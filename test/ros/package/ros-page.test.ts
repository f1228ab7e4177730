import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { packageRoot } from '../../../lib/native/package-root.js';
import { rosPackageSource } from '../../../lib/ros/install-package.js';
import type { ParameterSpec } from '../../../lib/ros/node/parameter-spec.js';
import { VLA_PARAMETERS } from '../../../lib/ros/node/vla-parameters.js';
import { imageFrame } from '../../../lib/ros/robot/image-frame.js';
import { loadJointLimits } from '../../../lib/safety/limits/load-limits.js';

const page = readFileSync(path.join(packageRoot, 'docs/ros.md'), 'utf8');
const specs: ReadonlyMap<string, ParameterSpec> = new Map(Object.entries(VLA_PARAMETERS));

/** The rows below the header that begins so, as cells. */
function table(header: string): string[][] {
  const [, below = ''] = page.split(`\n${header}`);
  const rows = below.split('\n').slice(2);
  const end = rows.findIndex((row) => !row.startsWith('|'));
  return rows.slice(0, end).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
}

const quoted = (text = '') => [...text.matchAll(/`([^`]*)`/g)].map(([, name = '']) => name);

/** The code block after `name`: */
function block(name: string): string {
  const [, after = ''] = page.split(`\n\`${name}\`:\n`);
  return /^\n```\w+\n(.*?)^```/ms.exec(after)?.[1] ?? '';
}

it('docs/ros.md has every parameter with its default, whether it is live, and what it does', () => {
  const shown = (value: unknown) =>
    typeof value === 'string' && value !== '' ? value : JSON.stringify(value);
  expect(table('| parameter | default |')).toEqual(
    Object.entries(VLA_PARAMETERS).map(([name, { default: value, change, description }]) => [
      `\`${name}\`${change === 'live' ? ' *live*' : ''}`,
      `\`${shown(value)}\``,
      description,
    ]),
  );
});

describe('the topics, services and actions of docs/ros.md', () => {
  const rows = table('| name | type | direction |');
  const folder = path.join(packageRoot, 'lib/ros');
  const code = ['node', 'robot'].flatMap((part) =>
    readdirSync(path.join(folder, part)).map((file) => readFileSync(path.join(folder, part, file), 'utf8')),
  );
  const names = rows.flatMap(([cell]) => quoted(cell));

  it('are all that the code has by name, with their types', () => {
    const ends = code.flatMap((text) =>
      [
        ...text.matchAll(/\b(?:advertise|subscribe|subscribeCdr|serve|client)\(\s*'([\w/]+)',\s*'([^']+)'/g),
      ].map(([, type = '', name = '']) => ({ type, name })),
    );
    expect(ends.length).toBeGreaterThan(9);
    for (const { type, name } of ends)
      expect(rows.find(([cell]) => cell === `\`${name}\``)?.[1], name).toContain(type);
  });

  it('are in the code, or are its defaults', () => {
    const text = code.join('\n');
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect(text, name).toContain(`'${name}'`);
    for (const [, types = ''] of rows)
      for (const type of types.split(', or ')) expect(text, type).toContain(`'${type}'`);
    for (const name of ['trajectory_action', 'gripper_action'])
      expect(names).toContain(specs.get(name)?.default);
  });

  it('list the encodings that are read', () => {
    const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
    const none = {
      header,
      height: 1,
      width: 1,
      encoding: '?',
      is_bigendian: 0,
      step: 1,
      data: new Uint8Array(1),
    };
    const [, listed = ''] = /\*\*Images\*\*: ([\w\s,]*), with/.exec(page) ?? [];
    const encodings = listed.split(/,\s+/);
    expect(encodings.length).toBeGreaterThan(10);
    // Its message has them in an order of its own.
    const refused = imageFrame.bind(undefined, none, 0, { max16bit: 1 });
    const all = encodings.map((encoding) => `(?=.*\\b${encoding}\\b)`).join('');
    expect(refused).toThrow(new RegExp(all));
    expect(refused).toThrow(new RegExp(`one of ([^,;]+, ){${encodings.length - 1}}[^,;]+; got`));
  });
});

it('docs/ros.md has the arguments of the launch file', () => {
  const launch = readFileSync(path.join(rosPackageSource, 'launch/vla.launch.py'), 'utf8');
  const declared = [...launch.matchAll(/DeclareLaunchArgument\(\s*'(\w+)'/g)].map(([, name = '']) => name);
  const topics = [...launch.matchAll(/^ {4}'(\w+)': '/gm)].map(([, name = '']) => name);
  const documented = table('| launch argument |').flatMap(([cell]) => quoted(cell));
  expect(documented.toSorted()).toEqual([...declared, ...topics].toSorted());
});

describe('the mock hardware of docs/ros.md', () => {
  const policy = JSON.parse(
    readFileSync(path.join(packageRoot, 'examples/policies/pick/policy.json'), 'utf8'),
  );
  const dims: { name: string; gripper?: object }[] = policy.action.dims;
  const armJoints = dims.filter(({ gripper }) => gripper === undefined).map(({ name }) => name);
  const controllers = parse(block('controllers.yaml'));
  const parameters = parse(block('vla.yaml'))['/**'].ros__parameters;

  it('is an arm whose limits the node takes, with the joints of the demo and its gripper', async () => {
    const urdf = block('arm.urdf');
    expect(XMLValidator.validate(urdf)).toBe(true);
    const { robot } = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '' }).parse(urdf);
    const hardware: { name: string }[] = robot.ros2_control.joint;
    expect(hardware.map(({ name }) => name)).toEqual([...armJoints, parameters.gripper_joint]);
    const limits = await loadJointLimits({ jointNames: armJoints, urdfText: urdf });
    expect(limits.map(({ name }) => name)).toEqual(armJoints);
    expect(limits.every(({ velocity }) => velocity > 0)).toBe(true);
  });

  it('has controllers under the names that the node looks for', () => {
    const { ros__parameters: known } = controllers.controller_manager;
    const [arm = ''] = String(specs.get('trajectory_action')?.default).split('/');
    const [gripper = ''] = String(specs.get('gripper_action')?.default).split('/');
    expect(Object.keys(known)).toEqual(expect.arrayContaining([arm, gripper]));
    expect(controllers[arm].ros__parameters.joints).toEqual(armJoints);
    expect(controllers[gripper].ros__parameters.joint).toBe(parameters.gripper_joint);
  });

  it('sets parameters that exist', () => {
    expect(Object.keys(parameters).filter((name) => !specs.has(name))).toEqual([]);
  });
});
