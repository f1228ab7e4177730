import { robotCommand } from '../robot/faults.js';
import type { Robot } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';
import type { TrajectoryPoint } from '../trajectory/joint-trajectory.js';
import type { Leg } from './decision.js';
import type { MotionHistory, SentMotion } from './motion-history.js';

export interface LegRunnerOptions {
  /** Milliseconds that the robot may take to accept a command. */
  readonly commandTimeoutMs: number;
  /** Milliseconds that the gripper may take to come to rest. */
  readonly gripperTimeoutMs: number;
  /** Milliseconds of rest after each leg. */
  readonly restMs: number;
  /** Milliseconds from a command to the start of a motion from rest: the way to the robot. */
  readonly startDelayMs: number;
}

/** A gripper action under way. */
interface Grip {
  /** Nobody waits for what it was for, but the arm must not move while the fingers do. */
  abandoned: boolean;
  done: boolean;
  error: unknown;
}

/** Sends the legs of a motion to a robot, one after the other, with the gripper and rests in between. */
export class LegRunner {
  readonly #robot: Robot;
  readonly #history: MotionHistory;
  readonly #options: LegRunnerOptions;
  /** The one that runs, then those after it; empty at rest. */
  #legs: readonly Leg[] = [];
  #grip: Grip | undefined;
  #restUntil: number | undefined;
  #legsDone = 0;
  #cancel = new AbortController();

  constructor(robot: Robot, history: MotionHistory, options: LegRunnerOptions) {
    this.#robot = robot;
    this.#history = history;
    this.#options = options;
  }

  get busy(): boolean {
    return this.#legs.length > 0 || this.#grip !== undefined;
  }

  /** Legs of the last {@link start} that are behind, gripper and rest included. */
  get legsDone(): number {
    return this.#legsDone;
  }

  /** Whether the arm rests while the gripper moves. */
  get gripping(): boolean {
    return this.#grip !== undefined;
  }

  /** Whether the arm waits: for the gripper, or because a rest was asked for. */
  get resting(): boolean {
    return this.#grip !== undefined || this.#restUntil !== undefined;
  }

  /** Whether the arm is still on its way at `nowMs`. */
  moving(nowMs: number): boolean {
    return nowMs < this.#history.endMs;
  }

  /** Milliseconds since the arm should have arrived; 0 or less on the way and whenever nothing is awaited. */
  overdueMs(nowMs: number): number {
    return this.resting || !this.busy ? 0 : nowMs - this.#history.endMs;
  }

  /**
   * Starts legs in place of those that run. While the gripper moves they wait for it.
   *
   * @throws VLAError ROBOT_FAILED
   */
  async start(legs: readonly Leg[], startMs: number): Promise<void> {
    this.#restUntil = undefined;
    const [current] = this.#legs;
    const ends = this.#grip?.abandoned === false && current !== undefined;
    this.#legs = ends ? [current, ...legs] : legs;
    // A leg that the gripper ends still counts up to none.
    this.#legsDone = ends ? -1 : 0;
    if (this.#grip === undefined) await this.#send(startMs);
  }

  /**
   * Puts another pace along the same path in place of the leg that runs.
   *
   * @param timeoutMs how long the robot may take to accept it
   * @throws VLAError ROBOT_FAILED
   */
  async repace(motion: SentMotion, timeoutMs = this.#options.commandTimeoutMs): Promise<void> {
    await this.#follow(motion, timeoutMs);
    const { points, progress } = motion;
    const [current, ...rest] = this.#legs;
    this.#legs = [{ gripper: null, ...current, points, progress }, ...rest];
  }

  /** Leaves out the gripper at the end of the leg that runs, and all legs after it. */
  endAfterLeg(): void {
    const [current] = this.#legs;
    if (current !== undefined) this.#legs = [{ ...current, gripper: null }];
  }

  /**
   * Goes on where the arm has arrived: the gripper, the next leg, or rest.
   *
   * @returns what the gripper has just been told; undefined when it was told nothing
   * @throws VLAError ROBOT_FAILED when the arm or the gripper fails
   */
  async advance(nowMs: number): Promise<boolean | undefined> {
    const grip = this.#grip;
    if (grip !== undefined) {
      if (!grip.done) return undefined;
      this.#grip = undefined;
      if (grip.abandoned) {
        await this.#sendFromRest();
        return undefined;
      }
      if (grip.error !== undefined) throw grip.error;
      await this.#next(nowMs);
      return undefined;
    }
    if (this.#restUntil !== undefined) {
      if (nowMs < this.#restUntil) return undefined;
      this.#restUntil = undefined;
      await this.#nextLeg();
      return undefined;
    }
    const gripper = this.#legs[0]?.gripper ?? null;
    if (gripper !== null) {
      this.#startGripper(gripper);
      return gripper;
    }
    await this.#next(nowMs);
    return undefined;
  }

  /** Forgets what was still to be sent and cancels the gripper, whose fingers may take a while to come to rest. */
  clear(): void {
    this.#legs = [];
    if (this.#grip !== undefined) this.#grip.abandoned = true;
    this.#restUntil = undefined;
    this.#cancel.abort();
    this.#cancel = new AbortController();
  }

  async #next(nowMs: number): Promise<void> {
    const { restMs } = this.#options;
    if (restMs > 0 && this.busy) {
      this.#restUntil = nowMs + restMs;
      return;
    }
    await this.#nextLeg();
  }

  async #nextLeg(): Promise<void> {
    this.#legs = this.#legs.slice(1);
    this.#legsDone++;
    await this.#sendFromRest();
  }

  /** Not from when the tick began: the robot must not skip what its verdict took of the motion. */
  #sendFromRest(): Promise<void> {
    return this.#send(this.#robot.clock.now() + this.#options.startDelayMs);
  }

  async #send(startMs: number): Promise<void> {
    const [leg] = this.#legs;
    if (leg !== undefined) await this.#follow({ startMs, points: leg.points, progress: leg.progress });
  }

  async #follow(motion: SentMotion, timeoutMs = this.#options.commandTimeoutMs): Promise<void> {
    const robot = this.#robot;
    // A driver may convert what it is given in place; the references that it is judged by must not change with that.
    const trajectory = { startMs: motion.startMs, points: motion.points.map(copied) };
    const sent = robotCommand('sending a motion', () => robot.follow(trajectory));
    try {
      await withTimeout('sending a motion', robot.clock, timeoutMs, () => sent);
    } catch (error) {
      // Taken over only now it would run after the stop for its lateness, and nobody would watch it. Nobody is left to
      // hear that this stop failed either.
      sent.then(() => robot.stop()).catch(() => {});
      throw error;
    }
    this.#history.add(motion);
  }

  #startGripper(closed: boolean): void {
    const grip: Grip = { abandoned: false, done: false, error: undefined };
    const { gripper, clock } = this.#robot;
    const { signal } = this.#cancel;
    const doing = `${closed ? 'closing' : 'opening'} the gripper`;
    // Not until the signal but until the driver is done: one that is deaf to it still moves the fingers.
    const act = () => robotCommand(doing, () => (closed ? gripper.close(signal) : gripper.open(signal)));
    this.#grip = grip;
    withTimeout(doing, clock, this.#options.gripperTimeoutMs, act)
      .catch((error: unknown) => {
        grip.error = error;
      })
      .finally(() => {
        grip.done = true;
      });
  }
}

function copied({ timeS, positions, velocities, accelerations }: TrajectoryPoint): TrajectoryPoint {
  return {
    timeS,
    positions: [...positions],
    velocities: [...velocities],
    accelerations: [...accelerations],
  };
}
