import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** A process with a ROS node in it. */
export class Child {
  readonly #process: ChildProcess;
  #output = '';
  #told = false;

  private constructor(child: ChildProcess) {
    this.#process = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
  }

  /** @param script relative to the root of the repository, where it runs */
  static start(script: string, args: readonly string[]): Child {
    return new Child(
      spawn(process.execPath, ['--import', 'tsx', script, ...args], {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, JETSON_VLA_FAKE_ROS_LOG: '1' },
      }),
    );
  }

  /** All that it has written. */
  get output(): string {
    return this.#output;
  }

  get alive(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  get exitCode(): number | null {
    return this.#process.exitCode;
  }

  /** Whether it has ended although nobody told it to. */
  get failed(): boolean {
    return !this.alive && !this.#told;
  }

  signal(signal: NodeJS.Signals): void {
    this.#told = true;
    this.#process.kill(signal);
  }

  /** Without a chance to put anything in order. */
  async kill(): Promise<void> {
    if (!this.alive) return;
    const exit = once(this.#process, 'exit');
    this.signal('SIGKILL');
    await exit;
  }
}
