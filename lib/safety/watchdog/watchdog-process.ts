import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { VLAError } from '../../errors.js';
import { childEnvironment } from '../../native/child-environment.js';
import type { WatchdogSettings } from './watchdog-options.js';
import type { FromChild } from './watchdog-protocol.js';
import { SIGNALS, type Signal } from './watchdog-signals.js';

type OnMessage = (message: FromChild) => void;

const CHILD = fileURLToPath(new URL('./watchdog-child.js', import.meta.url));

const SIGNALS_FD = 3;
const ANSWERS_FD = 4;
const STDERR_FD = 2;

const BYTES: Readonly<Record<Signal, Uint8Array>> = {
  arm: Uint8Array.of(SIGNALS.arm),
  beat: Uint8Array.of(SIGNALS.beat),
  disarm: Uint8Array.of(SIGNALS.disarm),
  hold: Uint8Array.of(SIGNALS.hold),
  late: Uint8Array.of(SIGNALS.late),
  release: Uint8Array.of(SIGNALS.release),
  reset: Uint8Array.of(SIGNALS.reset),
};

/**
 * The parent's end of a watchdog process: its life and its two pipes. Between calls it does not keep the parent's
 * event loop alive.
 */
export class WatchdogProcess {
  readonly #child: ChildProcess;
  readonly #signals: Socket;
  readonly #answers: Socket;
  readonly #lines: Interface;
  /** Resolves with how it ended, once all that it said was heard. */
  readonly ended: Promise<string>;

  private constructor(child: ChildProcess, signals: Socket, answers: Socket) {
    this.#child = child;
    this.#signals = signals;
    this.#answers = answers;
    this.#lines = createInterface({ input: answers });
    this.ended = ending(child);
    // The child's end is news enough, and comes by itself.
    for (const pipe of [signals, answers, this.#lines]) pipe.on('error', () => {});
  }

  /**
   * Starts a process and waits until it could stop the robot. One that cannot has ended when this rejects.
   *
   * @throws VLAError INVALID_ARGUMENT, ROBOT_FAILED
   */
  static async start(
    { start, startupTimeoutMs }: WatchdogSettings,
    onMessage: OnMessage,
  ): Promise<WatchdogProcess> {
    const child = spawn(process.execPath, [CHILD], {
      // A process group of its own: Ctrl-C and Ctrl-Z are meant for the app.
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe', STDERR_FD],
      env: childEnvironment(),
    });
    const { [SIGNALS_FD]: signals, [ANSWERS_FD]: answers } = child.stdio;
    if (!(signals instanceof Socket && answers instanceof Socket))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `the watchdog process cannot be started: ${await ending(child)}`,
      );
    const watchdog = new WatchdogProcess(child, signals, answers);
    await watchdog.#ready(JSON.stringify(start), startupTimeoutMs, onMessage);
    watchdog.#ref(false);
    return watchdog;
  }

  /** Reaches the child even when its pipe is full, and never waits. */
  send(signal: Signal): void {
    this.#signals.write(BYTES[signal]);
  }

  /** Is left out when the pipe is full: the child then has enough of these to read. */
  offer(signal: 'beat' | 'hold'): void {
    if (this.#signals.writableLength === 0) this.#signals.write(BYTES[signal]);
  }

  /** @returns why the child stays tripped, or null when it is reset */
  reset(): Promise<string | null> {
    const answered = new Promise<string | null>((resolve) => {
      const onLine = (line: string) => {
        const message = parse(line);
        if (message?.kind !== 'reset') return;
        this.#lines.off('line', onLine);
        resolve(message.refusal);
      };
      this.#lines.on('line', onLine);
      void this.ended.then((how) => resolve(`the watchdog process ended (${how})`));
    });
    this.send('reset');
    return this.#whileWaiting(answered);
  }

  /** Closes the pipe, and waits until the child has ended; it is killed after `graceMs`. */
  async end(graceMs: number): Promise<void> {
    this.#signals.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    try {
      await this.#whileWaiting(this.ended);
    } finally {
      clearTimeout(timer);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#whileWaiting(this.ended);
  }

  /** Keeps the event loop alive until `answer` settles. */
  async #whileWaiting<T>(answer: Promise<T>): Promise<T> {
    this.#ref(true);
    try {
      return await answer;
    } finally {
      this.#ref(false);
    }
  }

  async #ready(start: string, timeoutMs: number, onMessage: OnMessage): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        let said = '';
        this.#lines.on('line', (line) => {
          const message = parse(line);
          if (message?.kind === 'ready') resolve();
          else if (message?.kind === 'refused') reject(refusal(message.code, message.message));
          else if (message?.kind === 'fault') said = `: ${message.message}`;
          if (message) onMessage(message);
        });
        void this.ended.then((how) =>
          reject(
            refusal('INVALID_ARGUMENT', `the watchdog process ended before it was ready (${how})${said}`),
          ),
        );
        timer = setTimeout(
          () => reject(refusal('ROBOT_FAILED', `the watchdog process was not ready within ${timeoutMs} ms`)),
          timeoutMs,
        );
        this.#signals.write(`${start}\n`);
      });
    } catch (error) {
      await this.kill();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #ref(wanted: boolean): void {
    for (const handle of [this.#child, this.#signals, this.#answers]) {
      if (wanted) handle.ref();
      else handle.unref();
    }
  }
}

/** Undefined for what no watchdog-child.js writes in one piece, as a child that is killed may leave it. */
function parse(line: string): FromChild | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Settles once the process has ended and its pipes are read to their end. */
function ending(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
}

function refusal(code: 'INVALID_ARGUMENT' | 'ROBOT_FAILED', message: string): VLAError {
  return new VLAError(code, message, {
    hint:
      code === 'ROBOT_FAILED'
        ? 'See that the robot can be reached, and that connect() of the stop module does not wait for ever.'
        : 'Give a stop module in plain JavaScript that exports stop(config, reason), or an executable command.',
  });
}
