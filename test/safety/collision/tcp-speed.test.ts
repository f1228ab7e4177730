import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { robotSpeedBound, tcpSpeed } from '../../../lib/safety/collision/tcp-speed.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import { curves, PlanarWorld, throughRests } from './planar-world.js';

const arm = new PlanarWorld([0.5, 0.4], 0.02, []);

/** |J·q̇| of the planar arm in closed form. */
function exactSpeed([q1 = 0, q2 = 0]: readonly number[], [w1 = 0, w2 = 0]: readonly number[]): number {
  const [x, y] = [0.5 * Math.cos(q1), 0.5 * Math.sin(q1)];
  const [u, v] = [0.4 * Math.cos(q1 + q2), 0.4 * Math.sin(q1 + q2)];
  return Math.hypot(-(y + v) * w1 - v * w2, (x + u) * w1 + u * w2);
}

describe('tcpSpeed', () => {
  it('is never below the true maximum, and at most the tolerance above it', () => {
    fc.assert(
      fc.property(curves(2), (points) => {
        const { speed, tight } = tcpSpeed(points, arm, { tolerance: 0.02, maxEvaluations: 20_000 });
        const endS = points.at(-1)?.timeS ?? 0;
        let most = 0;
        for (let step = 0; step < 1500; step++) {
          const { positions, velocities } = sampleTrajectory(points, (endS * step) / 1500);
          most = Math.max(most, exactSpeed(positions, velocities));
        }
        expect(tight).toBe(true);
        expect(speed).toBeGreaterThanOrEqual(most - 1e-9);
        // The true maximum lies a little above that of the samples.
        expect(speed).toBeLessThanOrEqual(1.01 * most + 0.021);
      }),
      { numRuns: 15 },
    );
  });

  it('is still an upper bound when the evaluations run out', () => {
    const points = throughRests([
      [0, 0],
      [1, -1],
    ]);
    const exact = tcpSpeed(points, arm);
    const loose = tcpSpeed(points, arm, { maxEvaluations: 3 });
    expect(exact.tight).toBe(true);
    expect(loose.tight).toBe(false);
    expect(loose.speed).toBeGreaterThan(exact.speed);
  });

  it('stops early once the speed is known to be low enough', () => {
    const points = throughRests([
      [0, 0],
      [0.1, 0],
    ]);
    const { speed, tight } = tcpSpeed(points, arm, { enough: 100 });
    expect(tight).toBe(true);
    expect(speed).toBeLessThan(100);
    expect(tcpSpeed(points, arm).speed).toBeLessThan(speed);
  });

  it('is 0 for a single point', () => {
    expect(tcpSpeed(throughRests([[0, 0]]), arm)).toEqual({ speed: 0, timeS: 0, tight: true });
  });

  it('refuses kinematics without a finite point, and a tolerance of 0', () => {
    const points = throughRests([[0], [1]]);
    const kinematics = { reach: [1], pointNames: ['tool'] };
    expect(() => tcpSpeed(points, { ...kinematics, points: () => [[0, Number.NaN, 0]] })).toThrow(
      /finite tool/,
    );
    expect(() => tcpSpeed(points, { ...kinematics, points: () => [] })).toThrow(/finite tool/);
    expect(() => tcpSpeed(points, { ...kinematics, points: () => [[0, 0, 0]] }, { tolerance: 0 })).toThrow(
      /tolerance/,
    );
  });
});

describe('robotSpeedBound', () => {
  it('adds what each joint can contribute', () => {
    expect(robotSpeedBound([1, -2], [0.5, 0.25])).toBe(1);
  });
});
