import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkedJointLimits, clampToLimits, type JointLimits } from '../../lib/safety/joint-limits.js';

const limits: readonly JointLimits[] = [
  { name: 'base', min: -1, max: 2, velocity: 1 },
  { name: 'elbow', min: 0, max: 0.5, velocity: 2 },
];
const NAMES = ['base', 'elbow'];
const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('clampToLimits', () => {
  it('moves a joint that is outside to the nearest limit and records it', () => {
    expect(clampToLimits([-1.5, 0.75], limits, 3)).toEqual({
      joints: [-1, 0.5],
      adjustments: [
        { kind: 'position_clamped', waypoint: 3, joint: 0, jointName: 'base', value: -1.5, limit: -1 },
        { kind: 'position_clamped', waypoint: 3, joint: 1, jointName: 'elbow', value: 0.75, limit: 0.5 },
      ],
    });
  });

  it.each([
    [-1, 0],
    [2, 0.5],
    [0, -0],
    [5e-324, 5e-324],
  ])('returns [%s, %s], which is on or inside the limits, as the very same array', (...joints) => {
    expect(clampToLimits(joints, limits, 0)).toEqual({ joints, adjustments: [] });
    expect(clampToLimits(joints, limits, 0).joints).toBe(joints);
  });

  it('ends inside the limits for every finite input', () => {
    fc.assert(
      fc.property(fc.tuple(anyDouble, anyDouble), (joints) => {
        for (const [joint, value] of clampToLimits(joints, limits, 0).joints.entries()) {
          expect(value).toBeGreaterThanOrEqual(limits[joint]?.min ?? Number.NaN);
          expect(value).toBeLessThanOrEqual(limits[joint]?.max ?? Number.NaN);
        }
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.tuple(anyDouble, anyDouble), (joints) => {
        const once = clampToLimits(joints, limits, 0).joints;
        expect(clampToLimits(once, limits, 0)).toEqual({ joints: once, adjustments: [] });
      }),
    );
  });
});

describe('checkedJointLimits', () => {
  it('copies the limits', () => {
    const mutable = limits.map((limit) => ({ ...limit }));
    const checked = checkedJointLimits(mutable, NAMES);
    for (const limit of mutable) limit.max = 100;
    expect(checked).toEqual(limits);
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
  ])('refuses %s', (_, given, message) => {
    // @ts-expect-error limits as they may come from a file
    const check = () => checkedJointLimits(given, NAMES);
    expect(check).toThrow(message);
    expect(check).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
