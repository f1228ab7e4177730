/** @import { TripReason } from './motion-watchdog.js' */

/**
 * Plain JavaScript because watchdog-child.js reads it without a loader.
 *
 * @param {TripReason} reason
 * @param {number} timeoutMs
 * @param {number | null} enableTimeoutMs
 * @returns {string} one sentence, without a full stop
 */
export function tripMessage(reason, timeoutMs, enableTimeoutMs) {
  switch (reason) {
    case 'missed-heartbeat':
      return `the control loop did not beat for more than ${timeoutMs} ms in the middle of a motion`;
    case 'pipe-closed':
      return 'the process that controls the robot ended or let go of its watchdog in the middle of a motion';
    case 'enable-released':
      return `the enable was released, or not held again within ${enableTimeoutMs} ms, in the middle of a motion`;
    case 'child-died':
      return 'the watchdog process ended or no longer answers';
  }
}
