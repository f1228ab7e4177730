import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stretchToVelocity } from '../../lib/safety/velocity-limit.js';

const limits = [
  { name: 'base', min: -3, max: 3, velocity: 1 },
  { name: 'elbow', min: -3, max: 3, velocity: 0.5 },
];

describe('stretchToVelocity', () => {
  it('keeps the planned time of a motion at or below the limits', () => {
    expect(stretchToVelocity([0, 0], [-0.25, 0.125], 0.25, limits, 0)).toEqual({
      durationS: 0.25,
      adjustments: [],
    });
    expect(stretchToVelocity([1, 1], [1, 1], 0.25, limits, 0)).toEqual({ durationS: 0.25, adjustments: [] });
  });

  it('gives all joints the time of the one that needs most, and records that one', () => {
    expect(stretchToVelocity([0, 0], [0.5, -0.5], 0.25, limits, 4)).toEqual({
      durationS: 1,
      adjustments: [
        {
          kind: 'time_stretched',
          waypoint: 4,
          joint: 1,
          jointName: 'elbow',
          value: 2,
          limit: 0.5,
          plannedS: 0.25,
          stretchedS: 1,
        },
      ],
    });
  });

  it('is never too fast, never shorter than planned and never longer than needed', () => {
    const angle = fc.double({ min: -10, max: 10, noNaN: true });
    const pose = fc.tuple(angle, angle);
    fc.assert(
      fc.property(pose, pose, fc.double({ min: 1e-3, max: 10, noNaN: true }), (from, to, planned) => {
        const { durationS, adjustments } = stretchToVelocity(from, to, planned, limits, 0);
        const share = Math.max(Math.abs(to[0] - from[0]) / 1, Math.abs(to[1] - from[1]) / 0.5) / durationS;
        expect(share).toBeLessThanOrEqual(1 + 1e-12);
        if (adjustments.length === 0) expect(durationS).toBe(planned);
        else {
          expect(durationS).toBeGreaterThan(planned);
          expect(share).toBeCloseTo(1, 12);
        }
      }),
    );
  });

  it.each([
    [
      [-1.7e308, 0],
      [1.7e308, 0],
    ],
    [
      [0, Number.NaN],
      [0, 0],
    ],
    [[0], [0, 0]],
  ])('refuses a motion from %s to %s, which has no finite time', (from, to) => {
    expect(() => stretchToVelocity(from, to, 0.2, limits, 0)).toThrow(
      expect.objectContaining({ code: 'CHUNK_INVALID' }),
    );
  });
});
