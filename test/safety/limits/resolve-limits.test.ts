import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseManifest } from '../../../lib/policy/manifest.js';
import { checkedJointLimits } from '../../../lib/safety/joint-limits.js';
import { bundleLimits } from '../../../lib/safety/limits/bundle-limits.js';
import { describeLimits } from '../../../lib/safety/limits/describe-limits.js';
import { parseJointLimitsYaml } from '../../../lib/safety/limits/joint-limits-yaml.js';
import { loadJointLimits } from '../../../lib/safety/limits/load-limits.js';
import { type LimitInputs, resolveJointLimits } from '../../../lib/safety/limits/resolve-limits.js';
import { parseUrdfLimits } from '../../../lib/safety/limits/urdf-limits.js';
import {
  ENDLESS_JOINTS,
  ENDLESS_URDF,
  GRIPPER_JOINTS,
  GRIPPER_URDF,
  SIX_AXIS_JOINTS,
  SIX_AXIS_URDF,
  SIX_AXIS_YAML,
} from './robots.js';

/** A manifest whose action has these dims, after a gripper. */
function manifest(dims: readonly object[], groups?: readonly object[]) {
  const width = dims.length + 1;
  return parseManifest({
    schema: 'jetson-vla/policy',
    version: 1,
    id: 'pick',
    inputs: { cameras: [{ id: 'wrist' }], text: { mode: 'none' }, state: { dims } },
    stages: {
      kind: 'single',
      models: [
        {
          inputs: [{ name: 'image', dtype: 'float32', shape: [1, 224, 224, 3], from: 'camera:wrist' }],
          outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, width] }],
          artifacts: [{ format: 'onnx', file: 'model.onnx', sha256: 'a'.repeat(64) }],
        },
      ],
    },
    action: {
      dims: [{ name: 'hand', unit: 'unit', limits: [0, 1], gripper: { open: 0, closed: 1 } }, ...dims],
      ...(groups && { groups: [{ name: 'hand', slice: [0, 1], space: 'gripper' }, ...groups] }),
    },
    chunk: { dt: 0.5 },
  }).manifest;
}

const of = (inputs: LimitInputs, joint: string) => {
  const limit = resolveJointLimits(inputs).find(({ name }) => name === joint);
  if (limit === undefined) throw new Error(`no ${joint}`);
  return limit;
};

const SIX_AXIS: LimitInputs = {
  jointNames: SIX_AXIS_JOINTS,
  urdf: SIX_AXIS_URDF,
  jointLimitsYaml: SIX_AXIS_YAML,
};

describe('resolveJointLimits', () => {
  it('takes the tightest of URDF and joint_limits.yaml, and says where it is from', () => {
    const pan = of(SIX_AXIS, 'shoulder_pan_joint');
    expect(pan).toMatchObject({
      min: -Math.PI,
      max: Math.PI,
      velocity: 2,
      acceleration: 5,
      jerk: 10,
      unit: 'rad',
    });
    expect(pan.provenance.min).toEqual({
      value: -Math.PI,
      source: 'joint_limits.yaml: min_position',
      over: [
        {
          joint: 'shoulder_pan_joint',
          quantity: 'min',
          value: -6.133185307179586,
          source: 'URDF: <safety_controller soft_lower_limit>',
        },
        { joint: 'shoulder_pan_joint', quantity: 'min', value: -2 * Math.PI, source: 'URDF: <limit lower>' },
      ],
      switchedOff: [],
    });
    expect(pan.provenance.jerk).toEqual({ value: 10, source: 'default', over: [], switchedOff: [] });
  });

  it('does not let a switched off value tighten, but keeps it in the provenance', () => {
    const elbow = of(SIX_AXIS, 'elbow_joint');
    expect(elbow.velocity).toBe(Math.PI);
    expect(elbow.provenance.velocity.switchedOff).toEqual([
      {
        joint: 'elbow_joint',
        quantity: 'velocity',
        value: 0.5,
        source: 'joint_limits.yaml: has_velocity_limits: false',
      },
    ]);
    expect(elbow.acceleration).toBe(3);
  });

  it('gives limits that an executor takes as they are', () => {
    const limits = resolveJointLimits(SIX_AXIS);
    expect(checkedJointLimits(limits, SIX_AXIS_JOINTS)).toEqual(
      limits.map(({ unit, provenance, ...limit }) => limit),
    );
  });

  it('holds a driven joint to what its mimics can do, also where joint_limits.yaml says it', () => {
    const inputs = { jointNames: GRIPPER_JOINTS, urdf: GRIPPER_URDF };
    const finger = of(inputs, 'finger_left');
    expect(finger.unit).toBe('m');
    expect(finger.min).toBeCloseTo(-0.005, 12);
    expect(finger.max).toBeCloseTo(0.04, 12);
    expect(finger.velocity).toBeCloseTo(0.04, 12);
    expect(finger.provenance.velocity.source).toBe('mimic finger_tip, URDF: <limit velocity>');
    const jointLimitsYaml =
      'joint_limits: { finger_right: { has_velocity_limits: true, max_velocity: 0.01 } }';
    const slower = of({ ...inputs, jointLimitsYaml }, 'finger_left');
    expect(slower.velocity).toBe(0.005);
    expect(slower.provenance.velocity.source).toBe('mimic finger_right, joint_limits.yaml: max_velocity');
  });

  it('leaves a joint that turns without end unbounded, unless someone gives it a range', () => {
    const inputs = { jointNames: ENDLESS_JOINTS, urdf: ENDLESS_URDF };
    expect(of(inputs, 'turret')).toMatchObject({
      min: Number.NEGATIVE_INFINITY,
      max: Number.POSITIVE_INFINITY,
    });
    expect(of(inputs, 'turret').provenance.max.source).toBe('URDF: continuous');
    const extra = [{ name: 'turret', min: -9, max: 9 }];
    expect(of({ ...inputs, extra }, 'turret')).toMatchObject({ min: -9, max: 9 });
    expect(() => resolveJointLimits({ ...inputs, extra: [{ name: 'turret', min: -9 }] })).toThrow(
      'turret: expected a largest position, but URDF states none, extra states none',
    );
  });

  it('takes the ranges of the policy, in rad', () => {
    const bundle = manifest([
      { name: 'rotation', unit: 'deg', limits: [-90, 180] },
      { name: 'pitch', unit: 'rad', limits: [0, 1] },
      { name: 'finger_left', unit: 'm' },
    ]);
    const inputs = { jointNames: GRIPPER_JOINTS, urdf: GRIPPER_URDF };
    const limits = resolveJointLimits({ ...inputs, bundle });
    expect(limits.map(({ min, max }) => [min, max])).toEqual([
      [-Math.PI / 2, 2.1],
      [0, 1],
      [expect.closeTo(-0.005, 12), expect.closeTo(0.04, 12)],
    ]);
    expect(limits[1]?.provenance.min.source).toBe('policy pick');
    expect(resolveJointLimits({ ...inputs, bundle: { policy: { manifest: bundle } } })).toEqual(limits);
    expect(resolveJointLimits({ ...inputs, bundle: bundleLimits(bundle) })).toEqual(limits);
  });

  it('takes sources that were parsed before', () => {
    const parsed = {
      ...SIX_AXIS,
      urdf: parseUrdfLimits(SIX_AXIS_URDF),
      jointLimitsYaml: parseJointLimitsYaml(SIX_AXIS_YAML),
    };
    expect(resolveJointLimits(parsed)).toEqual(resolveJointLimits(SIX_AXIS));
  });

  const own = { name: 'elbow', min: -1, max: 1, velocity: 2 };
  it('does with limits of one’s own alone', () => {
    const limits = resolveJointLimits({
      jointNames: ['elbow', 'roll'],
      extra: [
        own,
        { name: 'elbow', velocity: 1.5, jerk: 3, source: 'the data sheet' },
        { name: 'roll', min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, velocity: 1 },
      ],
    });
    expect(limits[0]).toMatchObject({ min: -1, max: 1, velocity: 1.5, acceleration: 1, jerk: 3 });
    expect(limits[0]?.provenance.velocity.source).toBe('the data sheet');
    expect(limits[1]).toMatchObject({ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY });
  });

  it.each<[string, LimitInputs, string]>([
    ['no source', { jointNames: ['elbow'] }, 'elbow: expected a smallest position, got no source of limits'],
    [
      'a joint that no source knows',
      { jointNames: ['wrst'], urdf: ENDLESS_URDF },
      'wrst: expected a velocity limit, but URDF has no joint wrst (did you mean wrist?)',
    ],
    [
      'a velocity that is switched off everywhere',
      {
        jointNames: ['elbow'],
        jointLimitsYaml: 'joint_limits: { elbow: { has_velocity_limits: false, max_velocity: 1 } }',
        extra: [{ name: 'elbow', min: 0, max: 1 }],
      },
      'elbow: expected a velocity limit, but joint_limits.yaml switches it off, extra states none',
    ],
    [
      'an empty intersection',
      { jointNames: ['elbow'], urdf: ENDLESS_URDF, extra: [{ name: 'elbow', min: 3, source: 'the table' }] },
      'elbow: expected a range of positions, but min 3 (the table) is not below max 2.66 (URDF: <limit upper>)',
    ],
    [
      'a range of no width',
      { jointNames: ['elbow'], urdf: ENDLESS_URDF, extra: [{ name: 'elbow', max: -2.66 }] },
      'elbow: expected a range of positions, but min -2.66 (URDF: <limit lower>) is not below max -2.66 (extra)',
    ],
    [
      'a mimic joint as a commanded one',
      { jointNames: ['finger_left', 'finger_right'], urdf: GRIPPER_URDF },
      'finger_right: expected a joint that is commanded, but in URDF it mimics finger_left',
    ],
    [
      'a fixed joint as a commanded one',
      { jointNames: ['base_fixed'], urdf: SIX_AXIS_URDF },
      'base_fixed: expected a joint that is commanded, but in URDF it is fixed',
    ],
    [
      'a misspelt joint in joint_limits.yaml',
      { ...SIX_AXIS, jointLimitsYaml: SIX_AXIS_YAML.replace('elbow_joint', 'elbow_jont') },
      'joint_limits.yaml: expected joints of the robot, got elbow_jont (did you mean elbow_joint?)',
    ],
    [
      'a policy for another robot',
      { ...SIX_AXIS, bundle: manifest([{ name: 'knee', unit: 'rad', limits: [0, 1] }]) },
      'policy pick: expected joints of the robot, got knee',
    ],
    [
      'units that differ',
      {
        jointNames: GRIPPER_JOINTS,
        urdf: GRIPPER_URDF,
        bundle: manifest([{ name: 'finger_left', unit: 'rad', limits: [0, 0.03] }]),
      },
      'finger_left: expected one unit, but URDF has it in m and policy pick in rad',
    ],
  ])('refuses %s', (_, inputs, message) => {
    const resolve = () => resolveJointLimits(inputs);
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ code: 'LIMITS_INVALID', hint: expect.any(String) }));
  });

  it.each<[string, unknown, string]>([
    ['no joints', { jointNames: [] }, 'jointNames: expected the names of the joints'],
    ['a joint twice', { jointNames: ['a', 'a'] }, 'each once, got ["a","a"]'],
    [
      'an unknown joint',
      { jointNames: ['elbow'], extra: [{ ...own, name: 'elbw' }] },
      'extra[0].name: expected one of elbow, got elbw (did you mean elbow?)',
    ],
    [
      'NaN',
      { jointNames: ['elbow'], extra: [{ ...own, min: Number.NaN }] },
      'extra[0].min of elbow: expected a finite number, got NaN',
    ],
    [
      'half of infinity',
      { jointNames: ['elbow'], extra: [{ ...own, max: Number.POSITIVE_INFINITY }] },
      'extra[0].max of elbow: expected a finite number, got Infinity',
    ],
    ['a text', { jointNames: ['elbow'], extra: [{ ...own, max: '1' }] }, 'expected a finite number, got 1'],
    [
      'velocity 0',
      { jointNames: ['elbow'], extra: [{ ...own, velocity: 0 }] },
      'extra[0].velocity of elbow: expected a finite number above 0, got 0',
    ],
    [
      'no entry',
      { jointNames: ['elbow'], extra: [undefined] },
      'extra[0].name: expected one of elbow, got undefined',
    ],
    ['no list', { jointNames: ['elbow'], extra: {} }, 'extra: expected a list of limits, got object'],
  ])('refuses %s as an argument', (_, inputs, message) => {
    // @ts-expect-error what a caller without types may pass
    const resolve = () => resolveJointLimits(inputs);
    expect(resolve).toThrow(message);
    expect(resolve).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('bundleLimits', () => {
  it('states nothing for units without an SI counterpart, and for what is no absolute position of a joint', () => {
    const dims = [
      { name: 'a', unit: 'percent', limits: [0, 100] },
      { name: 'b', unit: 'rad', limits: [-1, 1] },
      { name: 'c', unit: 'rad', limits: [-2, 2] },
      { name: 'd', unit: 'rad', limits: [-3, 3] },
    ];
    const groups = [
      { name: 'arm', slice: [1, 3], space: 'joint' },
      { name: 'delta', slice: [3, 4], space: 'joint', ref: 'chunk_start' },
      { name: 'speed', slice: [4, 5], space: 'joint', quantity: 'velocity' },
    ];
    const { statements, units } = bundleLimits(manifest(dims, groups));
    expect(statements.map(({ joint, quantity, value }) => [joint, quantity, value])).toEqual([
      ['b', 'min', -1],
      ['b', 'max', 1],
    ]);
    expect([...units]).toEqual([['b', 'rad']]);
  });
});

describe('describeLimits', () => {
  it('prints an aligned table of values, units and where they are from', () => {
    const text = describeLimits(
      resolveJointLimits({
        jointNames: ['elbow', 'wrist'],
        urdf: parseUrdfLimits(ENDLESS_URDF, 'arm.urdf'),
        jointLimitsYaml:
          'joint_limits: { elbow: { has_velocity_limits: true, max_velocity: 0.5, has_jerk_limits: false, max_jerk: 7 } }',
      }),
    );
    expect(text.split('\n')).toEqual([
      'joint  quantity       value  unit    from                             over',
      'elbow  min            -2.66  rad     arm.urdf: <limit lower>',
      '       max             2.66  rad     arm.urdf: <limit upper>',
      '       velocity         0.5  rad/s   joint_limits.yaml: max_velocity  0.8727 arm.urdf: <limit velocity>',
      '       acceleration       1  rad/s²  default',
      '       jerk              10  rad/s³  default                          [7 joint_limits.yaml: has_jerk_limits: false]',
      'wrist  min               -∞  rad     arm.urdf: continuous',
      '       max                ∞  rad     arm.urdf: continuous',
      '       velocity      0.8727  rad/s   arm.urdf: <limit velocity>',
      '       acceleration       1  rad/s²  default',
      '       jerk              10  rad/s³  default',
    ]);
  });
});

it('is shown in the documentation as it prints', async () => {
  const text = describeLimits(
    resolveJointLimits({
      jointNames: ['pitch', 'finger_left'],
      urdf: parseUrdfLimits(GRIPPER_URDF, 'arm.urdf'),
      jointLimitsYaml: `joint_limits:
  pitch: { has_velocity_limits: true, max_velocity: 0.8, has_acceleration_limits: false, max_acceleration: 3.0 }`,
    }),
  );
  const page = await readFile(new URL('../../../docs/limits.md', import.meta.url), 'utf8');
  expect(page).toContain(text);
});

describe('loadJointLimits', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'limits-'));
    await writeFile(path.join(folder, 'arm.urdf'), SIX_AXIS_URDF);
    await writeFile(path.join(folder, 'limits.yaml'), SIX_AXIS_YAML);
    await writeFile(path.join(folder, 'utf16.urdf'), Buffer.from(`\uFEFF${SIX_AXIS_URDF}`, 'utf16le'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads files and calls them by their names', async () => {
    const limits = await loadJointLimits({
      jointNames: SIX_AXIS_JOINTS,
      urdf: path.join(folder, 'arm.urdf'),
      jointLimitsYaml: path.join(folder, 'limits.yaml'),
      extra: [{ name: 'wrist_1_joint', velocity: 1 }],
    });
    expect(limits.map(({ velocity }) => velocity)).toEqual([2, Math.PI, Math.PI, 1, 3.5, 3.5]);
    expect(limits[0]?.provenance.velocity).toMatchObject({
      source: 'limits.yaml: max_velocity',
      over: [{ source: 'arm.urdf: <limit velocity>' }],
    });
  });

  it.each([
    ['a file that is not there', 'arm.xml', /expected a URDF at .*arm\.xml: ENOENT/],
    ['a folder', '.', /expected a URDF at .*EISDIR/],
    ['a file that is no UTF-8', 'utf16.urdf', /expected a URDF at .*utf16\.urdf: /],
  ])('refuses %s', async (_, name, message) => {
    const loading = loadJointLimits({ jointNames: SIX_AXIS_JOINTS, urdf: path.join(folder, name) });
    await expect(loading).rejects.toThrow(message);
    await expect(loading).rejects.toMatchObject({ code: 'LIMITS_INVALID' });
  });
});
