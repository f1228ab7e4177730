import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { JointLimits, JointTrajectory } from 'jetson-vla';
import type { TestContext } from 'vitest';
import { until } from '../watchdog/fixtures.js';
import type { GuardedAppOptions } from './guarded-app.js';

const APP = fileURLToPath(new URL('./guarded-app.ts', import.meta.url));

/** The app of guarded-app.ts in a process and a process group of its own. */
export class AppProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  #ended = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
    child.once('close', () => {
      this.#ended = true;
    });
  }

  static async start({ onTestFinished }: TestContext, options: GuardedAppOptions = {}): Promise<AppProcess> {
    const child = spawn(process.execPath, ['--import', 'tsx', APP, JSON.stringify(options)], {
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    const app = new AppProcess(child);
    onTestFinished(() => {
      child.kill('SIGKILL');
    });
    await app.says('ready');
    return app;
  }

  order(order: string): void {
    this.#child.stdin?.write(`${order}\n`);
  }

  /** Starts a motion and waits until it is well under way. */
  async move(): Promise<void> {
    const before = this.lines.length;
    this.order('go');
    await until('the arm moves', () => this.lines.includes('moving', before));
  }

  async says(line: string): Promise<void> {
    await until(`the app says "${line}"`, () => this.lines.includes(line));
  }

  signal(signal: NodeJS.Signals): void {
    process.kill(-(this.#child.pid ?? Number.NaN), signal);
  }

  /** Its process has ended and all that it said is known. */
  async ended(): Promise<void> {
    await until('the app has ended', () => this.#ended);
  }

  get sent(): readonly JointTrajectory[] {
    return this.lines.filter((line) => line.startsWith('sent ')).map((line) => JSON.parse(line.slice(5)));
  }

  get limits(): readonly JointLimits[] {
    const line = this.lines.find((each) => each.startsWith('limits '));
    return JSON.parse(line?.slice(7) ?? '[]');
  }
}
