import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clampToLimits } from '../../../lib/safety/guards/clamp-to-limits.js';
import type { JointLimits } from '../../../lib/safety/joint-limits.js';
import { NOT_FINITE } from './values.js';

const limits: readonly JointLimits[] = [
  { name: 'base', min: -1, max: 2, velocity: 1 },
  { name: 'elbow', min: 0, max: 0.5, velocity: 2 },
];
const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('clampToLimits', () => {
  it('moves a joint that is outside to the nearest limit and says so', () => {
    expect(clampToLimits([-1.5, 0.75], limits, 3)).toEqual({
      joints: [-1, 0.5],
      reasons: [
        {
          guard: 'position-limits',
          outcome: 'modify',
          kind: 'clamped',
          message: 'Joint 0 angle -1.5 exceeds limits [-1, 2] (base). Clamping to -1.',
          waypoint: 3,
          joint: 'base',
          value: -1.5,
          limit: -1,
        },
        {
          guard: 'position-limits',
          outcome: 'modify',
          kind: 'clamped',
          message: 'Joint 1 angle 0.75 exceeds limits [0, 0.5] (elbow). Clamping to 0.5.',
          waypoint: 3,
          joint: 'elbow',
          value: 0.75,
          limit: 0.5,
        },
      ],
    });
  });

  it.each([
    [-1, 0],
    [2, 0.5],
    [0, -0],
    [-0, 5e-324],
    [-5e-324, 0.25],
  ])('returns [%s, %s], which is on or inside the limits, as the very same array', (...joints) => {
    const copy = [...joints];
    const clamped = clampToLimits(joints, limits, 0);
    expect(clamped).toEqual({ joints: copy, reasons: [] });
    expect(clamped.joints).toBe(joints);
  });

  it('moves a denormal that is outside', () => {
    expect(clampToLimits([0, -5e-324], limits, 0).joints).toEqual([0, 0]);
  });

  it('lets a continuous joint turn as far as it likes', () => {
    const continuous = [{ name: 'flange', min: -Infinity, max: Infinity, velocity: 1 }];
    for (const angle of [-1e300, -0, 700])
      expect(clampToLimits([angle], continuous, 0)).toEqual({ joints: [angle], reasons: [] });
  });

  it('ends inside the limits for every finite input', () => {
    fc.assert(
      fc.property(fc.tuple(anyFinite, anyFinite), (joints) => {
        for (const [joint, value] of clampToLimits(joints, limits, 0).joints.entries()) {
          expect(value).toBeGreaterThanOrEqual(limits[joint]?.min ?? Number.NaN);
          expect(value).toBeLessThanOrEqual(limits[joint]?.max ?? Number.NaN);
        }
      }),
    );
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.tuple(anyFinite, anyFinite), (joints) => {
        const once = clampToLimits(joints, limits, 0).joints;
        const twice = clampToLimits(once, limits, 0);
        expect(twice.joints).toBe(once);
        expect(twice.reasons).toEqual([]);
      }),
    );
  });

  it.each([
    ...NOT_FINITE.flatMap((bad) => [
      [bad, 0],
      [0, bad],
    ]),
    [0],
    [0, 0, 0],
    [],
  ])('refuses [%s, %s]: there is no nearest limit', (...joints) => {
    expect(() => clampToLimits(joints, limits, 4)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: `waypoint 4: expected 2 finite joint angles, got [${joints.join(', ')}]`,
      }),
    );
  });
});
