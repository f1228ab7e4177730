import { robotCommand } from '../robot/faults.js';
import type { Robot } from '../robot/robot.js';
import { withTimeout } from '../robot/with-timeout.js';
import type { Leg } from './decision.js';
import type { MotionHistory, SentMotion } from './motion-history.js';

export interface LegRunnerOptions {
  /** Milliseconds that the robot may take to accept a command. */
  readonly commandTimeoutMs: number;
  /** Milliseconds that the gripper may take to come to rest. */
  readonly gripperTimeoutMs: number;
  /** Milliseconds of rest after each leg. */
  readonly restMs: number;
}

/** A gripper action under way. */
interface Grip {
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
    return this.#legs.length > 0;
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
    if (this.#grip !== undefined && current !== undefined) {
      this.#legs = [current, ...legs];
      // The leg that the gripper ends still counts up to none.
      this.#legsDone = -1;
      return;
    }
    this.#legs = legs;
    this.#legsDone = 0;
    await this.#send(startMs);
  }

  /**
   * Puts another pace along the same path in place of the leg that runs.
   *
   * @throws VLAError ROBOT_FAILED
   */
  async repace(motion: SentMotion): Promise<void> {
    await this.#follow(motion);
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

  /** Forgets what was still to be sent and cancels the gripper. */
  clear(): void {
    this.#legs = [];
    this.#grip = undefined;
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
    // Not when the tick began: the robot must not skip what its verdict took of the motion.
    await this.#send(this.#robot.clock.now());
  }

  async #send(startMs: number): Promise<void> {
    const [leg] = this.#legs;
    if (leg !== undefined) await this.#follow({ startMs, points: leg.points, progress: leg.progress });
  }

  async #follow(motion: SentMotion): Promise<void> {
    const { startMs, points } = motion;
    const robot = this.#robot;
    const sent = robotCommand('sending a motion', () => robot.follow({ startMs, points }));
    try {
      await withTimeout('sending a motion', robot.clock, this.#options.commandTimeoutMs, () => sent);
    } catch (error) {
      // Taken over only now it would run after the stop for its lateness, and nobody would watch it. Nobody is left to
      // hear that this stop failed either.
      sent.then(() => robot.stop()).catch(() => {});
      throw error;
    }
    this.#history.add(motion);
  }

  #startGripper(closed: boolean): void {
    const grip: Grip = { done: false, error: undefined };
    const { gripper, clock } = this.#robot;
    const { signal } = this.#cancel;
    const doing = `${closed ? 'closing' : 'opening'} the gripper`;
    const act = () =>
      robotCommand(doing, () => (closed ? gripper.close(signal) : gripper.open(signal)), signal);
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
