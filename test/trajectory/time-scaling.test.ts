import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findViolation } from '../../lib/trajectory/curve-bounds.js';
import { type ScalingResult, scaleToLimits } from '../../lib/trajectory/time-scaling.js';
import { fitWaypoints } from '../../lib/trajectory/waypoint-curve.js';
import { atRest, type ChunkCase, movingChunks, oneJoint, restingChunks } from './arbitrary-motions.js';
import { samples, worstShare } from './polynomial-oracle.js';

const anyChunk = fc.oneof(restingChunks, movingChunks);

function accepted(result: ScalingResult): Extract<ScalingResult, { ok: true }> {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.violation)}`);
  return result;
}

describe('scaleToLimits', () => {
  it('gives motions that an independent sampler finds inside all limits', () => {
    let passed = 0;
    fc.assert(
      fc.property(anyChunk, (chunk) => {
        const result = scaleToLimits(chunk);
        if (!result.ok) return;
        passed += 1;
        const worst = worstShare(result.points, chunk.limits);
        expect(worst.position).toBeLessThan(1e-8);
        expect(worst.pace).toBeLessThan(1 + 1e-7);
        expect(worst.braking).toBeLessThan(1e-6);
      }),
      { numRuns: 150 },
    );
    expect(passed).toBeGreaterThan(50);
  });

  it('starts in the start state, hits every waypoint bit for bit, ends at rest, and is continuous', () => {
    fc.assert(
      fc.property(anyChunk, (chunk) => {
        const result = scaleToLimits(chunk);
        if (!result.ok) return;
        const { points } = result;
        expect(points[0]).toEqual({ timeS: 0, ...chunk.start });
        expect(points.slice(1).map(({ positions }) => positions)).toEqual(chunk.waypoints);
        const zeros = chunk.start.positions.map(() => 0);
        expect(points.at(-1)).toMatchObject({ velocities: zeros, accelerations: zeros });
        const ends = [...samples(points, 1)];
        for (const { joint, segment, state } of ends.filter((_, index) => index % 2 === 1)) {
          const next = points[segment + 1];
          expect(state[0]).toBeCloseTo(next?.positions[joint] ?? Number.NaN, 8);
          expect(state[1]).toBeCloseTo(next?.velocities[joint] ?? Number.NaN, 7);
          expect(state[2]).toBeCloseTo(next?.accelerations[joint] ?? Number.NaN, 5);
        }
      }),
    );
  });

  it('changes nothing when it scales its own result again', () => {
    fc.assert(
      fc.property(anyChunk, (chunk) => {
        const once = scaleToLimits(chunk);
        if (!once.ok) return;
        const { firstS, stepS, lastS } = once;
        const twice = accepted(scaleToLimits({ ...chunk, firstS, stepS, lastS }));
        expect(twice.scale).toBe(1);
        expect(twice.points).toEqual(once.points);
        expect([twice.firstS, twice.stepS, twice.lastS]).toEqual([firstS, stepS, lastS]);
      }),
      { numRuns: 300 },
    );
  });

  it('leaves a chunk that is slow enough as it is, times included', () => {
    fc.assert(
      fc.property(anyChunk, (chunk) => {
        const timesS = chunk.waypoints.map((_, index) => chunk.firstS + index * chunk.stepS);
        const plain = fitWaypoints(chunk.start, chunk.waypoints, timesS, chunk.limits);
        const result = scaleToLimits(chunk);
        if (findViolation(plain, chunk.limits)) expect(result).not.toMatchObject({ ok: true, timeShare: 1 });
        else
          expect(result).toEqual({
            ok: true,
            scale: 1,
            timeShare: 1,
            points: plain,
            firstS: chunk.firstS,
            stepS: chunk.stepS,
            lastS: chunk.stepS,
          });
      }),
    );
  });

  it('finds the fastest pace from rest: a ten-thousandth faster would not do', () => {
    let scaled = 0;
    fc.assert(
      fc.property(restingChunks, (chunk) => {
        const result = accepted(scaleToLimits({ ...chunk, minScale: 0 }));
        if (result.scale === 1) return;
        scaled += 1;
        const faster = scaleToLimits({ ...chunk, maxScale: result.scale * 1.0001, minScale: 0 });
        expect(accepted(faster).scale).toBeCloseTo(result.scale, 6);
        expect(accepted(faster).scale).toBeLessThan(result.scale * 1.00005);
      }),
      // Most are slowed at their ends alone.
      { numRuns: 500 },
    );
    expect(scaled).toBeGreaterThan(10);
  });

  it('accepts every chunk from rest if it may be slow enough', () => {
    fc.assert(
      fc.property(restingChunks, (chunk) => {
        accepted(scaleToLimits({ ...chunk, minScale: 1e-6 }));
      }),
      { numRuns: 300 },
    );
  });

  it('knows the pace of a single move in closed form', () => {
    const chunk = { start: atRest([0]), waypoints: [[0.1]], firstS: 0.2, stepS: 0.2 };
    const peaks = { velocity: 1.875 * 0.5, acceleration: (10 / Math.sqrt(3)) * 2.5, jerk: 60 * 12.5 };
    const free = { velocity: 1e6, acceleration: 1e6, jerk: 1e6 };
    const scaleFor = (limits: Partial<typeof free>) =>
      accepted(scaleToLimits({ ...chunk, limits: oneJoint({ ...free, ...limits }) })).scale;
    expect(scaleFor({ velocity: peaks.velocity / 2 })).toBeCloseTo(1 / 2, 9);
    expect(scaleFor({ acceleration: peaks.acceleration / 4 })).toBeCloseTo(1 / 2, 9);
    expect(scaleFor({ jerk: peaks.jerk / 8 })).toBeCloseTo(1 / 2, 9);
    expect(scaleFor({})).toBe(1);
  });

  it('does not take longer than the smallest pace would, ends included', () => {
    const limits = { min: [-3], max: [3], velocity: [1], acceleration: [0.5], jerk: [5] };
    let accepted = 0;
    let refused = 0;
    for (let step = 0.1; step < 0.8; step += 0.02) {
      const waypoints = [[step], [2 * step], [3 * step]];
      const result = scaleToLimits({ start: atRest([0]), waypoints, firstS: 0.1, stepS: 0.1, limits });
      if (result.ok) {
        accepted++;
        expect(result.points.at(-1)?.timeS).toBeLessThanOrEqual(0.3 / 0.1);
      } else refused++;
    }
    expect(accepted).toBeGreaterThan(3);
    expect(refused).toBeGreaterThan(3);
  });

  it('never goes faster than it is allowed to', () => {
    const chunk = { start: atRest([0]), waypoints: [[0.01]], firstS: 1, stepS: 1, limits: oneJoint() };
    const result = accepted(scaleToLimits({ ...chunk, maxScale: 0.5 }));
    expect(result.scale).toBe(0.5);
    expect(result.points.at(-1)?.timeS).toBe(2);
    expect(accepted(scaleToLimits({ ...chunk, maxScale: 0.05 })).scale).toBe(0.05);
    const start = { ...chunk.start, velocities: [0.5] };
    const demanding = { ...chunk, start, firstS: 0.01, maxScale: 0.05 };
    expect(scaleToLimits(demanding)).toMatchObject({ ok: false, scale: 0.05 });
    expect(scaleToLimits({ ...demanding, minScale: 0.001 })).toMatchObject({ ok: true });
  });

  it('refuses a chunk that would need less than the smallest pace, and says what was wrong with it', () => {
    const chunk = { start: atRest([0]), waypoints: [[2.9]], firstS: 0.05, stepS: 0.05 };
    const limits = oneJoint({ acceleration: 1e6, jerk: 1e9 });
    expect(scaleToLimits({ ...chunk, limits })).toEqual({
      ok: false,
      violation: { kind: 'velocity', joint: 0, segment: 0, value: expect.closeTo(108.75, 9), limit: 1 },
      scale: expect.closeTo(1 / 108.75, 9),
    });
  });

  it('goes on from a robot in motion, where the pace before was already the right one', () => {
    const chunk = {
      start: atRest([0]),
      waypoints: [[0.2], [0.4], [0.6], [0.8], [1]],
      firstS: 0.2,
      stepS: 0.2,
      limits: oneJoint(),
    };
    const before = accepted(scaleToLimits(chunk));
    const [, , start] = before.points;
    if (!start) throw new Error('a point is missing');
    const after = accepted(scaleToLimits({ ...chunk, start, waypoints: chunk.waypoints.slice(2) }));
    expect(after.scale).toBeGreaterThan(0.9 * before.scale);
    expect(worstShare(after.points, chunk.limits).pace).toBeLessThan(1 + 1e-7);
  });

  it('refuses to start faster than the limits, or outward from outside', () => {
    const chunk = { waypoints: [[0.5]], firstS: 1, stepS: 1, limits: oneJoint({ max: 1 }) };
    const tooFast = { positions: [0], velocities: [1.5], accelerations: [0] };
    expect(scaleToLimits({ ...chunk, start: tooFast })).toMatchObject({
      ok: false,
      violation: { kind: 'velocity' },
    });
    const outward = { positions: [1.01], velocities: [0.1], accelerations: [0] };
    expect(scaleToLimits({ ...chunk, start: outward })).toMatchObject({
      ok: false,
      violation: { kind: 'position' },
    });
  });

  it('brings back a robot that rests outside its limits, however little or far', () => {
    for (const outside of [1e-12, 1e-9, 1e-6, 1e-3, 0.1])
      for (const target of [1, 0.9999999, 0.5]) {
        const start = atRest([1 + outside]);
        const limits = oneJoint({ max: 1 });
        const result = accepted(
          scaleToLimits({ start, waypoints: [[target], [target]], firstS: 0.2, stepS: 0.2, limits }),
        );
        for (const { state } of samples(result.points, 100))
          expect(state[0]).toBeLessThanOrEqual(1 + outside + 1e-15);
      }
  });

  it('answers for the smallest and largest numbers without a NaN', () => {
    const extremes = [0, 5e-324, 1e-308, 1e-160, 1e-12, 1, 1e12, 1e154, 1e308, 1.7e308];
    const numbers = fc.oneof(
      fc.constantFrom(...extremes, ...extremes.map((value) => -value)),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const durations = fc.constantFrom(1e-300, 1e-150, 1e-9, 1e-3, 0.2, 1e6);
    fc.assert(
      fc.property(
        fc.tuple(numbers, numbers, numbers),
        fc.array(numbers, { minLength: 1, maxLength: 5 }),
        durations,
        durations,
        ([position, velocity, acceleration], targets, firstS, stepS) => {
          const chunk: ChunkCase = {
            start: { positions: [position], velocities: [velocity], accelerations: [acceleration] },
            waypoints: targets.map((target) => [target]),
            firstS,
            stepS,
            limits: oneJoint({ min: -Infinity, max: Infinity }),
          };
          const result = scaleToLimits(chunk);
          const numbersOut = result.ok
            ? result.points.flatMap((point) => [
                point.timeS,
                ...point.positions,
                ...point.velocities,
                ...point.accelerations,
              ])
            : [result.scale, result.violation.limit];
          for (const value of numbersOut) expect(Number.isFinite(value)).toBe(true);
          if (!result.ok) expect(result.violation.value).not.toBeNaN();
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('refuses NaN and infinite waypoints with a violation', () => {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      const chunk = { start: atRest([0]), waypoints: [[0.1], [bad], [0.1]], firstS: 0.2, stepS: 0.2 };
      expect(scaleToLimits({ ...chunk, limits: oneJoint() })).toMatchObject({
        ok: false,
        violation: { value: Infinity },
      });
    }
  });
});
