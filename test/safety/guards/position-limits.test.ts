import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitPositions } from '../../../lib/safety/guards/position-limits.js';
import type { JointLimits } from '../../../lib/safety/joint-limits.js';
import { NOT_FINITE, TINY } from './values.js';

const limits: readonly JointLimits[] = [
  { name: 'base', min: -1, max: 2, velocity: 1 },
  { name: 'elbow', min: 0, max: 0.5, velocity: 2 },
];
const CONFIG = { limits, positionMargin: 0.05 };
const limit = (...waypoints: readonly (readonly number[])[]) => limitPositions(waypoints, CONFIG);
const outcomes = (...waypoints: readonly (readonly number[])[]) =>
  limit(...waypoints).reasons.map(({ outcome }) => outcome);

describe('limitPositions', () => {
  it('hands on the very same arrays when all is inside', () => {
    const waypoints = [
      [-1, 0],
      [2, 0.5],
      [-0, -0],
      [5e-324, 5e-324],
    ];
    const limited = limitPositions(waypoints, CONFIG);
    expect(limited.waypoints).toBe(waypoints);
    expect(limited.reasons).toEqual([]);
  });

  it.each(TINY)('passes %s bit for bit', (value) => {
    const { waypoints } = limit([value, 0]);
    expect(Object.is(waypoints[0]?.[0], value)).toBe(true);
  });

  it.each<[string, readonly number[], readonly number[]]>([
    ['the base at the low edge of its margin', [-1.05, 0], [-1, 0]],
    ['the base at the high edge of its margin', [2.05, 0], [2, 0]],
    ['the elbow at the low edge of its margin', [0, -0.05], [0, 0]],
    ['the elbow at the high edge of its margin', [0, 0.55], [0, 0.5]],
    ['both joints', [2.01, 0.501], [2, 0.5]],
    ['the elbow a denormal below its limit', [0, -5e-324], [0, 0]],
  ])('clamps %s', (_, joints, expected) => {
    const { waypoints, reasons } = limit([0, 0], joints);
    expect(waypoints).toEqual([[0, 0], expected]);
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons)
      expect(reason).toMatchObject({ outcome: 'modify', kind: 'clamped', waypoint: 1 });
  });

  it('says of a clamped joint what the seed says', () => {
    expect(limit([2.01, 0]).reasons).toMatchObject([
      {
        message: 'Joint 0 angle 2.01 exceeds limits [-1, 2] (base). Clamping to 2.',
        joint: 'base',
        value: 2.01,
        limit: 2,
      },
    ]);
  });

  it('keeps the arrays of the waypoints that were inside', () => {
    const inside = [0, 0.25];
    const { waypoints } = limit(inside, [2.01, 0]);
    expect(waypoints[0]).toBe(inside);
  });

  it.each([
    [-1.0500001, 0],
    [2.0500001, 0],
    [0, -0.0500001],
    [0, 0.5500001],
  ])('cuts the chunk before [%s, %s]', (...joints) => {
    const { waypoints, reasons } = limit([0, 0], [2.01, 0.25], joints, [0, 0]);
    expect(waypoints).toEqual([
      [0, 0],
      [2, 0.25],
    ]);
    expect(reasons).toMatchObject([
      { outcome: 'modify', kind: 'clamped', waypoint: 1 },
      { outcome: 'truncate', kind: 'out-of-limits', waypoint: 2 },
    ]);
  });

  it('refuses a chunk that is outside from the first waypoint on', () => {
    expect(limit([0, 9], [0, 0])).toMatchObject({
      waypoints: [],
      reasons: [{ outcome: 'reject', kind: 'out-of-limits', waypoint: 0 }],
    });
  });

  it('names the joint that is farthest outside, its value and the limit', () => {
    expect(limit([0, 0], [-3, 0.75]).reasons).toEqual([
      {
        guard: 'position-limits',
        outcome: 'truncate',
        kind: 'out-of-limits',
        message: 'waypoint 1, base: expected [-1, 2] rad, at most 0.05 rad outside, got -3 rad',
        waypoint: 1,
        joint: 'base',
        value: -3,
        limit: -1,
      },
    ]);
    expect(limit([2.25, 9]).reasons).toMatchObject([{ joint: 'elbow', value: 9, limit: 0.5 }]);
  });

  it('clamps nothing without a margin', () => {
    const strict = { limits, positionMargin: 0 };
    expect(limitPositions([[2, 0]], strict).reasons).toEqual([]);
    expect(limitPositions([[2.0000001, 0]], strict).reasons).toMatchObject([{ outcome: 'reject' }]);
  });

  it.each(NOT_FINITE.flatMap((bad) => [0, 1].map((joint) => [bad, joint] as const)))(
    'never passes %s in joint %s, of a continuous joint neither',
    (bad, joint) => {
      const row = [0, 0].with(joint, bad);
      expect(outcomes(row)).toEqual(['reject']);
      expect(outcomes([0, 0], row)).toEqual(['truncate']);
      const free = limits.map((range) => ({ ...range, min: -Infinity, max: Infinity }));
      const { reasons } = limitPositions([[0, 0], row], { limits: free, positionMargin: 0.05 });
      expect(reasons).toMatchObject([{ outcome: 'truncate', joint: limits[joint]?.name }]);
    },
  );

  it('passes every finite angle of a continuous joint', () => {
    const free = [{ name: 'flange', min: -Infinity, max: Infinity, velocity: 1 }];
    const waypoints = [[1e300], [-700], [-0]];
    expect(limitPositions(waypoints, { limits: free, positionMargin: 0.05 }).waypoints).toBe(waypoints);
  });

  it.each(['min', 'max'])('passes nothing when the %s of a joint is NaN', (side) => {
    const broken = limits.map((range) => ({ ...range, [side]: Number.NaN }));
    const outside = [side === 'min' ? -0.5 : 0.25, 0.25];
    const { reasons } = limitPositions([outside], { limits: broken, positionMargin: 0.05 });
    expect(reasons).toMatchObject([{ outcome: 'reject', kind: 'out-of-limits' }]);
  });

  it('never passes a joint that is missing', () => {
    expect(outcomes([0])).toEqual(['reject']);
  });

  const angle = fc.oneof(
    fc.double({ min: -1.2, max: 2.2, noNaN: true }),
    fc.constantFrom(-1, -1.05, 0, -0, 0.5, 0.55, 2, 2.05, 5e-324),
    fc.double(),
  );
  const anyWaypoints = fc.array(fc.tuple(angle, angle), { maxLength: 6 });

  it('leaves nothing outside the limits, and changes nothing the second time', () => {
    fc.assert(
      fc.property(anyWaypoints, (given) => {
        const { waypoints } = limitPositions(given, CONFIG);
        for (const joints of waypoints)
          for (const [joint, { min, max }] of limits.entries()) {
            const value = joints[joint] ?? Number.NaN;
            expect(value >= min && value <= max).toBe(true);
          }
        const again = limitPositions(waypoints, CONFIG);
        expect(again.waypoints).toBe(waypoints);
        expect(again.reasons).toEqual([]);
      }),
    );
  });

  it('moves no joint by more than the margin, and keeps what was inside bit for bit', () => {
    fc.assert(
      fc.property(anyWaypoints, (given) => {
        const { waypoints } = limitPositions(given, CONFIG);
        for (const [index, joints] of waypoints.entries())
          for (const [joint, { min, max }] of limits.entries()) {
            const before = given[index]?.[joint] ?? Number.NaN;
            const after = joints[joint];
            if (before >= min && before <= max) expect(Object.is(after, before)).toBe(true);
            else expect(Math.abs(before - (after ?? Number.NaN))).toBeLessThanOrEqual(0.05 + 1e-15);
          }
      }),
    );
  });

  it('keeps no less of a chunk when the margin is larger', () => {
    fc.assert(
      fc.property(anyWaypoints, fc.double({ min: 0, max: 1, noNaN: true }), (given, more) => {
        const wider = { limits, positionMargin: 0.05 + more };
        expect(limitPositions(given, wider).waypoints.length).toBeGreaterThanOrEqual(
          limitPositions(given, CONFIG).waypoints.length,
        );
      }),
    );
  });
});
