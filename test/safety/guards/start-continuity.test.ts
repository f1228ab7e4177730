import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkStart, type MotionStart } from '../../../lib/safety/guards/start-continuity.js';
import { NOT_FINITE, TINY } from './values.js';

const LIMIT = { min: -4, max: 4, acceleration: 1, jerk: 10 };
const CONFIG = {
  jointNames: ['base', 'elbow'],
  limits: [
    { ...LIMIT, name: 'base', velocity: 1 },
    { ...LIMIT, name: 'elbow', velocity: 2 },
  ],
  startTolerance: 0.125,
};
const REST: MotionStart = {
  reference: [0, 0],
  expected: [0, 0],
  measured: [0, 0],
  first: [0, 0],
  secondsToFirst: 0.5,
};
const check = (change: Partial<MotionStart>) => checkStart({ ...REST, ...change }, CONFIG);
const kinds = (change: Partial<MotionStart>) => check(change).map(({ kind }) => kind);

describe('the gap between command and measurement', () => {
  it.each([0.125, -0.125, 0, ...TINY])('passes at %s rad', (gap) => {
    expect(check({ measured: [0, gap] })).toEqual([]);
  });

  it('is refused beyond the tolerance, as after a teleport, for the worst joint', () => {
    expect(check({ measured: [-0.1875, 0.25] })).toEqual([
      {
        guard: 'start-continuity',
        outcome: 'reject',
        kind: 'start-gap',
        message: 'elbow is measured 0.25 rad from where it was commanded, 0.125 rad are allowed',
        waypoint: 0,
        joint: 'elbow',
        value: 0.25,
        limit: 0.125,
      },
    ]);
    expect(check({ measured: [-0.25, 0.1875] })).toMatchObject([{ joint: 'base' }]);
    expect(kinds({ measured: [0, 0.1250001] })).toEqual(['start-gap']);
  });

  it('does not exist before the first command: the motion starts where the robot is measured', () => {
    const first = { reference: null, expected: null, measured: [2, -2] };
    expect(check({ ...first, first: [2, -2] })).toEqual([]);
    expect(kinds({ ...first, first: [0, 0] })).toEqual(['jump']);
  });

  it('is that to the command of the time of measurement: an arm in motion is ahead of it by the start', () => {
    const moving = { reference: [1, 0], expected: [0.5, 0], first: [1, 0] };
    expect(check({ ...moving, measured: [0.5, 0] })).toEqual([]);
    expect(kinds({ ...moving, measured: [1, 0] })).toEqual(['start-gap']);
  });

  it('is that to the start when the first command is younger than the measurement', () => {
    expect(check({ expected: null, measured: [0.125, 0] })).toEqual([]);
    expect(kinds({ expected: null, measured: [0.25, 0] })).toEqual(['start-gap']);
  });
});

describe('the way to the first waypoint', () => {
  it.each<[string, readonly [number, number], readonly string[]]>([
    ['what a joint covers at its velocity limit, plus the tolerance', [0.625, -1.125], []],
    ['more than the base covers', [0.6250001, 0], ['jump']],
    ['more than the elbow covers', [0, -1.1250001], ['jump']],
  ])('judges %s', (_, first, expected) => {
    expect(kinds({ first })).toEqual(expected);
  });

  it('is refused for the joint that exceeds its own limit the most', () => {
    expect(check({ first: [1, 1.25] })).toEqual([
      {
        guard: 'start-continuity',
        outcome: 'reject',
        kind: 'jump',
        message: 'the first waypoint has base 1 rad from the start, 0.625 rad are allowed within 0.5 s',
        waypoint: 0,
        joint: 'base',
        value: 1,
        limit: 0.625,
      },
    ]);
  });

  it('counts from where the motion starts, not from where the robot is measured', () => {
    expect(check({ reference: [0.1, 0], first: [0.7, 0] })).toEqual([]);
    expect(kinds({ reference: [-0.1, 0], first: [0.6, 0] })).toEqual(['jump']);
  });

  it('lets a joint move within the tolerance even when no time is left', () => {
    expect(check({ first: [0.125, 0], secondsToFirst: 0 })).toEqual([]);
    expect(kinds({ first: [0.13, 0], secondsToFirst: -0 })).toEqual(['jump']);
  });
});

describe('checkStart', () => {
  it.each(NOT_FINITE.flatMap((bad) => [0, 1].map((joint) => [bad, joint] as const)))(
    'never passes %s in joint %s, wherever it stands',
    (bad, joint) => {
      const row = [0, 0].with(joint, bad);
      expect(kinds({ measured: row })).toEqual(['start-gap']);
      expect(kinds({ expected: row })).toEqual(['start-gap']);
      expect(kinds({ reference: row })).toEqual(['jump']);
      expect(kinds({ reference: row, expected: null })).toEqual(['start-gap', 'jump']);
      expect(kinds({ first: row })).toEqual(['jump']);
      const all = { reference: row, expected: row, measured: row, first: row };
      expect(kinds(all)).toEqual(['start-gap', 'jump']);
      expect(kinds({ ...all, reference: null, expected: null })).toEqual(['start-gap', 'jump']);
      const limits = CONFIG.limits.with(joint, { ...LIMIT, name: 'base', velocity: bad });
      expect(checkStart(REST, { ...CONFIG, limits })).toMatchObject([{ kind: 'jump' }]);
    },
  );

  it.each(NOT_FINITE)('never passes a first waypoint in %s s', (secondsToFirst) => {
    expect(kinds({ secondsToFirst })).toEqual(['jump']);
  });

  it('never passes a joint that is missing', () => {
    expect(kinds({ measured: [0] })).toEqual(['start-gap']);
    expect(kinds({ first: [0] })).toEqual(['jump']);
    const limits = CONFIG.limits.slice(0, 1);
    expect(checkStart(REST, { ...CONFIG, limits })).toMatchObject([{ kind: 'jump', joint: 'elbow' }]);
  });

  it('leaves what is not finite to the message', () => {
    const [reason] = check({ first: [Number.NaN, 0] });
    expect(reason?.message).toMatch(/base NaN rad/);
    expect(reason).not.toHaveProperty('value');
  });

  it('passes no waypoint that is farther than one that it refuses', () => {
    const rad = fc.double({ min: 0, max: 4, noNaN: true });
    fc.assert(
      fc.property(rad, fc.double({ min: 1, max: 3, noNaN: true }), (distance, factor) => {
        const near = kinds({ first: [distance, 0] });
        expect(kinds({ first: [distance * factor, 0] })).toEqual(expect.arrayContaining(near));
      }),
    );
  });
});
