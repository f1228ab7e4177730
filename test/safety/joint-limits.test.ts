import { describe, expect, it } from 'vitest';
import {
  checkedJointLimits,
  DEFAULT_ACCELERATION,
  DEFAULT_JERK,
  type JointLimits,
  motionLimits,
} from '../../lib/safety/joint-limits.js';

const limits: readonly JointLimits[] = [
  { name: 'base', min: -1, max: 2, velocity: 1 },
  { name: 'elbow', min: 0, max: 0.5, velocity: 2 },
];
const NAMES = ['base', 'elbow'];

describe('checkedJointLimits', () => {
  it('copies the limits', () => {
    const mutable = limits.map((limit) => ({ ...limit }));
    const checked = checkedJointLimits(mutable, NAMES);
    for (const limit of mutable) limit.max = 100;
    expect(checked).toEqual(limits);
  });

  it('keeps acceleration and jerk, and joints that turn without end', () => {
    const more: readonly JointLimits[] = [
      { name: 'base', min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, velocity: 1, jerk: 5 },
      { name: 'elbow', min: 0, max: 1, velocity: 1, acceleration: 3 },
    ];
    expect(checkedJointLimits(more, NAMES)).toStrictEqual(more);
  });

  const [base, elbow] = limits;
  it.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /one entry for each of the 2 joints \(base, elbow\), got undefined/],
    ['an entry too few', [base], /got 1/],
    ['an entry too many', [base, elbow, elbow], /got 3/],
    ['another order', [elbow, base], /limits\[0\] must be for base, got elbow/],
    ['an empty entry', [null, elbow], /limits\[0\] must be for base, got undefined/],
    ['NaN', [{ ...base, min: Number.NaN }, elbow], /base: .* \[NaN, 2\]/],
    ['infinite limits', [{ ...base, max: Number.POSITIVE_INFINITY }, elbow], /base: .* finite/],
    ['inverted limits', [base, { ...elbow, min: 1 }], /elbow: .* \[1, 0.5\]/],
    ['limits of 0 and −0', [base, { ...elbow, min: -0, max: 0 }], /elbow: .* min < max/],
    ['no maximum', [{ name: 'base', min: -1, velocity: 1 }, elbow], /base: .* \[-1, NaN\]/],
    ['a string', [{ ...base, max: '2' }, elbow], /base: .* finite/],
    ['no velocity', [{ name: 'base', min: -1, max: 2 }, elbow], /base: the velocity .* NaN/],
    ['zero velocity', [{ ...base, velocity: 0 }, elbow], /base: the velocity .* above 0/],
    ['infinite velocity', [{ ...base, velocity: Number.POSITIVE_INFINITY }, elbow], /base: the velocity/],
    ['one infinite end', [{ ...base, min: Number.NEGATIVE_INFINITY }, elbow], /base: .* \[-Infinity, 2\]/],
    ['infinity inside out', [{ ...base, min: Infinity, max: -Infinity }, elbow], /\[Infinity, -Infinity\]/],
    ['zero acceleration', [{ ...base, acceleration: 0 }, elbow], /base: the acceleration .* above 0, got 0/],
    ['acceleration without end', [{ ...base, acceleration: Infinity }, elbow], /base: the acceleration/],
    ['negative jerk', [base, { ...elbow, jerk: -1 }], /elbow: the jerk limit must be above 0, got -1/],
    ['a jerk that is no number', [base, { ...elbow, jerk: Number.NaN }], /elbow: the jerk .* NaN/],
    ['null for a jerk', [base, { ...elbow, jerk: null }], /elbow: the jerk .* null/],
  ])('refuses %s', (_, given, message) => {
    // @ts-expect-error limits as they may come from a file
    const check = () => checkedJointLimits(given, NAMES);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});

describe('motionLimits', () => {
  const arm: readonly JointLimits[] = [
    { name: 'base', min: -1, max: 2, velocity: 1, acceleration: 4, jerk: 30 },
    { name: 'roll', min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY, velocity: 3 },
  ];

  it('takes half of velocity, acceleration and jerk, and whole ranges', () => {
    expect(motionLimits(arm)).toEqual({
      min: [-1, Number.NEGATIVE_INFINITY],
      max: [2, Number.POSITIVE_INFINITY],
      velocity: [0.5, 1.5],
      acceleration: [2, DEFAULT_ACCELERATION / 2],
      jerk: [15, DEFAULT_JERK / 2],
    });
  });

  it('takes all of them for braking', () => {
    expect(motionLimits(arm, 1)).toMatchObject({ velocity: [1, 3], acceleration: [4, 1], jerk: [30, 10] });
  });

  it.each([0, -0.5, 1.01, Number.NaN])('refuses a share of %s', (factor) => {
    expect(() => motionLimits(arm, factor)).toThrow(`above 0 and at most 1, got ${factor}`);
  });
});
