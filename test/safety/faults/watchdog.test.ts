import { describe, expect, it, type TestContext } from 'vitest';
import { Controller, fake, PATIENT_MS } from '../watchdog/fixtures.js';
import { AppProcess } from './app-process.js';

/** Long enough for a busy machine to beat in time. */
const TIMEOUT_MS = 2500;

async function movingApp(test: TestContext, timeoutMs: number) {
  const controller = await Controller.start(test.onTestFinished);
  const stop = { module: fake('stop-over-socket.js'), config: { socket: controller.socket } };
  const app = await AppProcess.start(test, { watchdog: { stop, timeoutMs } });
  await app.move();
  return { controller, app };
}

describe.concurrent('watchdog: in the middle of a motion of the executor', () => {
  it('SIGSTOP: the controller is told to stop; afterwards the executor finds itself stopped and latched', async (test) => {
    const { controller, app } = await movingApp(test, TIMEOUT_MS);
    expect(controller.stops).toEqual([]);
    app.signal('SIGSTOP');
    await controller.stopped();
    expect(controller.stops).toEqual(['missed-heartbeat']);
    const sent = app.sent.length;
    app.signal('SIGCONT');
    await app.says('latched WATCHDOG_TRIPPED');
    expect(app.lines).toContain('stopped');
    expect(app.lines).toContain('ended stop WATCHDOG_TRIPPED');

    // Neither a chunk nor a reset of the executor alone gets it going again.
    app.order('go');
    app.order('reset executor');
    await app.says('executor reset refused SAFETY_LATCHED');
    expect(app.sent).toHaveLength(sent);
    app.order('reset watchdog');
    await app.says('watchdog reset');
    app.order('reset executor');
    await app.says('executor reset');
    await app.move();
    expect(app.sent.length).toBeGreaterThan(sent);
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('while (1): the controller is told to stop', async (test) => {
    const { controller, app } = await movingApp(test, TIMEOUT_MS);
    app.order('spin');
    await controller.stopped();
    expect(controller.stops).toEqual(['missed-heartbeat']);
  });

  it('SIGKILL: the controller is told to stop', async (test) => {
    const { controller, app } = await movingApp(test, PATIENT_MS);
    app.signal('SIGKILL');
    await controller.stopped();
    expect(controller.stops).toEqual(['pipe-closed']);
  });
});
