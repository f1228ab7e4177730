import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveBounds } from '../../lib/trajectory/curve-bounds.js';
import type { TrajectoryPoint } from '../../lib/trajectory/joint-trajectory.js';
import { fitWaypoints } from '../../lib/trajectory/waypoint-curve.js';
import { atRest, type ChunkCase, movingChunks, restingChunks } from './arbitrary-motions.js';
import { derivatives, powerCoefficients } from './polynomial-oracle.js';

const timesOf = ({ waypoints, firstS, stepS }: ChunkCase) =>
  waypoints.map((_, index) => firstS + index * stepS);
const fit = (chunk: ChunkCase, limited = true) =>
  fitWaypoints(chunk.start, chunk.waypoints, timesOf(chunk), limited ? chunk.limits : undefined);

/** ∫ jerk² of one joint, by Boole's rule, which is exact here: jerk² has degree 4. */
function jerkCost(points: readonly TrajectoryPoint[], joint: number): number {
  let cost = 0;
  for (let index = 0; index + 1 < points.length; index++) {
    const [from, to] = [points[index], points[index + 1]];
    if (!from || !to) break;
    const h = to.timeS - from.timeS;
    const coefficients = powerCoefficients(from, to, joint);
    const squared = [0, 1, 2, 3, 4].map((quarter) => derivatives(coefficients, (h * quarter) / 4)[3] ** 2);
    const [a = 0, b = 0, c = 0, d = 0, e = 0] = squared;
    cost += (h / 90) * (7 * a + 32 * b + 12 * c + 32 * d + 7 * e);
  }
  return cost;
}

describe('fitWaypoints', () => {
  it('starts in the start state, hits every waypoint bit for bit, and ends at rest', () => {
    fc.assert(
      fc.property(fc.oneof(restingChunks, movingChunks), (chunk) => {
        const points = fit(chunk);
        expect(points).toHaveLength(chunk.waypoints.length + 1);
        expect(points[0]).toEqual({ timeS: 0, ...chunk.start });
        expect(points.slice(1).map(({ positions }) => positions)).toEqual(chunk.waypoints);
        expect(points.slice(1).map(({ timeS }) => timeS)).toEqual(timesOf(chunk));
        const zeros = chunk.start.positions.map(() => 0);
        expect(points.at(-1)).toMatchObject({ velocities: zeros, accelerations: zeros });
      }),
    );
  });

  it('is the smoothest curve: any other velocity or acceleration at a waypoint costs more jerk', () => {
    // Waypoints that turn at every step, so that no joint needs the monotone curve.
    const zigzag = [0.1, -0.1, 0.12, -0.05, 0.2];
    const start = { positions: [0], velocities: [0.05], accelerations: [-0.1] };
    const points = fitWaypoints(
      start,
      zigzag.map((position) => [position]),
      [0.13, 0.3, 0.5, 0.7, 0.9],
    );
    const cost = jerkCost(points, 0);
    for (let index = 1; index < 5; index++)
      for (const nudge of [-1e-3, 1e-3])
        for (const part of ['velocities', 'accelerations'] as const) {
          const nudged = points.map((point, at) =>
            at === index ? { ...point, [part]: [(point[part][0] ?? 0) + nudge] } : point,
          );
          expect(jerkCost(nudged, 0)).toBeGreaterThan(cost);
        }
  });

  it('has no jump in jerk between two segments', () => {
    const start = atRest([0]);
    const waypoints = [0.1, 0.25, 0.2, 0.3].map((position) => [position]);
    const points = fitWaypoints(start, waypoints, [0.1, 0.3, 0.5, 0.7]);
    for (let index = 1; index < 4; index++) {
      const [before, at, after] = points.slice(index - 1, index + 2);
      if (!before || !at || !after) throw new Error('a point is missing');
      const [, , , left] = derivatives(powerCoefficients(before, at, 0), at.timeS - before.timeS);
      const [, , , right] = derivatives(powerCoefficients(at, after, 0), 0);
      expect(left).toBeCloseTo(right, 8);
    }
  });

  it('keeps a joint that holds still exactly still while others move', () => {
    fc.assert(
      fc.property(restingChunks, fc.nat(), (chunk, which) => {
        const joint = which % chunk.start.positions.length;
        const held = chunk.start.positions[joint] ?? 0;
        const waypoints = chunk.waypoints.map((row) => row.with(joint, held));
        for (const point of fit({ ...chunk, waypoints })) {
          expect(point.positions[joint]).toBe(held);
          expect(point.velocities[joint]).toBe(0);
          expect(point.accelerations[joint]).toBe(0);
        }
      }),
    );
  });

  it('never passes a position limit from rest through waypoints that respect it', () => {
    fc.assert(
      fc.property(restingChunks, (chunk) => {
        const { min, max } = curveBounds(fit(chunk)).position;
        min.forEach((low, joint) => {
          expect(low).toBeGreaterThan((chunk.limits.min[joint] ?? 0) - 1e-9);
        });
        max.forEach((high, joint) => {
          expect(high).toBeLessThan((chunk.limits.max[joint] ?? 0) + 1e-9);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('would pass a limit on its smoothest curve, which is why it takes another there', () => {
    const start = atRest([0]);
    const waypoints = [[0.9], [1], [0.9], [0]];
    const free = fitWaypoints(start, waypoints, [0.2, 0.4, 0.6, 0.8]);
    const limited = fitWaypoints(start, waypoints, [0.2, 0.4, 0.6, 0.8], { min: [-1], max: [1] });
    expect(curveBounds(free).position.max[0]).toBeGreaterThan(1.001);
    expect(curveBounds(limited).position.max[0]).toBe(1);
    expect(
      curveBounds(fitWaypoints(start, waypoints, [0.2, 0.4, 0.6, 0.8], { min: [-1], max: [2] })),
    ).toEqual(curveBounds(free));
  });

  it('does not swing back where the waypoints go one way', () => {
    const travels = fc.array(fc.oneof(fc.constant(0), fc.double({ min: 0.001, max: 1, noNaN: true })), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(travels, fc.double({ min: 0.1, max: 1, noNaN: true }), (travel, stepS) => {
        let at = 0;
        const waypoints = travel.map((step) => {
          at += step;
          return [at];
        });
        const points = fitWaypoints(
          atRest([0]),
          waypoints,
          waypoints.map((_, index) => (index + 1) * stepS),
        );
        points.forEach((point, index) => {
          const next = points[index + 1];
          if (!next) return;
          const { position } = curveBounds([point, next]);
          expect(position.min[0]).toBeGreaterThan((point.positions[0] ?? 0) - 0.0201 * at - 1e-12);
          expect(position.max[0]).toBeLessThan((next.positions[0] ?? 0) + 0.0201 * at + 1e-12);
        });
      }),
      { numRuns: 300 },
    );
  });

  it('is monotone wherever the slopes at both ends are at most twice the mean slope', () => {
    const slope = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(slope, slope, (v0, v1) => {
        const points = [
          { timeS: 0, positions: [0], velocities: [v0], accelerations: [0] },
          { timeS: 1, positions: [1], velocities: [v1], accelerations: [0] },
        ];
        expect(curveBounds(points).velocity.min[0]).toBeGreaterThan(-1e-13);
      }),
    );
  });
});
