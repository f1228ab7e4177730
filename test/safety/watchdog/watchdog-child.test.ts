import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Deadline } from '../../../lib/safety/watchdog/deadline.js';
import type { ChildStart } from '../../../lib/safety/watchdog/watchdog-protocol.js';
import { Controller, fake, until } from './fixtures.js';

const CHILD = fileURLToPath(new URL('../../../lib/safety/watchdog/watchdog-child.js', import.meta.url));

/** The process with nobody's parent code at the other end of its pipes. */
function startChild(): { child: ChildProcess; signals: Socket; answers: readonly string[] } {
  const child = spawn(process.execPath, [CHILD], {
    stdio: ['ignore', 'ignore', 'inherit', 'pipe', 'pipe', 2],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const { 3: signals, 4: pipe } = child.stdio;
  if (!(signals instanceof Socket && pipe instanceof Socket)) throw new Error('no pipes');
  signals.on('error', () => {});
  const answers: string[] = [];
  createInterface({ input: pipe }).on('line', (line) => answers.push(JSON.parse(line).kind));
  return { child, signals, answers };
}

function startLine({ socket }: Controller, timeoutMs: number): string {
  const url = pathToFileURL(fake('stop-over-socket.js')).href;
  const start: ChildStart = {
    stop: { kind: 'module', url, name: 'stop', config: { socket, note: 'Grüße an den Roboter' } },
    timeoutMs,
    enableTimeoutMs: null,
    stopTimeoutMs: 1000,
  };
  return `${JSON.stringify(start)}\n`;
}

describe('the watchdog process', () => {
  it('refuses a first line that is garbage, and ends', async () => {
    const { child, signals, answers } = startChild();
    signals.write('garbage\n');
    await until('it has ended', () => child.exitCode !== null);
    expect(answers).toEqual(['refused']);
    expect(child.exitCode).toBe(1);
  });

  it('ends when nobody speaks to it at all', async () => {
    const { child, signals } = startChild();
    signals.end();
    await until('it has ended', () => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  });

  it('takes its first line in pieces', async () => {
    const { signals, answers } = startChild();
    for (const byte of Buffer.from(startLine(await Controller.start(), 1000)))
      signals.write(Uint8Array.of(byte));
    await until('it is ready', () => answers.includes('ready'));
  });

  it('takes garbage for no heartbeat', async () => {
    const controller = await Controller.start();
    const { signals, answers } = startChild();
    signals.write(startLine(controller, 300));
    await until('it is ready', () => answers.includes('ready'));
    signals.write('A');
    const garbage = Uint8Array.from({ length: 256 }, (_, byte) => byte).filter(
      (byte) => !Buffer.from('ABDHLRT').includes(byte),
    );
    while (controller.stops.length === 0) {
      signals.write(garbage);
      await sleep(10);
    }
    expect(controller.stops).toEqual(['missed-heartbeat']);
    expect(answers).not.toContain('alive');
  });

  it('answers beats, once for all that it reads at a time', async () => {
    const { signals, answers } = startChild();
    signals.write(startLine(await Controller.start(), 20_000));
    await until('it is ready', () => answers.includes('ready'));
    signals.write('ABBBBBBBB');
    await until('it answers', () => answers.includes('alive'));
    signals.write('D');
    expect(answers.filter((kind) => kind === 'alive')).toHaveLength(1);
  });
});

describe('a deadline', () => {
  it('does not blame others for a delay of its own process: what has arrived meanwhile is heard first', async () => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const deadline = new Deadline(20, () => {
        order.push('expired');
        resolve();
      });
      port2.on('message', () => {
        order.push('heard');
        deadline.touch();
      });
      deadline.touch();
      deadline.watch();
      setTimeout(() => {
        port1.postMessage('alive');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      }, 1);
    });
    expect(order).toEqual(['heard', 'expired']);
  });

  it('that rests does not expire', async () => {
    let expired = false;
    const deadline = new Deadline(10, () => {
      expired = true;
    });
    deadline.touch();
    deadline.watch();
    deadline.rest();
    await sleep(50);
    expect(expired).toBe(false);
  });
});
