import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Watchdog } from '../../../lib/safety/watchdog/watchdog.js';
import type { StopReport } from '../../../lib/safety/watchdog/watchdog-protocol.js';
import { Controller, fake, temporaryDirectory, until } from './fixtures.js';

const module = fake('stop-over-socket.js');

describe('a watchdog does not start', () => {
  it.each([
    ['a module that is not there', fake('missing.js'), /missing\.js does not load/],
    [
      'a module that ends the process',
      fake('stop-that-exits.js'),
      /ended before it was ready \(exit code 7\)/,
    ],
  ])('with %s', async (_, file, message) => {
    await expect(Watchdog.start({ stop: { module: file } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });

  it.each(['missing', 'notAFunction'])('with a module whose export "%s" is no function', async (name) => {
    await expect(Watchdog.start({ stop: { module, export: name } })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringMatching(
        `must export a function "${name}", it exports connect, notAFunction, stop`,
      ),
    });
  });

  it('with a robot that cannot be reached', async () => {
    await expect(Watchdog.start({ stop: { module: fake('stop-that-fails.js') } })).rejects.toMatchObject({
      code: 'ROBOT_FAILED',
      message: expect.stringContaining('no route to the robot'),
    });
  });

  it('with a robot that does not answer', async () => {
    const start = Watchdog.start({ stop: { module: fake('stop-that-waits.js') }, startupTimeoutMs: 300 });
    await expect(start).rejects.toMatchObject({
      code: 'ROBOT_FAILED',
      message: expect.stringContaining('not ready within 300 ms'),
    });
  });

  it.each([[module], ['no-such-program-of-the-path'], ['/no/such/file'], ['/']])(
    'with the command %s, which is not executable',
    async (file) => {
      await expect(Watchdog.start({ stop: { command: [file] } })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(`the stop command ${file} is not an executable file`),
      });
    },
  );

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  it.each([
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: Number.NaN }],
    ['startupTimeoutMs', { startupTimeoutMs: 2 ** 31 }],
    ['stopTimeoutMs', { stopTimeoutMs: -1 }],
    ['enable.timeoutMs', { enable: { timeoutMs: Number.POSITIVE_INFINITY } }],
    ['stop.config', { stop: { module, config: cycle } }],
    ['stop.module', { stop: { module: new URL('https://robot.example/stop.js') } }],
    ['stop must be', { stop: { command: [''] as const } }],
  ])('with a bad %s', async (name, options) => {
    await expect(Watchdog.start({ stop: { module }, ...options })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(name),
    });
  });
});

describe('a stop command', () => {
  it.each([
    ['a path', module],
    ['a URL', pathToFileURL(module)],
    ['the text of a URL', pathToFileURL(module).href],
  ])('can be a module given by %s', async (_, given) => {
    const { socket } = await Controller.start();
    const watchdog = await Watchdog.start({ stop: { module: given, config: { socket } } });
    await watchdog.dispose();
  });

  it('can be a program, which learns the reason', async () => {
    const file = join(await temporaryDirectory(), 'told');
    const source = 'fs.writeFileSync(process.argv[1], process.env.JETSON_VLA_TRIP)';
    const reports = await trip([process.execPath, '-e', source, file]);
    expect(reports).toEqual([{ accepted: true, tries: 1, message: '' }]);
    expect(await readFile(file, 'utf8')).toBe('missed-heartbeat');
  });

  it('has failed when its program ends with another code than 0', async () => {
    const reports = await trip([process.execPath, '-e', 'process.exit(3)']);
    expect(reports).toMatchObject([
      { accepted: false, tries: 3, message: expect.stringContaining('code 3') },
    ]);
  });

  it('has failed when it takes too long, and what hangs is killed', async () => {
    const program = join(await temporaryDirectory(), 'hangs');
    await writeFile(program, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
    const reports = await trip([program], 100);
    expect(reports).toMatchObject([{ accepted: false, tries: 3 }]);
  });

  async function trip(command: [string, ...string[]], stopTimeoutMs = 30_000): Promise<StopReport[]> {
    const reports: StopReport[] = [];
    const watchdog = await Watchdog.start({
      stop: { command },
      timeoutMs: 20,
      stopTimeoutMs,
      onStop: (report) => reports.push(report),
    });
    onTestFinished(() => watchdog.dispose());
    watchdog.arm();
    await until('the stop is reported', () => reports.length > 0);
    return reports;
  }
});
