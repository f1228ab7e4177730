import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../lib/robot/clock.js';

describe('systemClock', () => {
  it('never wakes a sleeper early', async () => {
    for (const ms of [0, 0.3, 1, 1.7, 3.2, 12.5]) {
      const before = systemClock.now();
      await systemClock.sleep(ms);
      expect(systemClock.now() - before).toBeGreaterThanOrEqual(ms);
    }
  });

  it('lets the event loop turn while it waits', async () => {
    let turns = 0;
    let awake = false;
    const sleeping = systemClock.sleep(20).then(() => {
      awake = true;
    });
    for (; !awake; turns++) await turn();
    await sleeping;
    expect(turns).toBeGreaterThan(10);
  });

  it('takes a negative length as none', async () => {
    await systemClock.sleep(-1);
  });

  it('rejects with ABORTED when its signal fires, before, during the long wait and during the last of it', async () => {
    await expect(systemClock.sleep(1e6, AbortSignal.abort('no'))).rejects.toMatchObject({ code: 'ABORTED' });
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    for (const turns of [1, 5]) {
      const abort = new AbortController();
      const sleeping = systemClock.sleep(1e6, abort.signal);
      for (let count = 0; count < turns; count++) await turn();
      abort.abort('enough');
      expect(timers()).toBe(before);
      await expect(sleeping).rejects.toMatchObject({ code: 'ABORTED', cause: 'enough' });
    }
    const abort = new AbortController();
    const sleeping = systemClock.sleep(1.9, abort.signal);
    abort.abort();
    await expect(sleeping).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('sleeps longer than a timer can count without waking at once', async () => {
    const warned = vi.spyOn(process, 'emitWarning');
    const abort = new AbortController();
    let awake = false;
    const sleeping = systemClock.sleep(2 ** 40, abort.signal).finally(() => {
      awake = true;
    });
    await systemClock.sleep(5);
    expect(awake).toBe(false);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
    abort.abort();
    await expect(sleeping).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('refuses a length that is not a number', async () => {
    await expect(systemClock.sleep(Number.NaN)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
