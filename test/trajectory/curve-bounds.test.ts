import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { curveBounds, findViolation } from '../../lib/trajectory/curve-bounds.js';
import type { TrajectoryPoint } from '../../lib/trajectory/joint-trajectory.js';
import { oneJoint, wildPoints } from './arbitrary-motions.js';
import { samples } from './polynomial-oracle.js';

const NONE = {
  min: -Infinity,
  max: Infinity,
  velocity: Infinity,
  acceleration: Infinity,
  jerk: Infinity,
} as const;

/** One joint, one segment of one second. */
function segment(from: readonly number[], to: readonly number[], h = 1): TrajectoryPoint[] {
  return [from, to].map(([p = 0, v = 0, a = 0], index) => ({
    timeS: index * h,
    positions: [p],
    velocities: [v],
    accelerations: [a],
  }));
}

const moveOfOneRad = segment([0], [1]);

describe('curveBounds', () => {
  it('finds the well-known peaks of a move from rest to rest', () => {
    const { position, velocity, acceleration, jerk } = curveBounds(moveOfOneRad);
    expect(position).toEqual({ min: [0], max: [1] });
    expect(velocity.min).toEqual([0]);
    expect(velocity.max[0]).toBeCloseTo(1.875, 12);
    expect(acceleration.max[0]).toBeCloseTo(10 / Math.sqrt(3), 10);
    expect(acceleration.min[0]).toBeCloseTo(-10 / Math.sqrt(3), 10);
    expect(jerk.max[0]).toBeCloseTo(60, 10);
    expect(jerk.min[0]).toBeCloseTo(-30, 10);
  });

  it('encloses every sample of any curve, and no more than the curve needs', () => {
    fc.assert(
      fc.property(wildPoints, (points) => {
        const bounds = curveBounds(points);
        const exact = [bounds.position, bounds.velocity, bounds.acceleration, bounds.jerk];
        const joints = points[0]?.positions.length ?? 0;
        const low = exact.map(() => new Array<number>(joints).fill(Infinity));
        const high = exact.map(() => new Array<number>(joints).fill(-Infinity));
        for (const { joint, state } of samples(points, 1000))
          state.forEach((value, order) => {
            const lows = low[order] ?? [];
            const highs = high[order] ?? [];
            lows[joint] = Math.min(lows[joint] ?? 0, value);
            highs[joint] = Math.max(highs[joint] ?? 0, value);
          });
        exact.forEach(({ min, max }, order) => {
          for (let joint = 0; joint < joints; joint++) {
            const size = Math.max(1, Math.abs(min[joint] ?? 0), Math.abs(max[joint] ?? 0));
            const above = (max[joint] ?? Number.NaN) - (high[order]?.[joint] ?? 0);
            const below = (low[order]?.[joint] ?? 0) - (min[joint] ?? Number.NaN);
            const range = size + (high[order]?.[joint] ?? 0) - (low[order]?.[joint] ?? 0);
            for (const gap of [above, below]) {
              expect(gap).toBeGreaterThan(-1e-8 * size);
              expect(gap).toBeLessThan(1e-4 * range);
            }
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is the point itself where there is only one', () => {
    const bounds = curveBounds(moveOfOneRad.slice(1));
    expect(bounds.position).toEqual({ min: [1], max: [1] });
    expect(bounds.velocity).toEqual({ min: [0], max: [0] });
  });
});

describe('findViolation', () => {
  it.each([
    ['velocity', { velocity: 1.874 }, 1.875, 1.874],
    ['acceleration', { acceleration: 5.77 }, 10 / Math.sqrt(3), 5.77],
    ['jerk', { jerk: 59.9 }, 60, 59.9],
    ['position', { max: 0.999 }, 1, 0.999],
  ] as const)('names a %s that is too large', (kind, limits, value, limit) => {
    const violation = findViolation(moveOfOneRad, oneJoint({ ...NONE, ...limits }));
    expect(violation).toMatchObject({ kind, joint: 0, segment: 0, limit });
    expect(violation?.value).toBeCloseTo(value, 9);
  });

  it('passes a curve that is exactly at its limits', () => {
    const limits = oneJoint({ ...NONE, min: 0, velocity: 1.875, acceleration: 10 / Math.sqrt(3), jerk: 60 });
    expect(findViolation(moveOfOneRad, limits)).toBeUndefined();
  });

  it('sees a peak between two points that are themselves inside', () => {
    const overshoot = segment([0, 4], [0, -4]);
    expect(findViolation(overshoot, oneJoint({ ...NONE, max: 1 }))).toMatchObject({ kind: 'position' });
    expect(findViolation(overshoot, oneJoint({ ...NONE, max: 1.26 }))).toBeUndefined();
  });

  it('names the worst joint and segment', () => {
    const points = [0, 0.1, 0.3, 0.3].map((position, index) => ({
      timeS: index,
      positions: [0, -position],
      velocities: [0, 0],
      accelerations: [0, 0],
    }));
    const limits = { min: [-9, -9], max: [9, 9], velocity: [0.1, 0.1], acceleration: [9, 9], jerk: [99, 99] };
    expect(findViolation(points, limits)).toMatchObject({ kind: 'velocity', joint: 1, segment: 1 });
  });

  it('asks for less speed the nearer a joint comes to a position limit', () => {
    // A stop that uses all of the acceleration: half of it is what the law leaves for a stop right at the limit.
    const near = segment([0, 0, 0], [1, 0, 0]);
    expect(findViolation(near, oneJoint({ ...NONE, acceleration: 6, max: 1.4 }))).toBeUndefined();
    const violation = findViolation(near, oneJoint({ ...NONE, acceleration: 5.78, max: 1.0 }));
    expect(violation).toMatchObject({ kind: 'braking-distance', joint: 0, segment: 0 });
    const mirrored = segment([0], [-1]);
    expect(findViolation(mirrored, oneJoint({ ...NONE, acceleration: 5.78, min: -1.0 }))).toMatchObject({
      kind: 'braking-distance',
      value: violation?.value,
    });
  });

  it('finds the same worst approach to a limit as dense sampling', () => {
    fc.assert(
      fc.property(wildPoints, fc.double({ min: 0.01, max: 1, noNaN: true }), (points, margin) => {
        const joints = points[0]?.positions.length ?? 0;
        const { position } = curveBounds(points);
        const limit = position.max.map((most) => most + margin);
        let worst = 0;
        for (const { joint, state } of samples(points, 600))
          if (state[1] > 0) worst = Math.max(worst, state[1] ** 2 / ((limit[joint] ?? 0) - state[0]));
        fc.pre(worst > 1e-3);
        const free = new Array<number>(joints).fill(Infinity);
        const judged = (acceleration: number) =>
          findViolation(points, {
            min: free.map(() => -Infinity),
            max: limit,
            velocity: free,
            acceleration: new Array<number>(joints).fill(acceleration),
            jerk: free,
          });
        const strongest = Math.max(
          ...curveBounds(points).acceleration.max,
          ...curveBounds(points).acceleration.min.map(Math.abs),
        );
        fc.pre(worst > 1.01 * strongest);
        expect(judged(worst * 0.999)?.kind).toBe('braking-distance');
        expect(judged(worst * 1.005)).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('lets a joint that starts outside its positions come back, but not go further out', () => {
    const limits = oneJoint({ max: 1, velocity: 9, acceleration: 90, jerk: 900 });
    expect(findViolation(segment([1.1], [0.5]), limits)).toBeUndefined();
    expect(findViolation(segment([1.1], [1.1]), limits)).toBeUndefined();
    expect(findViolation(segment([1.1], [1.11]), limits)).toMatchObject({ kind: 'position', limit: 1.1 });
    const outAgain = [
      ...segment([1.1], [0.9]),
      { ...segment([0], [1.05])[1], timeS: 2 },
    ] as TrajectoryPoint[];
    expect(findViolation(outAgain, limits)).toMatchObject({ kind: 'position', segment: 1, limit: 1 });
  });

  it('calls what is no finite number a violation', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity, 1e308])
      for (const points of [
        segment([bad], [0]),
        segment([0, bad], [0]),
        segment([0, 0, bad], [0]),
        segment([0], [bad]),
        segment([0], [0, bad]),
        segment([0], [0, 0, bad]),
      ]) {
        const violation = findViolation(points, oneJoint({ ...NONE, velocity: 1, acceleration: 1, jerk: 1 }));
        expect(violation).toBeDefined();
        expect(violation?.value).not.toBeNaN();
      }
  });
});
