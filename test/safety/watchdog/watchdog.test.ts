import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { WatchdogTrip } from '../../../lib/safety/watchdog/motion-watchdog.js';
import type { StopReport } from '../../../lib/safety/watchdog/watchdog-protocol.js';
import { Controller, PATIENT_MS, startWatchdog, temporaryDirectory, until } from './fixtures.js';

/** Nobody beats here in time. */
const SHORT_MS = 30;

let controller: Controller;
beforeAll(async () => {
  controller = await Controller.start(afterAll);
});
beforeEach(() => controller.forget());

/** Blocks this thread, event loop and all. */
const freeze = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe('heartbeats', () => {
  it('are not due before the watchdog is armed, nor after it was disarmed', async () => {
    const watchdog = await startWatchdog(controller, { timeoutMs: SHORT_MS });
    await sleep(5 * SHORT_MS);
    expect(watchdog.beat()).toBe(true);
    watchdog.arm();
    watchdog.disarm();
    await sleep(5 * SHORT_MS);
    expect(watchdog.tripped).toBeUndefined();
    expect(watchdog.beat()).toBe(true);
    expect(controller.stops).toEqual([]);
  });

  it('keep an armed watchdog quiet', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    for (let tick = 0; tick < 20; ++tick) {
      await sleep(5);
      expect(watchdog.beat()).toBe(true);
    }
    expect(controller.stops).toEqual([]);
  });

  it('that stop coming make it tell the robot to stop, and its owner, once', async () => {
    const trips: WatchdogTrip[] = [];
    const reports: StopReport[] = [];
    const watchdog = await startWatchdog(controller, {
      timeoutMs: SHORT_MS,
      onTrip: (trip) => trips.push(trip),
      onStop: (report) => reports.push(report),
    });
    const armedAt = Date.now();
    watchdog.arm();
    await controller.stopped();
    await until('the stop is reported', () => reports.length > 0);
    expect(reports).toEqual([{ accepted: true, tries: 1, message: '' }]);
    expect(trips).toEqual([watchdog.tripped]);
    expect(watchdog.tripped?.reason).toBe('missed-heartbeat');
    expect(watchdog.tripped?.message).toContain(`${SHORT_MS} ms`);
    expect(watchdog.tripped?.at).toBeGreaterThanOrEqual(armedAt);
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('that are late are noticed by the very next call, before anything was read from the pipe', async () => {
    for (const notice of ['beat', 'tripped', 'arm', 'disarm'] as const) {
      const watchdog = await startWatchdog(controller, { timeoutMs: SHORT_MS });
      watchdog.arm();
      freeze(3 * SHORT_MS);
      if (notice === 'beat') expect(watchdog.beat()).toBe(false);
      else if (notice === 'arm') expect(() => watchdog.arm()).toThrow(/did not beat/);
      else if (notice === 'disarm') watchdog.disarm();
      expect(watchdog.tripped?.reason).toBe('missed-heartbeat');
    }
    await controller.stopped(4);
  });

  it('that the parent alone finds late stop the robot as well', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + PATIENT_MS + 1);
    const alive = watchdog.beat();
    now.mockRestore();
    expect(alive).toBe(false);
    await controller.stopped();
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('take no memory when the watchdog does not read them, and count when it does again', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    process.kill(controller.watchdogPid, 'SIGSTOP');
    const before = process.memoryUsage().heapUsed;
    for (let beat = 0; beat < 300_000; ++beat) watchdog.beat();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(30e6);
    process.kill(controller.watchdogPid, 'SIGCONT');
    await sleep(100);
    expect(watchdog.beat()).toBe(true);
    expect(controller.stops).toEqual([]);
  });
});

describe('a tripped watchdog', () => {
  async function tripped(options: Parameters<typeof startWatchdog>[1] = {}) {
    const watchdog = await startWatchdog(controller, { timeoutMs: SHORT_MS, ...options });
    watchdog.arm();
    await until('it trips', () => watchdog.tripped !== undefined);
    return watchdog;
  }

  it('stays so through beats and disarming, and refuses to be armed', async () => {
    const watchdog = await tripped();
    watchdog.disarm();
    expect(watchdog.beat()).toBe(false);
    expect(() => watchdog.arm()).toThrow(expect.objectContaining({ code: 'WATCHDOG_TRIPPED' }));
    await sleep(5 * SHORT_MS);
    expect(watchdog.tripped?.reason).toBe('missed-heartbeat');
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('watches again after a reset', async () => {
    const watchdog = await tripped();
    await Promise.all([watchdog.reset(), watchdog.reset()]);
    expect(watchdog.tripped).toBeUndefined();
    expect(watchdog.beat()).toBe(true);
    watchdog.arm();
    await controller.stopped(2);
    expect(controller.stops).toEqual(['missed-heartbeat', 'missed-heartbeat']);
  });

  it('is not changed by a reset when it has not tripped', async () => {
    const watchdog = await startWatchdog(controller);
    await watchdog.reset();
    expect(watchdog.tripped).toBeUndefined();
  });

  it('tries a stop command that fails three times', async () => {
    const reports: StopReport[] = [];
    await tripped({ config: { failures: 2 }, onStop: (report) => reports.push(report) });
    await controller.stopped();
    await until('the stop is reported', () => reports.length > 0);
    expect(reports).toEqual([{ accepted: true, tries: 3, message: '' }]);
  });

  it('cannot be reset while the robot takes no stop command, and tries it again', async () => {
    const brokenWhile = join(await temporaryDirectory(), 'broken');
    await writeFile(brokenWhile, '');
    const reports: StopReport[] = [];
    const watchdog = await tripped({ config: { brokenWhile }, onStop: (report) => reports.push(report) });
    await until('the stop is reported', () => reports.length > 0);
    expect(reports).toEqual([{ accepted: false, tries: 3, message: 'the robot does not listen' }]);
    await expect(watchdog.reset()).rejects.toMatchObject({
      code: 'WATCHDOG_TRIPPED',
      message: expect.stringContaining('the robot does not listen'),
    });
    expect(watchdog.tripped?.reason).toBe('missed-heartbeat');

    await rm(brokenWhile);
    await watchdog.reset();
    expect(watchdog.tripped).toBeUndefined();
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('is one even when its listeners throw', async () => {
    const warning = vi.spyOn(process, 'emitWarning').mockReturnValue();
    onTestFinished(() => warning.mockRestore());
    const watchdog = await tripped({
      onTrip: () => {
        throw new Error('listener');
      },
    });
    expect(watchdog.tripped?.reason).toBe('missed-heartbeat');
    expect(warning).toHaveBeenCalledWith(expect.stringContaining('onTrip'));
  });
});

describe('a watchdog process that fails', () => {
  it('by being killed leaves its owner tripped, and is replaced by a reset', async () => {
    const trips: WatchdogTrip[] = [];
    const watchdog = await startWatchdog(controller, { onTrip: (trip) => trips.push(trip) });
    watchdog.arm();
    const first = controller.watchdogPid;
    process.kill(first, 'SIGKILL');
    await until('the owner is told', () => trips.length > 0);
    expect(trips[0]).toMatchObject({ reason: 'child-died', message: expect.stringContaining('SIGKILL') });
    expect(watchdog.beat()).toBe(false);
    expect(controller.stops).toEqual([]);

    await watchdog.reset();
    expect(controller.watchdogPid).not.toBe(first);
    watchdog.arm();
    expect(watchdog.beat()).toBe(true);
  });

  it('by an error outside of its calls leaves its owner tripped, with that error', async () => {
    const watchdog = await startWatchdog(controller, { config: { faultAfterMs: 50 } });
    await until('it trips', () => watchdog.tripped !== undefined);
    expect(watchdog.tripped).toMatchObject({
      reason: 'child-died',
      message: expect.stringContaining('the cable was pulled'),
    });
    expect(controller.stops).toEqual([]);
  });

  it('by an error in the middle of a motion tells the robot to stop before it ends', async () => {
    const watchdog = await startWatchdog(controller, { config: { faultAfterMs: 300 } });
    watchdog.arm();
    await controller.stopped();
    expect(controller.stops).toEqual(['child-died']);
    await until('it trips', () => watchdog.tripped !== undefined);
    await controller.watchdogEnded();
  });

  it('by not answering leaves its owner tripped', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    process.kill(controller.watchdogPid, 'SIGSTOP');
    let time = performance.now();
    const now = vi.spyOn(performance, 'now').mockImplementation(() => time);
    onTestFinished(() => now.mockRestore());
    for (let tick = 0; tick < 250 && watchdog.beat(); ++tick) {
      time += 1000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(watchdog.tripped?.reason).toBe('child-died');
    process.kill(controller.watchdogPid, 'SIGCONT');
  });
});

describe('a held enable', () => {
  it('that nobody asked for may be held and released', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    watchdog.holdEnable();
    watchdog.releaseEnable();
    await sleep(100);
    expect(watchdog.beat()).toBe(true);
    expect(controller.stops).toEqual([]);
  });

  it('has to be held before the watchdog can be armed', async () => {
    const watchdog = await startWatchdog(controller, { enable: { timeoutMs: PATIENT_MS } });
    expect(() => watchdog.arm()).toThrow(/enable is not held/);
    expect(watchdog.tripped).toBeUndefined();
    watchdog.holdEnable();
    watchdog.arm();
    expect(watchdog.beat()).toBe(true);
    watchdog.disarm();
    watchdog.releaseEnable();
    expect(() => watchdog.arm()).toThrow(/enable is not held/);
    expect(controller.stops).toEqual([]);
  });

  it('that is released in the middle of a motion stops the robot; a reset needs it held again', async () => {
    const watchdog = await startWatchdog(controller, { enable: { timeoutMs: PATIENT_MS } });
    watchdog.holdEnable();
    watchdog.arm();
    watchdog.releaseEnable();
    expect(watchdog.tripped?.reason).toBe('enable-released');
    await controller.stopped();
    expect(controller.stops).toEqual(['enable-released']);
    await expect(watchdog.reset()).rejects.toMatchObject({
      code: 'WATCHDOG_TRIPPED',
      message: expect.stringContaining('the enable is not held'),
    });
    watchdog.holdEnable();
    await watchdog.reset();
    watchdog.arm();
    expect(watchdog.beat()).toBe(true);
  });

  it('that is not refreshed stops the robot, whatever the control loop does', async () => {
    const watchdog = await startWatchdog(controller, { enable: { timeoutMs: 200 } });
    watchdog.holdEnable();
    watchdog.arm();
    await until('the loop is told', () => !watchdog.beat());
    await controller.stopped();
    expect(controller.stops).toEqual(['enable-released']);
  });

  it('that lapses while the app is stuck stops the robot without it', async () => {
    const watchdog = await startWatchdog(controller, { enable: { timeoutMs: 200 } });
    watchdog.holdEnable();
    watchdog.arm();
    await controller.stopped();
    expect(controller.stops).toEqual(['enable-released']);
  });
});

describe('dispose', () => {
  it('ends the process without a stop command when the robot is at rest', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    watchdog.disarm();
    await Promise.all([watchdog.dispose(), watchdog[Symbol.asyncDispose]()]);
    await controller.watchdogEnded();
    expect(controller.stops).toEqual([]);
    expect(watchdog.beat()).toBe(false);
    expect(() => watchdog.arm()).toThrow(expect.objectContaining({ code: 'DISPOSED' }));
    await expect(watchdog.reset()).rejects.toMatchObject({ code: 'DISPOSED' });
    expect(watchdog.tripped).toBeUndefined();
  });

  it('in the middle of a motion stops the robot first', async () => {
    const watchdog = await startWatchdog(controller);
    watchdog.arm();
    await watchdog.dispose();
    await controller.stopped();
    expect(controller.stops).toEqual(['pipe-closed']);
  });

  it('ends a process that is stopped', async () => {
    const watchdog = await startWatchdog(controller, { stopTimeoutMs: 10 });
    process.kill(controller.watchdogPid, 'SIGSTOP');
    await watchdog.dispose();
    await controller.watchdogEnded();
  });
});
