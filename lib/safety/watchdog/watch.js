/**
 * The state of the watchdog's process. Plain JavaScript because watchdog-child.js runs without a loader.
 *
 * @import { TripReason } from './motion-watchdog.js'
 * @import { ChildStart, FromChild, StopReport } from './watchdog-protocol.js'
 * @import { Stop } from './stop-command.js'
 */
import { Deadline } from './deadline.js';
import { sendStop } from './stop-command.js';
import { tripMessage } from './trip-message.js';
import { SIGNALS } from './watchdog-signals.js';

/** Armed or at rest, tripped or not: what the parent's signals and the clock make of it. */
export class Watch {
  #stop;
  #start;
  #beats;
  #hold;
  #armed = false;
  /** @type {TripReason | undefined} */
  #tripped;
  /** @type {Promise<StopReport> | undefined} */
  #stopping;

  #say;

  /**
   * @param {ChildStart} start
   * @param {Stop} stop
   * @param {(message: FromChild) => void} say
   */
  constructor(start, stop, say) {
    this.#start = start;
    this.#stop = stop;
    this.#say = say;
    this.#beats = new Deadline(start.timeoutMs, () => this.trip('missed-heartbeat'));
    if (start.enableTimeoutMs !== null)
      this.#hold = new Deadline(start.enableTimeoutMs, () => this.trip('enable-released'));
  }

  get armed() {
    return this.#armed;
  }

  /** @param {Uint8Array} bytes what is no signal is no sign of life either */
  hear(bytes) {
    for (const byte of bytes) this.#hearOne(byte);
    if (bytes.includes(SIGNALS.beat)) this.#say({ kind: 'alive' });
  }

  /**
   * Latches, and tells the robot to stop before anything else.
   *
   * @param {TripReason} reason
   */
  trip(reason) {
    if (this.#tripped !== undefined) return;
    this.#tripped = reason;
    this.#rest();
    this.#sendStop(reason);
    this.#say({ kind: 'tripped', reason, at: Date.now(), message: this.#message(reason) });
  }

  /**
   * Settles once the robot was told to stop, if it has to be.
   *
   * @returns {Promise<string | undefined>} what happened, for whoever outlives the parent
   */
  async lastWords() {
    const report = await this.#stopping;
    return this.#tripped && report && `${this.#message(this.#tripped)}; ${outcome(report)}`;
  }

  /** @param {number} byte */
  #hearOne(byte) {
    switch (byte) {
      case SIGNALS.arm:
        if (this.#tripped !== undefined) return;
        this.#armed = true;
        this.#beats.touch();
        this.#beats.watch();
        this.#hold?.watch();
        return;
      case SIGNALS.beat:
        return this.#beats.touch();
      case SIGNALS.disarm:
        return this.#rest();
      case SIGNALS.hold:
        return this.#hold?.touch();
      case SIGNALS.release:
        this.#hold?.lapse();
        if (this.#hold && this.#armed) this.trip('enable-released');
        return;
      case SIGNALS.late:
        return this.trip('missed-heartbeat');
      case SIGNALS.reset:
        void this.#reset();
    }
  }

  async #reset() {
    const report = await this.#stopping;
    if (this.#tripped !== undefined && report?.accepted === false) this.#sendStop(this.#tripped);
    const latest = await this.#stopping;
    const refusal = this.#refusal(latest);
    if (refusal === null) {
      this.#tripped = undefined;
      this.#stopping = undefined;
    }
    this.#say({ kind: 'reset', refusal });
  }

  /** @param {StopReport | undefined} report */
  #refusal(report) {
    if (report?.accepted === false) return outcome(report);
    if (this.#tripped === 'enable-released' && this.#hold?.expired) return 'the enable is not held';
    return null;
  }

  /** @param {TripReason} reason */
  #sendStop(reason) {
    const sending = sendStop(this.#stop, reason, this.#start.stopTimeoutMs);
    this.#stopping = sending;
    void sending.then((report) => this.#say({ kind: 'stop', report }));
  }

  #rest() {
    this.#armed = false;
    this.#beats.rest();
    this.#hold?.rest();
  }

  /** @param {TripReason} reason */
  #message(reason) {
    return tripMessage(reason, this.#start.timeoutMs, this.#start.enableTimeoutMs);
  }
}

/** @param {StopReport} report */
function outcome({ accepted, tries, message }) {
  return accepted
    ? 'the robot took the stop command'
    : `the robot took no stop command in ${tries} tries: ${message}`;
}
