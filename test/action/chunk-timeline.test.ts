import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChunkTimeline, dueAt, sampleWaypoints } from '../../lib/action/chunk-timeline.js';
import { placed } from './placed.js';

const ROW = [0, 1, 4].map((value, k) => ({ joints: [value, -value], gripper: k === 2 ? 1 : 0 }));

describe('sampling waypoints at a progress', () => {
  it('is linear between the waypoints on both sides', () => {
    expect(sampleWaypoints(ROW, 10, 10.25)?.waypoint.joints).toEqual([0.25, -0.25]);
    expect(sampleWaypoints(ROW, 10, 11.5)?.waypoint.joints).toEqual([2.5, -2.5]);
  });

  it('takes the gripper of the waypoint that comes next, since half open is no state to ask for', () => {
    expect(sampleWaypoints(ROW, 10, 11.01)?.waypoint.gripper).toBe(1);
    expect(sampleWaypoints(ROW, 10, 11)?.waypoint.gripper).toBe(0);
  });

  it('repeats the last waypoint after the end and says so: never extrapolated, never zeros', () => {
    expect(sampleWaypoints(ROW, 10, 12)).toEqual({ waypoint: ROW[2], pastEnd: false });
    expect(sampleWaypoints(ROW, 10, 12.1)).toEqual({ waypoint: ROW[2], pastEnd: true });
    expect(sampleWaypoints(ROW, 10, 1e9)).toEqual({ waypoint: ROW[2], pastEnd: true });
  });

  it('knows nothing before the first waypoint, nor at no progress at all', () => {
    expect(sampleWaypoints(ROW, 10, 9.9)).toBeUndefined();
    expect(sampleWaypoints(ROW, 10, Number.NaN)).toBeUndefined();
  });

  it('gives back each waypoint itself where it is due, whatever the fractions of the grid', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (base, values) => {
          const chunk = placed(values, base);
          chunk.waypoints.forEach((waypoint, k) => {
            const sample = sampleWaypoints(chunk.waypoints, dueAt(chunk, 0), dueAt(chunk, k));
            expect(sample).toEqual({ waypoint, pastEnd: false });
          });
        },
      ),
    );
  });

  it('stays between its neighbours', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2, noNaN: true }), (index) => {
        const value = sampleWaypoints(ROW, 3, 3 + index)?.waypoint.joints[0] ?? Number.NaN;
        expect(value).toBeGreaterThanOrEqual(ROW[Math.floor(index)]?.joints[0] ?? Number.NaN);
        expect(value).toBeLessThanOrEqual(ROW[Math.ceil(index)]?.joints[0] ?? Number.NaN);
      }),
    );
  });
});

describe('the timeline', () => {
  it('keeps the newest chunks only, oldest first', () => {
    const timeline = new ChunkTimeline();
    for (const base of [0, 1, 2, 3]) timeline.add(placed([base], base), 3);
    expect(timeline.chunks.map(({ base }) => base)).toEqual([1, 2, 3]);
  });

  it('shows what a chunk would join without adding it', () => {
    const timeline = new ChunkTimeline();
    timeline.add(placed([0], 0), 5);
    expect(timeline.with(placed([1], 1)).map(({ base }) => base)).toEqual([0, 1]);
    expect(timeline.chunks.map(({ base }) => base)).toEqual([0]);
  });

  it.each([
    ['another instruction', { instruction: 'place' }],
    ['another step time', { secondsPerWaypoint: 0.1 }],
    ['other joints', { name: 'b' }],
  ])('never lets chunks meet that differ: %s', (_, options) => {
    const timeline = new ChunkTimeline();
    timeline.add(placed([0], 0), 5);
    const other = placed([1], 1, options);
    expect(timeline.with(other)).toEqual([other]);
    timeline.add(other, 5);
    expect(timeline.chunks).toEqual([other]);
  });

  it('refuses a chunk without a place and a size that keeps nothing', () => {
    const timeline = new ChunkTimeline();
    expect(() => timeline.add(placed([0], Number.NaN), 2)).toThrow(/base progress .* NaN/);
    expect(() => timeline.add(placed([0], 0), 0)).toThrow(/keeps 1 chunk or more, got 0/);
  });
});
