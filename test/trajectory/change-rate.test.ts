import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changeRate, type ProgressedMotion } from '../../lib/trajectory/change-rate.js';
import { findViolation } from '../../lib/trajectory/curve-bounds.js';
import type { TrajectoryPoint } from '../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../lib/trajectory/sample-trajectory.js';
import { scaleToLimits } from '../../lib/trajectory/time-scaling.js';
import { type ArrayLimits, atRest, movingChunks, oneJoint, restingChunks } from './arbitrary-motions.js';
import { samples, worstShare } from './polynomial-oracle.js';

/** A motion inside `limits`, in the middle of which a test changes its pace. */
interface Running extends ProgressedMotion {
  readonly limits: ArrayLimits;
  readonly atS: number;
}

const running: fc.Arbitrary<Running> = fc
  .tuple(fc.oneof(restingChunks, movingChunks), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([chunk, share]) => {
    const result = scaleToLimits({ ...chunk, minScale: 0.01 });
    const points = result.ok ? result.points : [{ timeS: 0, ...atRest(chunk.start.positions) }];
    return {
      points,
      progress: points.map((_, index) => 3 + index),
      limits: chunk.limits,
      atS: share * endOf(points),
    };
  });

const endOf = (points: readonly TrajectoryPoint[]) => points.at(-1)?.timeS ?? Number.NaN;

/** What braking for a stop may use when motions keep to half of the limits. */
function doubled({ min, max, velocity, acceleration, jerk }: ArrayLimits): ArrayLimits {
  const twice = (values: readonly number[]) => values.map((value) => 2 * value);
  return { min, max, velocity: twice(velocity), acceleration: twice(acceleration), jerk: twice(jerk) };
}

const slide = (() => {
  const limits = oneJoint();
  const waypoints = [0.2, 0.4, 0.6, 0.8, 1].map((position) => [position]);
  const result = scaleToLimits({ start: atRest([0]), waypoints, firstS: 0.5, stepS: 0.5, limits });
  if (!result.ok) throw new Error('the motion of these tests does not fit its limits');
  return { points: result.points, progress: [0, 1, 2, 3, 4, 5], limits: doubled(limits) };
})();

/** Farthest that `motion` is from where `path` is at the same progress of the path's own position. */
function offPath(path: readonly TrajectoryPoint[], motion: readonly TrajectoryPoint[]): number {
  const dense = [...samples(path, 2000)];
  let worst = 0;
  for (let index = 0; index <= 60; index++) {
    const { positions } = sampleTrajectory(motion, (endOf(motion) * index) / 60);
    let nearest = Infinity;
    const joints = positions.length;
    const perJoint = 2001;
    for (let segment = 0; segment + 1 < path.length; segment++)
      for (let step = 0; step < perJoint; step++) {
        let distance = 0;
        for (let joint = 0; joint < joints; joint++) {
          const sample = dense[(segment * joints + joint) * perJoint + step];
          distance = Math.max(distance, Math.abs((sample?.state[0] ?? Infinity) - (positions[joint] ?? 0)));
        }
        nearest = Math.min(nearest, distance);
      }
    worst = Math.max(worst, nearest);
  }
  return worst;
}

describe('changeRate', () => {
  it('goes on exactly where the motion is: position, velocity and acceleration do not jump', () => {
    fc.assert(
      fc.property(running, fc.constantFrom(0, 0.3, 0.9), (motion, toRate) => {
        const { points } = changeRate({ ...motion, toRate });
        const now = sampleTrajectory(motion.points, motion.atS);
        const first = points[0];
        expect(first?.timeS).toBe(0);
        now.positions.forEach((position, joint) => {
          expect(first?.positions[joint]).toBe(position);
          expect(first?.velocities[joint]).toBeCloseTo(now.velocities[joint] ?? Number.NaN, 12);
          expect(first?.accelerations[joint]).toBeCloseTo(now.accelerations[joint] ?? Number.NaN, 12);
        });
      }),
    );
  });

  it('ends at rest, inside the limits as an independent sampler sees them', () => {
    let changed = 0;
    fc.assert(
      fc.property(running, fc.constantFrom(0, 0.2, 0.7), (motion, toRate) => {
        const limits = doubled(motion.limits);
        const { points } = changeRate({ ...motion, toRate, limits });
        const last = points.at(-1);
        for (const value of [...(last?.velocities ?? []), ...(last?.accelerations ?? [])])
          expect(value).toBe(0);
        // Else it is what is left of the motion, whose limits were checked when it was made.
        if (endOf(points) === endOf(motion.points) - motion.atS) return;
        changed += 1;
        const worst = worstShare(points, limits, 60);
        expect(worst.position).toBeLessThan(1e-8);
        expect(worst.pace).toBeLessThan(1 + 1e-6);
        expect(worst.braking).toBeLessThan(1e-6);
      }),
      { numRuns: 100 },
    );
    expect(changed).toBeGreaterThan(30);
  });

  it('stays on the path, to less than a hundredth of a millirad', () => {
    fc.assert(
      fc.property(running, fc.constantFrom(0, 0.5), (motion, toRate) => {
        fc.pre(motion.points.length > 1 && motion.points.length < 5);
        const { points } = changeRate({ ...motion, toRate, limits: doubled(motion.limits) });
        const fastest = Math.max(...motion.limits.velocity) * (endOf(motion.points) / 2000);
        expect(offPath(motion.points, points)).toBeLessThan(1e-5 + fastest);
      }),
      { numRuns: 12 },
    );
  });

  it('brakes to rest long before the motion would have ended', () => {
    const { points, progress } = changeRate({ ...slide, atS: 1, toRate: 0 });
    expect(endOf(points)).toBeLessThan(0.5 * (endOf(slide.points) - 1));
    expect(progress.at(-1)).toBeLessThan(5);
    expect(findViolation(points, slide.limits)).toBeUndefined();
  });

  it('brakes the sooner the more the limits allow', () => {
    const gentle = changeRate({ ...slide, atS: 1, toRate: 0 });
    const hard = changeRate({ ...slide, atS: 1, toRate: 0, limits: doubled(slide.limits) });
    expect(endOf(hard.points)).toBeLessThan(endOf(gentle.points));
  });

  it('takes the rest of the path at the new pace, through the same waypoints, to the same end', () => {
    const { points, progress } = changeRate({ ...slide, atS: 1, toRate: 0.5 });
    expect(points.at(-1)?.positions).toEqual(slide.points.at(-1)?.positions);
    const [before, last] = points.slice(-2);
    const [pathBefore, pathLast] = slide.points.slice(-2);
    expect((last?.timeS ?? 0) - (before?.timeS ?? 0)).toBeCloseTo(
      2 * ((pathLast?.timeS ?? 0) - (pathBefore?.timeS ?? 0)),
      9,
    );
    expect(before?.positions).toEqual(pathBefore?.positions);
    expect(before?.velocities[0]).toBeCloseTo(0.5 * (pathBefore?.velocities[0] ?? 0), 12);
    expect(progress.at(-1)).toBe(5);
  });

  it('carries progress over: it never falls, and tells the place on the path', () => {
    fc.assert(
      fc.property(running, fc.constantFrom(0, 0.4), (motion, toRate) => {
        const { points, progress } = changeRate({ ...motion, toRate, limits: doubled(motion.limits) });
        expect(progress).toHaveLength(points.length);
        for (let index = 1; index < progress.length; index++)
          expect(progress[index]).toBeGreaterThanOrEqual(progress[index - 1] ?? Number.NaN);
        points.forEach(({ positions }, index) => {
          const at = (progress[index] ?? 0) - 3;
          const segment = Math.min(Math.floor(at), motion.points.length - 2);
          const [from, to] = motion.points.slice(Math.max(0, segment), segment + 2);
          if (!from || !to) return;
          const there = sampleTrajectory(
            motion.points,
            from.timeS + (at - segment) * (to.timeS - from.timeS),
          );
          positions.forEach((position, joint) => {
            expect(position).toBeCloseTo(there.positions[joint] ?? Number.NaN, 8);
          });
        });
      }),
    );
  });

  it('leaves the rest of the motion as it is when it ends before any ramp could', () => {
    const atS = endOf(slide.points) - 1e-3;
    const { points, progress } = changeRate({ ...slide, atS, toRate: 0, limits: oneJoint({ jerk: 1e-9 }) });
    expect(points).toEqual([
      { timeS: 0, ...sampleTrajectory(slide.points, atS) },
      { ...slide.points.at(-1), timeS: endOf(slide.points) - atS },
    ]);
    expect(progress.at(-1)).toBe(5);
  });

  it('is at rest in the last point once the motion is over, and starts with it before it has begun', () => {
    const over = changeRate({ ...slide, atS: 99, toRate: 0 });
    expect(over.points).toEqual([{ timeS: 0, ...atRest([1]) }]);
    expect(over.progress).toEqual([5]);
    const early = changeRate({ ...slide, atS: -1, toRate: 1 });
    expect(early.points).toEqual(slide.points);
    expect(early.progress).toEqual(slide.progress);
  });

  it('brakes again while it brakes', () => {
    const once = changeRate({ ...slide, atS: 1, toRate: 0.3 });
    const twice = changeRate({ ...once, atS: 0.1, toRate: 0, limits: doubled(slide.limits) });
    expect(endOf(twice.points)).toBeLessThan(0.5);
    expect(findViolation(twice.points, doubled(slide.limits))).toBeUndefined();
  });
});
