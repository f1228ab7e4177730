import { VLAError } from '../../errors.js';
import type { MotionWatchdog, TripReason, WatchdogTrip } from './motion-watchdog.js';
import { tripMessage } from './trip-message.js';
import { type WatchdogOptions, type WatchdogSettings, watchdogSettings } from './watchdog-options.js';
import { WatchdogProcess } from './watchdog-process.js';
import type { FromChild } from './watchdog-protocol.js';

/** A child that answers no beat for so long is dead or stopped: at least this, and at least ten time-outs. */
const LEAST_SILENCE_MS = 1000;
const SILENT_TIMEOUTS = 10;

/** Beyond the tries of the stop command, for a child that is asked to end, milliseconds. */
const GRACE_MS = 2000;
const STOP_TRIES = 3;

/**
 * A process of its own that tells the robot to stop when this one no longer can: frozen (SIGSTOP), stuck in a loop,
 * killed or crashed in the middle of a motion. It is no safety-rated function; see docs/watchdog.md.
 *
 * Armed, it trips when no beat arrives for `timeoutMs`, when the pipe closes, or when the held enable lapses. It then
 * sends the stop command, with up to two more tries after 50 and 200 ms, and stays tripped until {@link reset}.
 * Disarmed, it watches nothing: a parent that ends then, even by SIGKILL, stops no robot.
 */
export class Watchdog implements MotionWatchdog {
  readonly #settings: WatchdogSettings;
  readonly #silenceMs: number;
  #process: WatchdogProcess | undefined;
  #armed = false;
  /** By `performance.now()`, as all times here. */
  #beatAt = 0;
  #heardAt = 0;
  #heldAt = Number.NEGATIVE_INFINITY;
  #suspected = false;
  #fault = '';
  #trip: WatchdogTrip | undefined;
  #resetting: Promise<void> | undefined;
  #disposing: Promise<void> | undefined;

  private constructor(settings: WatchdogSettings) {
    this.#settings = settings;
    this.#silenceMs = Math.max(LEAST_SILENCE_MS, SILENT_TIMEOUTS * settings.start.timeoutMs);
  }

  /**
   * Starts the process, disarmed; resolves once the stop module is loaded and connected, or the command was found.
   *
   * @throws VLAError INVALID_ARGUMENT when an option is wrong, or the module or command cannot be used; ROBOT_FAILED
   *   when its `connect()` fails or takes too long
   */
  static async start(options: WatchdogOptions): Promise<Watchdog> {
    const watchdog = new Watchdog(watchdogSettings(options));
    await watchdog.#launch();
    return watchdog;
  }

  get tripped(): WatchdogTrip | undefined {
    this.#look();
    return this.#trip;
  }

  /**
   * @throws VLAError WATCHDOG_TRIPPED when it has tripped, or when the enable is needed and not held; DISPOSED
   */
  arm(): void {
    if (this.#disposing) throw new VLAError('DISPOSED', 'the watchdog was disposed');
    const trip = this.tripped;
    if (trip)
      throw new VLAError('WATCHDOG_TRIPPED', trip.message, {
        hint: 'Find out why, and see that the robot is safe; then call reset() of the watchdog.',
      });
    if (!this.#held())
      throw new VLAError('WATCHDOG_TRIPPED', 'the enable is not held, so nothing may move', {
        hint: 'Call holdEnable() from the input device for as long as the person holds it.',
      });
    this.#beatAt = performance.now();
    if (this.#armed) {
      this.#process?.offer('beat');
      return;
    }
    this.#heardAt = this.#beatAt;
    this.#armed = true;
    this.#process?.send('arm');
  }

  /** True unless the watchdog has tripped or was disposed; false means: send nothing more to the robot. */
  beat(): boolean {
    // Before anything else: this process may have been frozen since the last beat, and the child's word of it unread.
    if (this.tripped || this.#disposing) return false;
    if (!this.#armed) return true;
    this.#beatAt = performance.now();
    this.#process?.offer('beat');
    return true;
  }

  disarm(): void {
    this.#look();
    if (!this.#armed) return;
    this.#armed = false;
    this.#process?.send('disarm');
  }

  /** The person holds the enable: to be called from the code of the input device, never from a timer. */
  holdEnable(): void {
    this.#look();
    this.#heldAt = performance.now();
    this.#process?.offer('hold');
  }

  /** The person let the enable go: trips at once when armed, and prevents arming otherwise. No enable, no effect. */
  releaseEnable(): void {
    if (this.#settings.start.enableTimeoutMs === null) return;
    this.#heldAt = Number.NEGATIVE_INFINITY;
    this.#look();
    this.#process?.send('release');
  }

  /**
   * Ends a trip; the watchdog is disarmed after it. Tries a stop command that has failed again, and starts a new
   * process for one that has died. Does nothing when there is no trip.
   *
   * @throws VLAError WATCHDOG_TRIPPED while the cause stands: the stop command still fails, or the enable that was
   *   released is not held; DISPOSED; what {@link start} throws
   */
  reset(): Promise<void> {
    if (this.#disposing) return Promise.reject(new VLAError('DISPOSED', 'the watchdog was disposed'));
    this.#resetting ??= this.#reset().finally(() => {
      this.#resetting = undefined;
    });
    return this.#resetting;
  }

  /**
   * Ends the process and waits for it. Armed, this is the end of the parent in the middle of a motion, so the robot is
   * told to stop: call {@link disarm} first for one that is at rest. Idempotent.
   */
  dispose(): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Judges by this process's own clock, which goes on while the process is frozen. */
  #look(): void {
    if (!this.#armed) return;
    const now = performance.now();
    if (now - this.#beatAt > this.#settings.start.timeoutMs) {
      this.#latchHere('missed-heartbeat');
      this.#process?.send('late');
    } else if (!this.#held()) {
      this.#latchHere('enable-released');
      this.#process?.send('release');
    } else if (this.#silent(now) && !this.#suspected) {
      this.#suspected = true;
      // What it answered may lie unread; after this turn of the event loop it does not.
      setImmediate(() => {
        this.#suspected = false;
        if (this.#armed && this.#silent(performance.now())) this.#latchHere('child-died');
      });
    }
  }

  #held(): boolean {
    const { enableTimeoutMs } = this.#settings.start;
    return enableTimeoutMs === null || performance.now() - this.#heldAt <= enableTimeoutMs;
  }

  #silent(now: number): boolean {
    return now - this.#heardAt > this.#silenceMs;
  }

  #latchHere(reason: TripReason, detail = ''): void {
    const { timeoutMs, enableTimeoutMs } = this.#settings.start;
    const message = `${tripMessage(reason, timeoutMs, enableTimeoutMs)}${detail}`;
    this.#latch({ reason, at: Date.now(), message });
  }

  #latch(trip: WatchdogTrip): void {
    this.#armed = false;
    if (this.#trip) return;
    this.#trip = trip;
    this.#notify('onTrip', this.#settings.onTrip, trip);
  }

  /** A listener that throws must neither break the control loop nor keep the latch open. */
  #notify<T>(name: string, listener: ((value: T) => void) | undefined, value: T): void {
    try {
      listener?.(value);
    } catch (error) {
      process.emitWarning(`${name} of the watchdog threw: ${String(error)}`);
    }
  }

  async #launch(): Promise<void> {
    this.#fault = '';
    const started = await WatchdogProcess.start(this.#settings, (message) => this.#hear(message));
    this.#process = started;
    this.#trip = undefined;
    void started.ended.then((how) => {
      if (this.#process !== started) return;
      this.#process = undefined;
      if (!this.#disposing) this.#latchHere('child-died', ` (${how})${this.#fault}`);
    });
  }

  #hear(message: FromChild): void {
    this.#heardAt = performance.now();
    if (message.kind === 'tripped')
      this.#latch({ reason: message.reason, at: message.at, message: message.message });
    else if (message.kind === 'stop') this.#notify('onStop', this.#settings.onStop, message.report);
    else if (message.kind === 'fault') this.#fault = `: ${message.message}`;
  }

  async #reset(): Promise<void> {
    if (this.tripped === undefined) return;
    if (this.#process === undefined || this.#trip?.reason === 'child-died') await this.#replace();
    else await this.#resetChild(this.#process);
  }

  async #resetChild(child: WatchdogProcess): Promise<void> {
    const refusal = await child.reset();
    if (refusal !== null)
      throw new VLAError('WATCHDOG_TRIPPED', `the watchdog stays tripped: ${refusal}`, {
        hint: 'Remove the cause, then call reset() again.',
      });
    this.#trip = undefined;
  }

  /** A child that died may have left the robot in motion; whoever resets says that it is at rest. */
  async #replace(): Promise<void> {
    const dead = this.#process;
    this.#process = undefined;
    await dead?.kill();
    this.#heldAt = Number.NEGATIVE_INFINITY;
    await this.#launch();
  }

  async #dispose(): Promise<void> {
    await this.#resetting?.catch(() => {});
    this.#look();
    await this.#process?.end(STOP_TRIES * this.#settings.start.stopTimeoutMs + GRACE_MS);
    this.#armed = false;
    this.#process = undefined;
  }
}
