/**
 * Why a watchdog tripped. `missed-heartbeat`: the control loop did not beat in time. `pipe-closed`: the controlling
 * process ended, or let go of its watchdog, in the middle of a motion. `enable-released`: nobody holds the enable.
 * `child-died`: the watchdog itself ended or no longer answers, so nobody watches any more.
 */
export type TripReason = 'missed-heartbeat' | 'pipe-closed' | 'enable-released' | 'child-died';

export interface WatchdogTrip {
  readonly reason: TripReason;
  /** When it was noticed: wall clock, milliseconds since 1970. */
  readonly at: number;
  /** One sentence for people. */
  readonly message: string;
}

/**
 * Stops the robot when the control loop no longer runs. Implemented by Watchdog, which is a process; a relay or a
 * safety controller with a heartbeat input can implement it as well.
 *
 * Only the control loop may call {@link beat}, once per tick: a timer of its own would go on beating for a loop that
 * is dead.
 */
export interface MotionWatchdog {
  /**
   * Set from the first sign of trouble until an explicit reset, a gap between beats that nobody has reported yet
   * included: read it before each command to the robot.
   */
  readonly tripped: WatchdogTrip | undefined;
  /**
   * From here on beats are due: call it before the first command of a motion.
   *
   * @throws VLAError WATCHDOG_TRIPPED when it has tripped, or when the enable is not held
   */
  arm(): void;
  /** The control loop is alive. False when the watchdog has tripped: send nothing more. Never waits, never throws. */
  beat(): boolean;
  /** The robot is at rest: no beats are due until the next {@link arm}. A trip stays a trip. */
  disarm(): void;
}
