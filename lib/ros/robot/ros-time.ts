import { systemClock } from '../../robot/clock.js';
import type { Clock } from '../../robot/robot.js';
import type { TimeMessage } from '../messages.js';
import type { RosNode } from '../ros-node.js';
import { SimTimeClock } from './sim-time-clock.js';

const NS_PER_MS = 1e6;
const NS_PER_S = 1_000_000_000n;
/** Of 200 stamps on a real ROS, one reading was up to 0.17 ms off, the best of three 2 µs. */
const READINGS = 3;

/**
 * The robot's clock, and where ROS stamps lie on it: a stamp that is as old as `rosNow − stamp` is that much older than
 * `clock.now()`. Both clocks are read at each call, so a wall clock that was set anew shows in the very next stamp.
 */
export class RosTime {
  /** The process's monotonic clock, or ROS time with `use_sim_time`. */
  readonly clock: Clock;
  readonly #node: RosNode;
  readonly #unstamped = new Set<string>();

  constructor(node: RosNode, { useSimTime }: { readonly useSimTime: boolean }) {
    this.#node = node;
    this.clock = useSimTime
      ? new SimTimeClock(
          () => Number(node.now()) / NS_PER_MS,
          (jumpMs) => node.log.warn(`ROS time went back by ${(jumpMs / 1000).toFixed(3)} s`),
        )
      : systemClock;
  }

  /**
   * Milliseconds on {@link clock}. A zero stamp comes from a driver that sets none, and counts as now.
   *
   * @param source names the stamp's sender in the warning about zero stamps, which is given once for each source
   */
  toClockMs(stamp: TimeMessage, source?: string): number {
    // In this order, because a pause between the two makes the stamp look older, never newer.
    const clockMs = this.clock.now();
    if (this.#isUnset(stamp, source)) return clockMs;
    return clockMs - Number(this.#node.now() - nanoseconds(stamp)) / NS_PER_MS;
  }

  /** The ROS time at `clockMs` on {@link clock}; never before 0. */
  toStamp(clockMs: number): TimeMessage {
    const { rosNs, nowMs } = this.#reading();
    const at = rosNs + BigInt(Math.round((clockMs - nowMs) * NS_PER_MS));
    if (at <= 0n) return { sec: 0, nanosec: 0 };
    return { sec: Number(at / NS_PER_S), nanosec: Number(at % NS_PER_S) };
  }

  /** The stamp itself, or the ROS time of now for a zero stamp; warns as {@link toClockMs}. */
  stampOrNow(stamp: TimeMessage, source?: string): TimeMessage {
    return this.#isUnset(stamp, source) ? this.toStamp(this.clock.now()) : stamp;
  }

  /** Both clocks at one instant: the tightest of some tries, since a shifted stamp shifts the motion that it starts. */
  #reading(): { readonly rosNs: bigint; readonly nowMs: number } {
    let best = { rosNs: 0n, nowMs: 0, widthMs: Number.POSITIVE_INFINITY };
    for (let tries = 0; tries < READINGS; tries++) {
      const before = this.clock.now();
      const rosNs = this.#node.now();
      const after = this.clock.now();
      if (after - before < best.widthMs)
        best = { rosNs, nowMs: (before + after) / 2, widthMs: after - before };
    }
    return best;
  }

  #isUnset({ sec, nanosec }: TimeMessage, source = 'a topic'): boolean {
    if (sec !== 0 || nanosec !== 0) return false;
    if (!this.#unstamped.has(source)) {
      this.#unstamped.add(source);
      this.#node.log.warn(
        `the messages on ${source} carry no time stamp: each counts as taken when it arrives, so how old it really is goes unnoticed`,
      );
    }
    return true;
  }
}

/** From `from` to `to`, seconds; exact to the nanosecond for spans of days. */
export function secondsBetween(from: TimeMessage, to: TimeMessage): number {
  return to.sec - from.sec + (to.nanosec - from.nanosec) * 1e-9;
}

function nanoseconds({ sec, nanosec }: TimeMessage): bigint {
  return BigInt(sec) * NS_PER_S + BigInt(nanosec);
}
