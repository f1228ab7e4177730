import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../lib/robot/virtual-clock.js';

describe('VirtualClock', () => {
  it('wakes concurrent sleepers in the order of their times, and in order of arrival where those are equal', async () => {
    const clock = new VirtualClock({ startMs: 100 });
    const log: string[] = [];
    const sleeper = async (name: string, ms: number, times: number) => {
      for (let count = 0; count < times; count++) {
        await clock.sleep(ms);
        log.push(`${name}${clock.now()}`);
      }
    };
    await Promise.all([sleeper('a', 20, 3), sleeper('b', 30, 2), sleeper('c', 20, 1)]);
    expect(log).toEqual(['a120', 'c120', 'b130', 'a140', 'b160', 'a160']);
    expect(clock.sleepers).toBe(0);
  });

  it('stands still while a program computes over promises and setImmediate between two sleeps', async () => {
    const clock = new VirtualClock();
    const seen: number[] = [];
    const busy = async () => {
      for (let round = 0; round < 20; round++) {
        const before = clock.now();
        await turn();
        await Promise.resolve();
        await turn();
        seen.push(clock.now() - before);
        await clock.sleep(10);
      }
    };
    const other = async () => {
      for (let round = 0; round < 200; round++) await clock.sleep(1);
    };
    await Promise.all([busy(), other()]);
    expect(seen).toEqual(Array(20).fill(0));
  });

  it('stands still while it is held, however long that takes', async () => {
    const clock = new VirtualClock();
    const woken = clock.sleep(5);
    let at = -1;
    await clock.withHold(async () => {
      for (let count = 0; count < 50; count++) await turn();
      at = clock.now();
    });
    expect(at).toBe(0);
    await woken;
    expect(clock.now()).toBe(5);
  });

  it('stands still from the moment it is held, also when it was about to move on', async () => {
    for (let turns = 0; turns < 6; turns++) {
      const clock = new VirtualClock();
      const woken = clock.sleep(5);
      for (let count = 0; count < turns; count++) await turn();
      const release = clock.hold();
      const heldAt = clock.now();
      for (let count = 0; count < 10; count++) await turn();
      expect(clock.now()).toBe(heldAt);
      release();
      await woken;
    }
  });

  it('counts each hold once, also when it is released twice', async () => {
    const clock = new VirtualClock();
    const first = clock.hold();
    const second = clock.hold();
    let awake = false;
    const woken = clock.sleep(1).then(() => {
      awake = true;
    });
    first();
    first();
    for (let count = 0; count < 20; count++) await turn();
    expect(awake).toBe(false);
    second();
    await woken;
  });

  it('goes on after work that was held has failed', async () => {
    const clock = new VirtualClock();
    const fault = new Error('no inference');
    await expect(clock.withHold(() => Promise.reject(fault))).rejects.toBe(fault);
    await clock.sleep(3);
    expect(clock.now()).toBe(3);
  });

  it('tells its world of each step before the sleeper wakes', async () => {
    const steps: number[] = [];
    const clock = new VirtualClock({ onAdvance: (toMs) => steps.push(toMs) });
    await Promise.all([clock.sleep(4), clock.sleep(4), clock.sleep(12)]);
    expect(steps).toEqual([4, 12]);
  });

  it('gives an error of its world to the sleeper that was to wake, and not to the others', async () => {
    let broken = true;
    const clock = new VirtualClock({
      onAdvance: () => {
        if (broken) throw new Error('the world ended');
      },
    });
    const other = clock.sleep(20);
    await expect(clock.sleep(10)).rejects.toThrow('the world ended');
    broken = false;
    await other;
    expect(clock.now()).toBe(20);
  });

  it('wakes an aborted sleeper with ABORTED and lets the others sleep', async () => {
    const clock = new VirtualClock();
    const abort = new AbortController();
    const aborted = clock.sleep(1, abort.signal);
    const other = clock.sleep(2);
    abort.abort('enough');
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    await other;
    expect(clock.now()).toBe(2);
    await expect(clock.sleep(1, abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(clock.sleepers).toBe(0);
  });

  it('loses no other sleeper when its world aborts the one that is about to wake', async () => {
    const abort = new AbortController();
    const clock = new VirtualClock({ onAdvance: () => abort.abort() });
    const other = clock.sleep(9);
    await expect(clock.sleep(4, abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    await other;
    expect(clock.now()).toBe(9);
  });

  it('can be moved on by hand, never back; sleepers that it passes wake late', async () => {
    const clock = new VirtualClock({ startMs: 50 });
    const passed = clock.sleep(10);
    clock.advanceTo(100);
    clock.advanceTo(70);
    await passed;
    expect(clock.now()).toBe(100);
  });

  it('takes a sleep of no or negative length as a turn at the same time, and refuses what is not a number', async () => {
    const clock = new VirtualClock();
    await clock.sleep(0);
    await clock.sleep(-5);
    expect(clock.now()).toBe(0);
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY])
      await expect(clock.sleep(ms)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('has nothing scheduled once nobody sleeps', async () => {
    const clock = new VirtualClock();
    await clock.sleep(5);
    await turn();
    expect(process.getActiveResourcesInfo()).not.toContain('Immediate');
  });
});
