/**
 * An app with a control loop that sends a command each tick as long as its watchdog lets it. It takes its orders from
 * standard input and tells on standard output what happens, one line each.
 */
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { Watchdog } from '../../../lib/safety/watchdog/watchdog.js';
import type { StopModule } from '../../../lib/safety/watchdog/watchdog-options.js';

export interface AppOptions {
  readonly socket: string;
  readonly stop: StopModule;
  readonly timeoutMs: number;
}

const options: AppOptions = JSON.parse(process.argv[2] ?? '');
const { socket, ...watchdogOptions } = options;
const say = (line: string) => process.stdout.write(`${line}\n`);

const robot = createConnection(socket).resume();
const watchdog = await Watchdog.start({
  ...watchdogOptions,
  onTrip: ({ reason }) => say(`tripped ${reason}`),
});
let ticks: NodeJS.Timeout | undefined;

const orders: Record<string, () => void> = {
  arm: () => {
    watchdog.arm();
    ticks ??= setInterval(() => {
      if (watchdog.beat()) robot.write(`move ${process.hrtime.bigint()}\n`);
    }, 10);
    say('armed');
  },
  disarm: () => {
    watchdog.disarm();
    say('disarmed');
  },
  spin: () => {
    for (;;);
  },
  crash: () => {
    throw new Error('crashed as ordered');
  },
  reset: () => void watchdog.reset().then(() => say('reset')),
  finish: () => {
    clearInterval(ticks);
    robot.destroy();
    process.stdin.destroy();
  },
};

createInterface({ input: process.stdin }).on('line', (order) => orders[order]?.());
say('ready');
