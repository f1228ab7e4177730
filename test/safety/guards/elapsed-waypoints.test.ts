import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { remainingWaypoints } from '../../../lib/safety/guards/elapsed-waypoints.js';

const first = (progress: number, atProgress: number, count = 5) =>
  remainingWaypoints({ count, progress, atProgress }).first;

describe('remainingWaypoints', () => {
  it.each([
    ['all of a chunk that starts one step ahead', 11, 10, 0],
    ['all of one that starts far ahead', 100, 10, 0],
    ['a first waypoint exactly half a step ahead', 10.5, 10, 0],
    ['not one that is less than half a step ahead', 10.4375, 10, 1],
    ['not one that is due now', 10, 10, 1],
    ['the rest of one that came two and a half steps late', 10, 11.5, 2],
    ['the last waypoint when it is just ahead enough', 10, 13.5, 4],
  ])('keeps %s', (_, progress, atProgress, expected) => {
    expect(remainingWaypoints({ count: 5, progress, atProgress })).toEqual({ first: expected, reasons: [] });
  });

  it('refuses a chunk of which nothing is left, and says so', () => {
    expect(remainingWaypoints({ count: 5, progress: 10, atProgress: 13.5625 })).toEqual({
      first: 5,
      reasons: [
        {
          guard: 'chunk-age',
          outcome: 'reject',
          kind: 'elapsed',
          message: 'all 5 waypoints, due from progress 10 on, have elapsed by progress 13.5625',
          value: 0,
          limit: 1,
        },
      ],
    });
    expect(remainingWaypoints({ count: 0, progress: 1, atProgress: 0 }).reasons).toHaveLength(1);
  });

  it('keeps what is as far ahead as the caller asks', () => {
    const late = { count: 5, progress: 10, atProgress: 10 };
    expect(remainingWaypoints({ ...late, leastAhead: 0 }).first).toBe(0);
    expect(remainingWaypoints({ ...late, leastAhead: 1 }).first).toBe(1);
    expect(remainingWaypoints({ ...late, leastAhead: 1.25 }).first).toBe(2);
  });

  it.each([Number.NaN, Infinity, -Infinity])('lets nothing through at a progress of %s', (progress) => {
    expect(first(progress, 0)).toBe(5);
    expect(first(0, progress)).toBe(5);
    expect(first(progress, progress)).toBe(5);
  });

  it('takes −0 and a denormal progress for 0', () => {
    expect([first(-0, 0), first(5e-324, -0), first(1, -5e-324)]).toEqual([1, 1, 0]);
  });

  const progress = fc.double({ min: -1e6, max: 1e6, noNaN: true });

  it('keeps exactly the waypoints that are at least half a step ahead', () => {
    fc.assert(
      fc.property(progress, progress, fc.integer({ min: 1, max: 40 }), (from, now, count) => {
        const start = now + (from % 60);
        const ahead = Array.from({ length: count }, (_, k) => start + k - now >= 0.5);
        expect(first(start, now, count)).toBe(count - ahead.filter(Boolean).length);
      }),
    );
  });

  it('drops nothing more when the rest is judged again at the same moment', () => {
    fc.assert(
      fc.property(fc.double({ min: -6, max: 6, noNaN: true }), (late) => {
        const dropped = first(100, 100 + late);
        fc.pre(dropped < 5);
        expect(first(100 + dropped, 100 + late, 5 - dropped)).toBe(0);
      }),
    );
  });

  it('keeps no more waypoints as time passes', () => {
    fc.assert(
      fc.property(progress, fc.double({ min: 0, max: 10, noNaN: true }), (now, passes) => {
        expect(first(0, now + passes)).toBeGreaterThanOrEqual(first(0, now));
      }),
    );
  });
});
