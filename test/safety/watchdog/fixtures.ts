import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { Watchdog } from '../../../lib/safety/watchdog/watchdog.js';
import type { WatchdogOptions } from '../../../lib/safety/watchdog/watchdog-options.js';
import type { AppOptions } from '../../fakes/watchdog/watched-app.js';

/** So long that a busy machine misses no beat. */
export const PATIENT_MS = 20_000;

const DEADLINE_MS = 60_000;

export const fake = (name: string) => fileURLToPath(new URL(`../../fakes/watchdog/${name}`, import.meta.url));

/** Waits for something that is bound to happen. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!holds()) {
    if (performance.now() - startedAt > DEADLINE_MS) throw new Error(`it never came true that ${what}`);
    await sleep(5);
  }
}

/** Where to leave what has to be undone: a test that runs beside others has a place of its own. */
export type Cleanup = (undo: () => void | Promise<void>) => void;

export async function temporaryDirectory(cleanup: Cleanup = onTestFinished): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'jetson-vla-'));
  cleanup(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** The robot's controller, in a process of its own. */
export class Controller {
  readonly socket: string;
  readonly lines: string[];

  constructor(socket: string, lines: string[]) {
    this.socket = socket;
    this.lines = lines;
  }

  static async start(cleanup: Cleanup = onTestFinished): Promise<Controller> {
    const socket = join(await temporaryDirectory(cleanup), 'robot');
    const child = spawn(process.execPath, [fake('robot-controller.js'), socket]);
    killAtEnd(child, cleanup);
    const lines = collect(child);
    await until('the controller listens', () => lines.includes('listening'));
    return new Controller(socket, lines);
  }

  /** Why it was told to stop, in order. */
  get stops(): readonly string[] {
    return this.#words('stop');
  }

  /** When commands to move were sent, nanoseconds of the clock that all processes share. */
  get moves(): readonly bigint[] {
    return this.#words('move').map(BigInt);
  }

  /** The process of the newest watchdog that has connected. */
  get watchdogPid(): number {
    return Number(this.#words('watchdog').at(-1));
  }

  /** For a controller that serves one test after the other. */
  forget(): void {
    this.lines.length = 0;
  }

  async stopped(times = 1): Promise<void> {
    await until('the robot was told to stop', () => this.stops.length >= times);
  }

  async watchdogEnded(): Promise<void> {
    const pid = this.watchdogPid;
    await until('the watchdog process has ended', () => this.lines.includes(`without watchdog ${pid}`));
  }

  #words(verb: string): string[] {
    return this.lines.flatMap((line) => (line.startsWith(`${verb} `) ? [line.slice(verb.length + 1)] : []));
  }
}

/** A watchdog in this process, with a stop module that talks to the controller. */
export async function startWatchdog(
  { socket }: Controller,
  { config, ...options }: Partial<WatchdogOptions> & { config?: object } = {},
): Promise<Watchdog> {
  const watchdog = await Watchdog.start({
    stop: { module: fake('stop-over-socket.js'), config: { socket, ...config } },
    timeoutMs: PATIENT_MS,
    ...options,
  });
  onTestFinished(() => {
    watchdog.disarm();
    return watchdog.dispose();
  });
  return watchdog;
}

/** An app with a control loop and a watchdog, in a process and a process group of its own. */
export class App {
  readonly pid: number;
  readonly lines: readonly string[];
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, lines: readonly string[]) {
    this.pid = child.pid ?? Number.NaN;
    this.lines = lines;
    this.#child = child;
  }

  static async start({ socket }: Controller, timeoutMs: number, cleanup: Cleanup): Promise<App> {
    const options: AppOptions = {
      socket,
      timeoutMs,
      stop: { module: fake('stop-over-socket.js'), config: { socket } },
    };
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', fake('watched-app.ts'), JSON.stringify(options)],
      { detached: true, stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, NODE_OPTIONS: '' } },
    );
    killAtEnd(child, cleanup);
    const app = new App(child, collect(child));
    await app.says('ready');
    return app;
  }

  order(...orders: readonly string[]): void {
    this.#child.stdin?.write(orders.map((order) => `${order}\n`).join(''));
  }

  async says(line: string): Promise<void> {
    await until(`the app says "${line}"`, () => this.lines.includes(line));
  }

  /** To all of its process group, as a terminal does on Ctrl-C and Ctrl-Z. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }

  async ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }
}

function collect(child: ChildProcess): string[] {
  const lines: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return lines;
}

function killAtEnd(child: ChildProcess, cleanup: Cleanup): void {
  cleanup(() => {
    child.kill('SIGKILL');
  });
}
