import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEPT_OUTPUT = 2000;
const END_MS = 5000;

/** One side of the benchmark: a node in a process of its own and in a namespace of its own. */
export class SideProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #firstLine: Promise<string>;
  #output = '';

  /** @param logFolder for ROS's log files */
  constructor(command: string, args: readonly string[], logFolder: string) {
    this.#child = spawn(command, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ROS_LOG_DIR: logFolder },
    });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-KEPT_OUTPUT);
      });
    this.#firstLine = new Promise((resolve, reject) => {
      if (this.#child.stdout !== null) createInterface({ input: this.#child.stdout }).once('line', resolve);
      this.#child.once('error', reject);
      this.#child.once('close', () => reject(this.failure('it wrote nothing')));
    });
    // Not everybody asks for it.
    this.#firstLine.catch(() => {});
  }

  /** The first line of its standard output. */
  firstLine(): Promise<string> {
    return this.#firstLine;
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  /** @throws Error with what it wrote last, once it has ended */
  check(): void {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw this.failure('it has ended');
  }

  failure(what: string): Error {
    return new Error(`${this.#child.spawnargs.join(' ')}: ${what}\n${this.#output}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGINT');
    const killing = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await this.#ended;
    clearTimeout(killing);
  }
}
