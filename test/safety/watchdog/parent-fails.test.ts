import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, type TestContext } from 'vitest';
import { App, Controller, PATIENT_MS, until } from './fixtures.js';

const TIMEOUT_MS = 300;

async function movingApp(
  { onTestFinished }: TestContext,
  timeoutMs: number,
): Promise<{ controller: Controller; app: App }> {
  const controller = await Controller.start(onTestFinished);
  const app = await App.start(controller, timeoutMs, onTestFinished);
  app.order('arm');
  await until('the robot moves', () => controller.moves.length > 5);
  return { controller, app };
}

describe.concurrent('the robot is told to stop when the app, in the middle of a motion,', () => {
  it('is frozen with its whole process group', async (test) => {
    const { controller, app } = await movingApp(test, TIMEOUT_MS);
    app.signal('SIGSTOP');
    await controller.stopped();
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('is stuck in a loop', async (test) => {
    const { controller, app } = await movingApp(test, TIMEOUT_MS);
    app.order('spin');
    await controller.stopped();
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('is killed', async (test) => {
    const { controller, app } = await movingApp(test, PATIENT_MS);
    app.signal('SIGKILL');
    await controller.stopped();
    expect(controller.stops).toEqual(['pipe-closed']);
    await controller.watchdogEnded();
  });

  it('crashes', async (test) => {
    const { controller, app } = await movingApp(test, PATIENT_MS);
    app.order('crash');
    await controller.stopped();
    expect(controller.stops).toEqual(['pipe-closed']);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    it(`is ended by ${signal} to its process group`, async (test) => {
      const { controller, app } = await movingApp(test, PATIENT_MS);
      app.signal(signal);
      await controller.stopped();
      expect(controller.stops).toEqual(['pipe-closed']);
    });

  it('is ended by a service manager that signals the watchdog as well', async (test) => {
    const { controller, app } = await movingApp(test, PATIENT_MS);
    process.kill(controller.watchdogPid, 'SIGTERM');
    app.signal('SIGTERM');
    await controller.stopped();
    expect(controller.stops).toEqual(['pipe-closed']);
  });
});

describe.concurrent('an app that was frozen for a while', () => {
  it('finds itself tripped before it sends another command, and moves again only after a reset', async (test) => {
    const { controller, app } = await movingApp(test, TIMEOUT_MS);
    app.signal('SIGSTOP');
    await controller.stopped();
    const resumedAt = process.hrtime.bigint();
    app.signal('SIGCONT');
    await app.says('tripped missed-heartbeat');
    await sleep(100);
    const afterTrip = process.hrtime.bigint();
    expect(controller.moves.filter((sentAt) => sentAt > resumedAt)).toEqual([]);

    app.order('reset');
    await app.says('reset');
    app.order('arm');
    await until('the robot moves again', () => controller.moves.some((sentAt) => sentAt > afterTrip));
  });
});

describe.concurrent('no stop command is sent when the app, with its robot at rest,', () => {
  it('ends by itself, which a forgotten watchdog does not prevent', async (test) => {
    const { controller, app } = await movingApp(test, PATIENT_MS);
    app.order('disarm', 'finish');
    await app.ended();
    await controller.watchdogEnded();
    expect(controller.stops).toEqual([]);
  });

  it('is killed', async (test) => {
    const { controller, app } = await movingApp(test, PATIENT_MS);
    app.order('disarm');
    await app.says('disarmed');
    app.signal('SIGKILL');
    await controller.watchdogEnded();
    expect(controller.stops).toEqual([]);
  });
});
