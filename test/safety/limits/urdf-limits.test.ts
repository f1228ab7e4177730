import { describe, expect, it } from 'vitest';
import type { LimitQuantity, LimitSource } from '../../../lib/safety/limits/limit-source.js';
import { parseUrdfLimits } from '../../../lib/safety/limits/urdf-limits.js';
import { ENDLESS_URDF, GRIPPER_URDF, SIX_AXIS_JOINTS, SIX_AXIS_URDF } from './robots.js';

const stated = ({ statements }: LimitSource, joint: string, quantity: LimitQuantity) =>
  statements
    .filter((it) => it.joint === joint && it.quantity === quantity)
    .map(({ value, source }) => [value, source]);

const robot = (joints: string) => `<robot name="r">\n${joints}\n</robot>`;
const joint = (inside: string, type = 'revolute') =>
  robot(`<joint name="elbow" type="${type}">${inside}</joint>`);
const LIMIT = '<limit lower="-1" upper="2" effort="9" velocity="3"/>';

describe('parseUrdfLimits', () => {
  it('reads the limits of an industrial arm', () => {
    const limits = parseUrdfLimits(SIX_AXIS_URDF, 'arm.urdf');
    expect(limits.jointNames).toEqual(['base_fixed', ...SIX_AXIS_JOINTS]);
    expect([...limits.passive]).toEqual([['base_fixed', 'fixed']]);
    expect(stated(limits, 'elbow_joint', 'min')).toEqual([[-Math.PI, 'arm.urdf: <limit lower>']]);
    expect(stated(limits, 'elbow_joint', 'max')).toEqual([[Math.PI, 'arm.urdf: <limit upper>']]);
    expect(stated(limits, 'elbow_joint', 'velocity')).toEqual([[Math.PI, 'arm.urdf: <limit velocity>']]);
    expect(stated(limits, 'elbow_joint', 'acceleration')).toEqual([]);
    expect(limits.statements).toHaveLength(6 * 3 + 2 + 3);
    expect(limits.units.get('elbow_joint')).toBe('rad');
  });

  it('takes soft limits as limits of the position', () => {
    const limits = parseUrdfLimits(SIX_AXIS_URDF, 'arm.urdf');
    expect(stated(limits, 'shoulder_pan_joint', 'min')).toEqual([
      [-2 * Math.PI, 'arm.urdf: <limit lower>'],
      [-6.133185307179586, 'arm.urdf: <safety_controller soft_lower_limit>'],
    ]);
    expect(stated(limits, 'shoulder_lift_joint', 'min')).toHaveLength(1);
  });

  it('reads acceleration, deceleration and jerk where they stand', () => {
    const limits = parseUrdfLimits(SIX_AXIS_URDF, 'arm.urdf');
    expect(stated(limits, 'wrist_2_joint', 'acceleration')).toEqual([
      [40, 'arm.urdf: <limit acceleration>'],
      [30, 'arm.urdf: <limit deceleration>'],
    ]);
    expect(stated(limits, 'wrist_2_joint', 'jerk')).toEqual([[400, 'arm.urdf: <limit jerk>']]);
  });

  it('restates the limits of mimic joints for the joint that they follow, through a chain and mirrored', () => {
    const limits = parseUrdfLimits(GRIPPER_URDF, 'arm.urdf');
    expect(limits.mimics).toEqual([
      { joint: 'finger_right', follows: 'finger_left', multiplier: -2, offset: 0.02 },
      { joint: 'finger_tip', follows: 'finger_left', multiplier: -20, offset: 0.2 },
    ]);
    // −0.06 ≤ −2 q + 0.02 ≤ 0.03 and −10 ≤ −20 q + 0.2 ≤ 10
    expect(stated(limits, 'finger_left', 'min')).toEqual([
      [-0.01, 'arm.urdf: <limit lower>'],
      [expect.closeTo(-0.005, 12), 'mimic finger_right, arm.urdf: <limit upper>'],
      [expect.closeTo(-0.49, 12), 'mimic finger_tip, arm.urdf: <limit upper>'],
    ]);
    expect(stated(limits, 'finger_left', 'max')).toEqual([
      [0.05, 'arm.urdf: <limit upper>'],
      [expect.closeTo(0.04, 12), 'mimic finger_right, arm.urdf: <limit lower>'],
      [expect.closeTo(0.51, 12), 'mimic finger_tip, arm.urdf: <limit lower>'],
    ]);
    expect(stated(limits, 'finger_left', 'velocity').map(([value]) => value)).toEqual([
      0.2,
      0.05,
      expect.closeTo(0.04, 12),
    ]);
    expect(limits.units.get('finger_left')).toBe('m');
    expect(limits.statements.some((it) => it.joint === 'finger_right')).toBe(false);
  });

  it('knows joints that turn without end', () => {
    const limits = parseUrdfLimits(ENDLESS_URDF, 'arm.urdf');
    expect(limits.continuous).toEqual(['turret', 'wrist']);
    expect(stated(limits, 'turret', 'min')).toEqual([]);
    expect(stated(limits, 'turret', 'velocity')).toEqual([[0.8727, 'arm.urdf: <limit velocity>']]);
  });

  it.each([
    ['+1.5', 1.5],
    [' 1.5 ', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-1', 0.1],
    ['1.5E0', 1.5],
  ])('takes %j for a number', (text, value) => {
    expect(stated(parseUrdfLimits(joint(LIMIT.replace('"2"', `"${text}"`))), 'elbow', 'max')).toEqual([
      [value, 'URDF: <limit upper>'],
    ]);
  });

  const BAD_NUMBERS = [
    '',
    ' ',
    '1,5',
    '1.2.3',
    'nan',
    'inf',
    '-Infinity',
    '0x10',
    '90deg',
    '1 2',
    '1e999',
    '&#49;',
  ];
  it.each(BAD_NUMBERS)('does not take %j for a number, whatever the attribute', (text) => {
    for (const attribute of ['lower', 'upper', 'velocity', 'acceleration', 'jerk']) {
      const limit = LIMIT.replace('/>', ' acceleration="1" jerk="1"/>');
      const bad = limit.replace(new RegExp(`${attribute}="[^"]*"`), `${attribute}="${text}"`);
      const parse = () => parseUrdfLimits(joint(bad), 'arm.urdf');
      expect(parse).toThrow(
        `arm.urdf: line 2: joint elbow: expected <limit ${attribute}> to be a number, got `,
      );
      expect(parse).toThrow(expect.objectContaining({ code: 'LIMITS_INVALID' }));
    }
  });

  const soft = (attributes: string) => joint(`${LIMIT}<safety_controller ${attributes}/>`);
  const mimic = (attributes: string) =>
    robot(`<joint name="elbow" type="revolute">${LIMIT}</joint>
<joint name="m" type="revolute">${LIMIT}<mimic ${attributes}/></joint>`);

  it.each<[string, string, string | RegExp]>([
    ['no <limit>', joint(''), 'line 2: joint elbow: expected <limit>, because it is revolute, got none'],
    ['no <limit> of a sliding joint', joint('', 'prismatic'), 'because it is prismatic'],
    ['no <limit> of an endless joint', joint('', 'continuous'), 'because it is continuous'],
    ['two <limit>', joint(LIMIT + LIMIT), 'expected one <limit>, got 2'],
    [
      'a missing attribute',
      joint('<limit lower="-1" upper="2"/>'),
      '<limit velocity> to be a number, got nothing',
    ],
    [
      'a misspelt attribute',
      joint('<limit lower="-1" upper="2" velocty="2"/>'),
      'expected velocity, got velocty',
    ],
    [
      'a misspelt optional attribute',
      joint(LIMIT.replace('/>', ' acelleration="2"/>')),
      'expected acceleration, got acelleration',
    ],
    [
      'lower = upper',
      joint('<limit lower="0" upper="0" velocity="1"/>'),
      'expected lower < upper in <limit>, got 0 and 0',
    ],
    ['lower > upper', joint('<limit lower="1" upper="-1" velocity="1"/>'), 'got 1 and -1'],
    ['velocity 0', joint('<limit lower="-1" upper="1" velocity="0"/>'), '<limit velocity> above 0, got 0'],
    ['negative velocity', joint('<limit lower="-1" upper="1" velocity="-2"/>'), 'above 0, got -2'],
    ['acceleration 0', joint(LIMIT.replace('/>', ' acceleration="0"/>')), '<limit acceleration> above 0'],
    [
      'a range of an endless joint',
      joint(LIMIT, 'continuous'),
      'expected no <limit lower>, because it is continuous, got "-1"',
    ],
    [
      'soft limits of an endless joint',
      joint('<limit velocity="1"/><safety_controller k_velocity="1" soft_lower_limit="0"/>', 'continuous'),
      'expected no <safety_controller soft_lower_limit>',
    ],
    [
      'soft limits outside',
      soft('k_velocity="1" k_position="9" soft_lower_limit="-1.1" soft_upper_limit="1"'),
      'expected soft limits inside <limit> -1 … 2, got -1.1 … 1',
    ],
    [
      'a soft limit above the hard one',
      soft('k_velocity="1" soft_lower_limit="-1" soft_upper_limit="2.1"'),
      'expected soft limits inside <limit> -1 … 2, got -1 … 2.1',
    ],
    [
      'a multiplier that leaves no speed',
      mimic('joint="elbow" multiplier="1e300"').replace(/velocity="3"(?=.*<mimic)/, 'velocity="1e-300"'),
      'would limit elbow to 0, because its multiplier is 1e+300',
    ],
    [
      'half the soft limits',
      soft('k_velocity="1" k_position="9" soft_lower_limit="-1"'),
      '<safety_controller soft_upper_limit> to be a number, got nothing',
    ],
    [
      'k_position without soft limits',
      soft('k_velocity="1" k_position="9"'),
      '<safety_controller soft_lower_limit>',
    ],
    [
      'no k_velocity',
      soft('k_position="9" soft_lower_limit="-1" soft_upper_limit="1"'),
      '<safety_controller k_velocity>',
    ],
    [
      'a malformed k_position',
      soft('k_velocity="1" k_position="x" soft_lower_limit="-1" soft_upper_limit="1"'),
      '<safety_controller k_position>',
    ],
    [
      'soft limits in the wrong order',
      soft('k_velocity="1" soft_lower_limit="1" soft_upper_limit="0"'),
      'expected soft_lower_limit < soft_upper_limit',
    ],
    ['a mimic of nothing', mimic('multiplier="1"'), 'expected <mimic joint> to name a joint'],
    [
      'a mimic of an unknown joint',
      mimic('joint="elbw"'),
      'line 3: joint m: expected <mimic> to name a joint of the robot, got elbw (did you mean elbow?)',
    ],
    ['a mimic of itself', mimic('joint="m"'), 'got a circle: m → m'],
    ['multiplier 0', mimic('joint="elbow" multiplier="0"'), '<mimic multiplier> other than 0'],
    [
      'a malformed multiplier',
      mimic('joint="elbow" multiplier="-1,0"'),
      '<mimic multiplier> to be a number, got "-1,0"',
    ],
    ['a misspelt multiplier', mimic('joint="elbow" multipler="-1"'), 'expected multiplier, got multipler'],
    ['a malformed offset', mimic('joint="elbow" offset="x"'), '<mimic offset>'],
    [
      'a multiplier that leaves no limit',
      mimic('joint="elbow" multiplier="1e-320"'),
      'because its multiplier is',
    ],
    ['a misspelt element', joint(`${LIMIT}<mimc joint="elbow"/>`), 'expected mimic, got mimc'],
    ['text in a joint', joint(`joint="elbow"/>${LIMIT}`), 'expected elements only, got text'],
    ['text in the robot', robot('axis="1"/>'), 'expected elements only in <robot>, got text'],
    [
      'a joint without a name',
      robot(`<joint type="fixed"/>`),
      'line 2: expected a joint with a name, got ""',
    ],
    ['an unknown type', joint(LIMIT, 'rotary'), 'expected a type out of revolute, prismatic'],
    ['no type', robot(`<joint name="a">${LIMIT}</joint>`), 'got ""'],
    [
      'two joints of one name',
      robot(`<joint name="a" type="fixed"/>\n<joint name="a" type="fixed"/>`),
      'line 3: expected one joint a, got another; the first is in line 2',
    ],
    ['another root', '<sdf><model/></sdf>', 'line 1: expected <robot>, got <sdf>'],
    ['two roots', '<robot/><robot/>', 'expected XML, one root element, got <robot> <robot>'],
    [
      'an unclosed tag',
      '<robot>\n<joint name="a">\n</robot>',
      /arm\.urdf: expected XML, line 3: .*closing tag 'joint'/,
    ],
    ['an open quote', '<robot name="r>\n</robot>', 'expected XML, line'],
    ['no XML', 'joint_limits: {}', 'expected XML, line 1'],
    ['an empty file', '', 'expected XML, line 1'],
    [
      'a comment that swallows a joint',
      robot(`<!-- a\n<joint name="x" type="fixed"/>\n<!-- b -->`),
      'line 4: a comment begins inside another comment',
    ],
    ['tags nested without end', '<a>'.repeat(500) + '</a>'.repeat(500), 'expected XML, Maximum nested tags'],
    ['a dangerous name', '<robot><__proto__/></robot>', 'expected XML'],
  ])('refuses %s', (_, xml, message) => {
    const parse = () => parseUrdfLimits(xml, 'arm.urdf');
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'LIMITS_INVALID', hint: expect.any(String) }));
  });

  it('finds circles of mimic joints and mimics of joints that nothing drives', () => {
    const follow = (name: string, other: string) =>
      `<joint name="${name}" type="revolute">${LIMIT}<mimic joint="${other}"/></joint>`;
    expect(() => parseUrdfLimits(robot(follow('a', 'b') + follow('b', 'c') + follow('c', 'b')))).toThrow(
      'got a circle: a → b → c → b',
    );
    expect(() => parseUrdfLimits(robot(`${follow('a', 'b')}<joint name="b" type="fixed"/>`))).toThrow(
      'expected <mimic> to name a driven joint, got b, which is fixed',
    );
  });

  it('names everything that is wrong at once', () => {
    const bad = robot(`<joint name="a" type="revolute"/>
<joint name="b" type="prismatic"><limit lower="x" upper="1" velocity="0"/></joint>`);
    const parse = () => parseUrdfLimits(bad);
    expect(parse).toThrow(/line 2: joint a: .*\n.*line 3: joint b: .*lower.*\n.*line 3: joint b: .*velocity/);
  });

  it('says how to get from xacro to a URDF', () => {
    const hint = expect.stringContaining('run `xacro');
    for (const xacro of [
      joint(`<limit lower="\${-pi}" upper="1" velocity="1"/>`),
      robot(`<joint name="\${prefix}elbow" type="fixed"/>`),
      robot('<joint name="$(arg prefix)elbow" type="fixed"/>'),
      robot('<xacro:include filename="arm.xacro"/>'),
    ])
      expect(() => parseUrdfLimits(xacro)).toThrow(expect.objectContaining({ hint }));
  });

  it('refuses document types, so that no entity can grow', () => {
    const bomb = `<!DOCTYPE robot [<!ENTITY a "1"><!ENTITY b "&a;&a;&a;">]>${joint(LIMIT.replace('"3"', '"&b;"'))}`;
    expect(() => parseUrdfLimits(bomb)).toThrow('line 1: expected no document type, got <!DOCTYPE');
    expect(() => parseUrdfLimits(`<!-- <!DOCTYPE -->${joint(LIMIT)}`)).not.toThrow();
  });

  it('stays quick on a text of comments that never end', () => {
    expect(() => parseUrdfLimits(`<robot>${'<!--'.repeat(100_000)}`)).toThrow('expected XML');
  });

  it('reads Windows line ends and a byte order mark, and counts their lines', () => {
    const text = `\uFEFF${robot(`<joint name="a" type="fixed"/>\n<joint name="b" type="hinge"/>`)}`;
    expect(() => parseUrdfLimits(text.replaceAll('\n', '\r\n'))).toThrow('line 3: joint b');
    expect(parseUrdfLimits(`\uFEFF${SIX_AXIS_URDF}`.replaceAll('\n', '\r\n'))).toEqual(
      parseUrdfLimits(SIX_AXIS_URDF),
    );
  });

  it.each([undefined, null, 3, {}])('refuses %j in place of a text', (text) => {
    // @ts-expect-error what a caller without types may pass
    expect(() => parseUrdfLimits(text)).toThrow('expected the text of a URDF, got');
  });
});
