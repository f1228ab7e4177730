import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkedDistanceScaling,
  distanceScale,
  stoppingDistance,
} from '../../../lib/safety/collision/distance-scaling.js';

const scaling = checkedDistanceScaling({
  margin: 0.02,
  reactionTime: 0.1,
  deceleration: 2,
  slowDistance: 0.1,
});
const speed = fc.double({ min: 0, max: 3, noNaN: true });
const distance = fc.double({ min: -0.5, max: 2, noNaN: true });

describe('distanceScale', () => {
  it('runs from 0 at the stopping distance to 1 at the slow distance', () => {
    // 0.02 + 0.2 · 0.1 + 0.2² / 4 = 0.05
    expect(stoppingDistance(0.2, scaling)).toBeCloseTo(0.05, 12);
    expect(distanceScale(0.05, 0.2, scaling)).toBeCloseTo(0, 12);
    expect(distanceScale(0.075, 0.2, scaling)).toBeCloseTo(0.5, 12);
    expect(distanceScale(0.1, 0.2, scaling)).toBe(1);
    expect(distanceScale(Number.POSITIVE_INFINITY, 0.2, scaling)).toBe(1);
    expect(distanceScale(-0.01, 0, scaling)).toBe(0);
  });

  it('stands still up to the stopping distance, however far that is', () => {
    fc.assert(
      fc.property(distance, speed, (d, v) => {
        const scale = distanceScale(d, v, scaling);
        expect(scale).toBeGreaterThanOrEqual(0);
        expect(scale).toBeLessThanOrEqual(1);
        if (d <= stoppingDistance(v, scaling)) expect(scale).toBe(0);
      }),
    );
  });

  it('never grows when the robot is nearer or faster', () => {
    fc.assert(
      fc.property(distance, distance, speed, speed, (d, e, v, w) => {
        const near = distanceScale(Math.min(d, e), Math.max(v, w), scaling);
        expect(near).toBeLessThanOrEqual(distanceScale(Math.max(d, e), Math.min(v, w), scaling));
      }),
    );
  });

  it('stands still when a number is missing', () => {
    expect(distanceScale(Number.NaN, 0.1, scaling)).toBe(0);
    expect(distanceScale(1, Number.NaN, scaling)).toBe(0);
    expect(distanceScale(1, -1, scaling)).toBe(0);
  });

  it.each([
    { margin: -0.01 },
    { reactionTime: Number.NaN },
    { deceleration: 0 },
    { deceleration: Number.POSITIVE_INFINITY },
    { margin: 0.1, slowDistance: 0.1 },
  ])('refuses %j', (options) => {
    expect(() => checkedDistanceScaling(options)).toThrow(/distance scaling/);
  });
});
