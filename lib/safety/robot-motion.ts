import type { Waypoint } from '../action/action-chunk.js';
import type { JointState, Robot } from '../robot/robot.js';
import { changeRate } from '../trajectory/change-rate.js';
import type { JointReference } from '../trajectory/joint-trajectory.js';
import type { Leg } from './decision.js';
import { motionLimits } from './joint-limits.js';
import { LegRunner } from './leg-runner.js';
import { isAtRest } from './measured-state.js';
import { MotionHistory } from './motion-history.js';
import { PassingWaypoints } from './passing-waypoints.js';
import type { SafetyConfig } from './safety-options.js';

export interface RobotMotionOptions {
  /** Milliseconds from a command to the start of a motion that replaces a running one. */
  readonly leadMs: number;
  /** Milliseconds that the robot may take to answer. */
  readonly robotTimeoutMs: number;
  /** Milliseconds that the gripper may take to come to rest. */
  readonly gripperTimeoutMs: number;
  /** Milliseconds that the arm may take to settle at the end of a leg. */
  readonly settleTimeoutMs: number;
  /** Milliseconds of rest after each leg. */
  readonly restMs: number;
  /** Milliseconds from a command to the start of a motion from rest. */
  readonly startDelayMs: number;
}

/** How long a robot may take to accept that it shall brake, before its own stop is asked for. */
const BRAKE_TIMEOUT_MS = 200;

/** What a robot was told to do and how far it is: legs, gripper, pace, waypoints. It judges nothing. */
export class RobotMotion {
  readonly #robot: Robot;
  readonly #config: SafetyConfig;
  readonly #options: RobotMotionOptions;
  readonly #history = new MotionHistory();
  readonly #waypoints = new PassingWaypoints();
  readonly #runner: LegRunner;

  constructor(robot: Robot, config: SafetyConfig, options: RobotMotionOptions) {
    this.#robot = robot;
    this.#config = config;
    this.#options = options;
    this.#runner = new LegRunner(robot, this.#history, {
      commandTimeoutMs: options.robotTimeoutMs,
      gripperTimeoutMs: options.gripperTimeoutMs,
      restMs: options.restMs,
      startDelayMs: options.startDelayMs,
    });
  }

  /** Whether anything is under way: the arm, the gripper, a rest between two legs. */
  get busy(): boolean {
    return this.#runner.busy;
  }

  get gripping(): boolean {
    return this.#runner.gripping;
  }

  /** Whether the arm is on its way at `timeMs`. */
  moving(timeMs: number): boolean {
    return this.#runner.moving(timeMs);
  }

  /** Whether the arm should have arrived so long ago that it must have settled by now. */
  overdue(nowMs: number): boolean {
    return this.#runner.overdueMs(nowMs) > this.#options.settleTimeoutMs;
  }

  progressAt(timeMs: number): number {
    return this.#history.progressAt(timeMs);
  }

  referenceAt(timeMs: number): JointReference | undefined {
    return this.#history.referenceAt(timeMs);
  }

  /** When a motion that is decided on now can take over: at once from rest, else after the lead. */
  takeOverMs(nowMs: number): number {
    return this.moving(nowMs) ? nowMs + this.#options.leadMs : nowMs;
  }

  /** When a motion that was judged for `plannedMs` starts: a robot at rest waits for the verdict and the way to it. */
  startAfter(plannedMs: number, nowMs: number): number {
    return this.moving(plannedMs) ? plannedMs : Math.max(plannedMs, nowMs + this.#options.startDelayMs);
  }

  /** Waypoints ahead, with fractions; 0 at rest. */
  get remaining(): number {
    return Math.max(0, this.#waypoints.endProgress - this.progressAt(this.#robot.clock.now()));
  }

  /** Waypoints that were passed since the last call. */
  passed(): readonly Waypoint[] {
    return this.#waypoints.passed(this.progressAt(this.#robot.clock.now()), this.#runner.legsDone);
  }

  /** @throws VLAError ROBOT_FAILED */
  async start(legs: readonly Leg[], waypoints: readonly Waypoint[], startMs: number): Promise<void> {
    await this.#runner.start(legs, startMs);
    this.#waypoints.start(legs, waypoints);
  }

  /**
   * Goes on along the same path at a share of the present pace.
   *
   * @param factor share of the limits that the change may use
   * @throws VLAError ROBOT_FAILED
   */
  async slow(rate: number, factor: number): Promise<void> {
    const stops = rate === 0;
    if (stops) {
      this.#waypoints.clear();
      this.#runner.endAfterLeg();
    }
    const { last } = this.#history;
    // After the robot's own stop nothing is under way, whatever was sent before: it must not go on there.
    if (last === undefined || !this.busy) return;
    const { clock } = this.#robot;
    const limits = motionLimits(this.#config.limits, factor);
    // On a busy machine the ramp may take longer than the lead, and a robot that gets it late would jump onto it.
    for (let { leadMs } = this.#options; ; leadMs = 2 * leadMs + 1) {
      const startMs = Math.max(clock.now() + leadMs, last.startMs);
      // What is over by then comes to rest by itself.
      if (!this.moving(startMs)) return;
      const changed = changeRate({ ...last, atS: (startMs - last.startMs) / 1000, toRate: rate, limits });
      if (clock.now() > startMs) continue;
      await this.#runner.repace({ startMs, ...changed }, stops ? BRAKE_TIMEOUT_MS : undefined);
      return;
    }
  }

  /** Moves on at the end of a leg, once the arm is there. @returns what the gripper has just been told */
  async advance(measured: JointState, nowMs: number): Promise<boolean | undefined> {
    if (this.moving(nowMs)) return undefined;
    const waits = this.#runner.overdueMs(nowMs) >= 0 && !this.#runner.resting;
    if (waits && !this.#arrived(measured, nowMs) && !this.overdue(nowMs)) return undefined;
    return this.#runner.advance(nowMs);
  }

  /** Forgets what was still to be sent; what was sent runs to its end. */
  clear(): void {
    this.#waypoints.clear();
    this.#runner.clear();
  }

  /** Forgets where the robot was told to be: it is no longer there. */
  forgetReferences(): void {
    this.#history.forgetReferences();
  }

  #arrived({ positions, velocities }: JointState, nowMs: number): boolean {
    const goal = this.referenceAt(nowMs)?.positions ?? [];
    const { goalTolerance } = this.#config;
    return (
      positions.every((at, joint) => Math.abs(at - (goal[joint] ?? Number.NaN)) <= goalTolerance) &&
      isAtRest(velocities)
    );
  }
}
