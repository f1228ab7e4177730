import { describe, expect, it } from 'vitest';
import { parseJointLimitsYaml } from '../../../lib/safety/limits/joint-limits-yaml.js';
import { SIX_AXIS_YAML } from './robots.js';

const elbow = (fields: string) => `joint_limits:\n  elbow:\n${fields.replace(/^/gm, '    ')}\n`;
const VELOCITY = 'has_velocity_limits: true\nmax_velocity: 2.5';

describe('parseJointLimitsYaml', () => {
  it('reads the file of an industrial arm, angles in degrees', () => {
    const limits = parseJointLimitsYaml(SIX_AXIS_YAML);
    expect(limits.jointNames).toEqual(['shoulder_pan_joint', 'elbow_joint']);
    expect(limits.statements).toEqual([
      {
        joint: 'shoulder_pan_joint',
        quantity: 'min',
        value: -Math.PI,
        source: 'joint_limits.yaml: min_position',
      },
      {
        joint: 'shoulder_pan_joint',
        quantity: 'max',
        value: Math.PI,
        source: 'joint_limits.yaml: max_position',
      },
      {
        joint: 'shoulder_pan_joint',
        quantity: 'velocity',
        value: 2,
        source: 'joint_limits.yaml: max_velocity',
      },
      {
        joint: 'shoulder_pan_joint',
        quantity: 'acceleration',
        value: 5,
        source: 'joint_limits.yaml: max_acceleration',
      },
      {
        joint: 'elbow_joint',
        quantity: 'acceleration',
        value: 4,
        source: 'joint_limits.yaml: max_acceleration',
      },
      {
        joint: 'elbow_joint',
        quantity: 'acceleration',
        value: 3,
        source: 'joint_limits.yaml: max_deceleration',
      },
      { joint: 'elbow_joint', quantity: 'jerk', value: 50, source: 'joint_limits.yaml: max_jerk' },
    ]);
  });

  it('keeps what a flag switches off apart', () => {
    expect(parseJointLimitsYaml(SIX_AXIS_YAML, 'a.yaml').switchedOff).toEqual([
      {
        joint: 'elbow_joint',
        quantity: 'velocity',
        value: 0.5,
        source: 'a.yaml: has_velocity_limits: false',
      },
    ]);
    expect(parseJointLimitsYaml(elbow('has_jerk_limits: false')).switchedOff).toEqual([]);
    expect(parseJointLimitsYaml(elbow('has_velocity_limits: false\nmax_velocity: 0')).statements).toEqual([]);
  });

  const FLOW = 'joint_limits: { elbow: { has_velocity_limits: true, max_velocity: 2.5 } }';
  it.each([
    ['the parameters of a node', `controller:\n  ros__parameters:\n    use_sim_time: true\n    ${FLOW}`],
    ['any node in a namespace', `/arm:\n  /**:\n    ros__parameters:\n      rate: 100\n      ${FLOW}`],
    ['parameters without a node', `ros__parameters:\n  ${FLOW}`],
    ['the parameters of MoveIt', `robot_description_planning:\n  ${FLOW}\n  cartesian_limits: {}`],
  ])('finds joint_limits in %s', (_, text) => {
    expect(parseJointLimitsYaml(text).statements).toEqual([
      { joint: 'elbow', quantity: 'velocity', value: 2.5, source: 'joint_limits.yaml: max_velocity' },
    ]);
  });

  it('takes soft limits as limits of the position, and angle_wraparound for a joint without a range', () => {
    const soft =
      'has_soft_limits: true\nsoft_lower_limit: -1\nsoft_upper_limit: 1\nk_position: 10\nk_velocity: 5.0';
    expect(
      parseJointLimitsYaml(elbow(soft)).statements.map(({ quantity, value }) => [quantity, value]),
    ).toEqual([
      ['min', -1],
      ['max', 1],
    ]);
    const wraps = elbow('has_position_limits: false\nangle_wraparound: true');
    expect(parseJointLimitsYaml(wraps).continuous).toEqual(['elbow']);
    expect(parseJointLimitsYaml(elbow('angle_wraparound: false')).continuous).toEqual([]);
  });

  it('takes joints that are called by numbers', () => {
    expect(parseJointLimitsYaml(elbow(VELOCITY).replace('elbow', '1')).jointNames).toEqual(['1']);
  });

  it.each<[string, string, string]>([
    [
      'a value without its flag',
      elbow('max_velocity: 1'),
      'line 3: joint elbow: expected has_velocity_limits beside max_velocity, got none',
    ],
    [
      'a flag without its value',
      elbow('has_velocity_limits: true'),
      'expected max_velocity beside has_velocity_limits: true, got nothing',
    ],
    [
      'half a range',
      elbow('has_position_limits: true\nmin_position: 1'),
      'expected max_position beside has_position_limits: true',
    ],
    [
      'soft limits without their flag',
      elbow('soft_lower_limit: 1'),
      'expected has_soft_limits beside soft_lower_limit',
    ],
    ['an effort without its flag', elbow('max_effort: 1'), 'expected has_effort_limits beside max_effort'],
    [
      'a flag in quotes',
      elbow('has_velocity_limits: "true"\nmax_velocity: 1'),
      'expected has_velocity_limits to be true or false, got "true"',
    ],
    ['yes', elbow('has_velocity_limits: yes\nmax_velocity: 1'), 'to be true or false, got "yes"'],
    ['1 for a flag', elbow('has_velocity_limits: 1\nmax_velocity: 1'), 'to be true or false, got "1"'],
    [
      'a number in quotes',
      elbow('has_velocity_limits: true\nmax_velocity: "1"'),
      'line 4: joint elbow: expected max_velocity to be a number above 0, got "1"',
    ],
    ['no number', elbow('has_velocity_limits: true\nmax_velocity:'), 'to be a number above 0, got nothing'],
    ['a decimal comma', elbow('has_velocity_limits: true\nmax_velocity: 1,5'), 'got "1,5"'],
    ['NaN', elbow('has_velocity_limits: true\nmax_velocity: .nan'), 'got ".nan"'],
    ['infinity', elbow('has_velocity_limits: true\nmax_velocity: .inf'), 'got ".inf"'],
    ['hexadecimal', elbow('has_velocity_limits: true\nmax_velocity: 0x10'), 'got "0x10"'],
    ['what YAML 1.1 reads as octal', elbow('has_velocity_limits: true\nmax_velocity: 010'), 'got "010"'],
    ['a unit', elbow('has_velocity_limits: true\nmax_velocity: 90deg'), 'got "90deg"'],
    ['a list', elbow('has_velocity_limits: true\nmax_velocity: [1]'), 'got a list'],
    [
      'degrees of nothing',
      elbow('has_velocity_limits: true\nmax_velocity: !degrees'),
      'expected a number after the tag',
    ],
    [
      'another tag',
      elbow('has_velocity_limits: true\nmax_velocity: !turns 1'),
      'line 4: Unresolved tag: !turns',
    ],
    ['velocity 0', elbow('has_velocity_limits: true\nmax_velocity: 0.0'), 'above 0, got "0.0"'],
    [
      'a negative jerk',
      elbow('has_jerk_limits: true\nmax_jerk: -1'),
      'expected max_jerk to be a number above 0',
    ],
    [
      'a malformed value that is switched off',
      elbow('has_jerk_limits: false\nmax_jerk: x'),
      'expected max_jerk to be a number',
    ],
    [
      'an empty range',
      elbow('has_position_limits: true\nmin_position: 0\nmax_position: 0'),
      'expected min_position < max_position, got 0 and 0',
    ],
    [
      'soft limits outside',
      elbow(
        'has_position_limits: true\nmin_position: 0\nmax_position: 1\nhas_soft_limits: true\nsoft_lower_limit: 0\nsoft_upper_limit: 2',
      ),
      'expected soft limits inside 0 … 1, got 0 … 2',
    ],
    [
      'an endless joint with a range',
      elbow('has_position_limits: true\nmin_position: 0\nmax_position: 1\nangle_wraparound: true'),
      'expected no angle_wraparound: true beside has_position_limits: true',
    ],
    [
      'a misspelt key',
      elbow(`${VELOCITY}\nmax_acelleration: 1`),
      'line 5: joint elbow: expected a limit that ros2_control or MoveIt knows (did you mean max_acceleration?), got max_acelleration',
    ],
    ['a duplicate key', elbow(`${VELOCITY}\nmax_velocity: 3`), 'line 5: Map keys must be unique'],
    ['a duplicate joint', `${elbow(VELOCITY)}  elbow: {}\n`, 'line 5: Map keys must be unique'],
    ['a joint without limits', 'joint_limits: { elbow: }', 'expected a map of limits, got nothing'],
    ['no joints', 'joint_limits: {}', 'expected joints under joint_limits, got none'],
    [
      'joint_limits that are no map',
      'joint_limits: [1]',
      'line 1: expected joint_limits to be a map, got a list',
    ],
    ['no joint_limits', 'joint_limit: {}', 'expected one map joint_limits, got joint_limit'],
    [
      'two joint_limits',
      `a:\n  ${elbow(VELOCITY).replaceAll('\n', '\n  ')}\nb:\n  ${elbow(VELOCITY).replaceAll('\n', '\n  ')}`,
      'expected one map joint_limits, got 2 of them',
    ],
    [
      'an unknown key beside',
      `${elbow(VELOCITY)}joint_limit: 1`,
      'line 5: expected only joint_limits, cartesian_limits',
    ],
    [
      'a scaling factor above 1',
      `${elbow(VELOCITY)}default_velocity_scaling_factor: 10`,
      'default_velocity_scaling_factor above 0 and at most 1, got "10"',
    ],
    [
      'an alias',
      elbow('has_velocity_limits: true\nmax_velocity: &v 1\nhas_jerk_limits: true\nmax_jerk: *v'),
      'expected max_jerk to be a number above 0, got the alias *v',
    ],
    [
      'a merge key',
      `joint_limits:\n  a: &a { has_velocity_limits: true, max_velocity: 1 }\n  b: { <<: *a }`,
      'joint b: expected a limit',
    ],
    ['a list for a key', elbow('? [a]\n: 1'), 'line 3: expected a name, got a list'],
    [
      'two documents',
      `${elbow(VELOCITY)}---\n${elbow(VELOCITY)}`,
      'line 5: Source contains multiple documents',
    ],
    ['a list', '- joint_limits', 'expected a map with joint_limits, got a list'],
    ['an empty file', '', 'expected a map with joint_limits, got nothing'],
    ['broken YAML', 'joint_limits:\n  elbow: [', 'lines.yaml: line 2: '],
    ['tabs', 'joint_limits:\n\telbow: {}', 'lines.yaml: line 2: '],
    ['brackets without end', `joint_limits: ${'['.repeat(20_000)}`, 'lines.yaml: '],
  ])('refuses %s', (_, text, message) => {
    const parse = () => parseJointLimitsYaml(text, 'lines.yaml');
    expect(parse).toThrow(message);
    expect(parse).toThrow(expect.objectContaining({ code: 'LIMITS_INVALID', hint: expect.any(String) }));
  });

  it('is not brought down by aliases that multiply', () => {
    const levels = Array.from({ length: 30 }, (_, level) => {
      const before =
        level === 0
          ? '1'
          : Array(9)
              .fill(`*x${level - 1}`)
              .join(', ');
      return `x${level}: &x${level} [${before}]`;
    });
    expect(() => parseJointLimitsYaml(`${levels.join('\n')}\n${elbow(VELOCITY)}`)).toThrow(
      'expected only joint_limits',
    );
  });

  it.each([undefined, null, 3])('refuses %j in place of a text', (text) => {
    // @ts-expect-error what a caller without types may pass
    expect(() => parseJointLimitsYaml(text)).toThrow('expected the text of a joint_limits.yaml, got');
  });
});
