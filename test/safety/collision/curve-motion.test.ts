import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CurveMotion } from '../../../lib/safety/collision/curve-motion.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import { curves, throughRests } from './planar-world.js';

const share = fc.double({ min: 0, max: 1, noNaN: true });

describe('CurveMotion', () => {
  it('never understates how far the joints travel, nor their speed and acceleration', () => {
    fc.assert(
      fc.property(curves(2), share, share, (points, one, other) => {
        const endS = points.at(-1)?.timeS ?? 0;
        const [from, to] = [Math.min(one, other) * endS, Math.max(one, other) * endS];
        const motion = new CurveMotion(points);
        const bounds = motion.bounds(from, to);
        let travelled = 0;
        const excess = [0, 0];
        let before = sampleTrajectory(points, from);
        for (let step = 1; step <= 300; step++) {
          const now = sampleTrajectory(points, from + ((to - from) * step) / 300);
          now.positions.forEach((value, joint) => {
            travelled += (joint + 1) * Math.abs(value - (before.positions[joint] ?? 0));
          });
          // At the end another segment's values may be sampled: they are not inside the interval.
          if (step < 300 && to > from)
            bounds.forEach((bound, joint) => {
              const [speed = 0, push = 0] = [now.velocities[joint], now.accelerations[joint]].map((value) =>
                Math.abs(value ?? 0),
              );
              excess[0] = Math.max(excess[0] ?? 0, speed - bound.velocity);
              excess[1] = Math.max(excess[1] ?? 0, (push - bound.acceleration) / (1 + push));
            });
          before = now;
        }
        expect(Math.max(...excess)).toBeLessThan(1e-6);
        expect(motion.travel(from, to, [1, 2])).toBeGreaterThanOrEqual(travelled - 1e-9);
      }),
      { numRuns: 150 },
    );
  });

  it('is exact for a joint that does not turn round', () => {
    const motion = new CurveMotion(throughRests([[0], [1], [3]]));
    expect(motion.travel(0, 1, [2])).toBeCloseTo(6, 6);
    expect(motion.travel(0, 0.25, [1])).toBeCloseTo(0.5, 6);
  });

  it('sees the travel of a joint that comes back to where it was', () => {
    const motion = new CurveMotion([
      { timeS: 0, positions: [0], velocities: [4], accelerations: [0] },
      { timeS: 1, positions: [0], velocities: [0], accelerations: [0] },
    ]);
    expect(motion.travel(0, 1, [1])).toBeGreaterThan(1);
  });

  it('finds a time before which the travel is at most a distance', () => {
    fc.assert(
      fc.property(curves(2), fc.double({ min: 0.001, max: 2, noNaN: true }), (points, distance) => {
        const endS = points.at(-1)?.timeS ?? 0;
        const motion = new CurveMotion(points);
        const timeS = motion.timeWithin(0, endS, distance, [1, 1]);
        expect(motion.travel(0, timeS, [1, 1])).toBeLessThanOrEqual(distance);
      }),
    );
  });
});
