import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FixedRate } from '../../lib/robot/fixed-rate.js';
import { VirtualClock } from '../../lib/robot/virtual-clock.js';

describe('FixedRate', () => {
  it('ticks at once and then on an absolute timeline: work within the period shifts nothing', async () => {
    const clock = new VirtualClock({ startMs: 7 });
    const rate = new FixedRate(clock, 50);
    const due: number[] = [];
    for (const workMs of [3, 19, 0, 11]) {
      const tick = await rate.next();
      expect(tick).toEqual({ index: due.length, dueMs: clock.now(), latenessMs: 0, missed: 0 });
      due.push(clock.now());
      await clock.sleep(workMs);
    }
    expect(due).toEqual([7, 27, 47, 67]);
  });

  it('runs late work once, counts the periods that it covered, and is back on the timeline after it', async () => {
    const clock = new VirtualClock();
    const rate = new FixedRate(clock, 100);
    await rate.next();
    await clock.sleep(37);
    expect(await rate.next()).toEqual({ index: 3, dueMs: 30, latenessMs: 7, missed: 2 });
    expect(await rate.next()).toEqual({ index: 4, dueMs: 40, latenessMs: 0, missed: 0 });
    await clock.sleep(14);
    expect(await rate.next()).toEqual({ index: 5, dueMs: 50, latenessMs: 4, missed: 0 });
  });

  it('never bursts, skips no period silently and never ticks early, whatever the work takes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.array(fc.double({ min: 0, max: 60, noNaN: true }), { minLength: 1, maxLength: 12 }),
        async (rateHz, work) => {
          const clock = new VirtualClock({ startMs: 0.3 });
          const rate = new FixedRate(clock, rateHz);
          let index = -1;
          for (const workMs of work) {
            const tick = await rate.next();
            expect(tick.index).toBe(index + 1 + tick.missed);
            expect(tick.dueMs).toBeCloseTo(0.3 + (tick.index * 1000) / rateHz, 6);
            expect(clock.now()).toBeGreaterThanOrEqual(tick.dueMs);
            expect(tick.latenessMs).toBeLessThanOrEqual(rate.periodMs + 1e-6);
            index = tick.index;
            await clock.sleep(workMs);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('tells how late a clock wakes it', async () => {
    const clock = new VirtualClock();
    const late = { now: () => clock.now(), sleep: (ms: number) => clock.sleep(ms + 1.5) };
    const rate = new FixedRate(late, 100);
    await rate.next();
    expect((await rate.next()).latenessMs).toBeCloseTo(1.5, 9);
    expect((await rate.next()).dueMs).toBe(20);
  });

  it('gives up waiting when its signal fires, and loses no tick by it', async () => {
    const clock = new VirtualClock();
    const rate = new FixedRate(clock, 100);
    await rate.next();
    const abort = new AbortController();
    const waiting = rate.next(abort.signal);
    abort.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(rate.next(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await rate.next()).toMatchObject({ index: 1, missed: 0 });
  });

  it('can be iterated', async () => {
    const indices: number[] = [];
    for await (const { index } of new FixedRate(new VirtualClock(), 10)) {
      indices.push(index);
      if (index === 3) break;
    }
    expect(indices).toEqual([0, 1, 2, 3]);
  });

  it.each([0, -1, Number.NaN, 1001])('refuses a rate of %d Hz', (rateHz) => {
    expect(() => new FixedRate(new VirtualClock(), rateHz)).toThrow(/rate must be above 0/);
  });
});
