import { ActionChunk, type Waypoint } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';
import { abortedError } from '../robot/abortable.js';
import type { ExecuteOptions, WaypointEvent } from '../robot/action-executor.js';
import { checkExecuteArguments, checkExecuteCount } from '../robot/execute-arguments.js';
import type { ExecutionOutcome } from '../robot/execution-outcome.js';
import { callback } from '../robot/faults.js';
import { FixedRate } from '../robot/fixed-rate.js';
import type { Robot } from '../robot/robot.js';
import type { SuccessCondition } from '../robot/success-condition.js';
import type { JointReference } from '../trajectory/joint-trajectory.js';
import type { AuditSink } from './audit/audit-sink.js';
import { AuditTrail } from './audit/audit-trail.js';
import { wouldCollide } from './collision/would-collide.js';
import type { GuardedMotion, MotionRequest, MotionStatus, Submission } from './guarded-motion.js';
import { type ClampedJoints, clampToLimits } from './guards/clamp-to-limits.js';
import { MotionWatch } from './motion-watch.js';
import { SafeMotion } from './safe-motion.js';
import { safetyConfig } from './safety-config.js';
import type { SafetyOptions } from './safety-options.js';
import type { Outcome, SafetyReason } from './verdict.js';
import type { MotionWatchdog } from './watchdog/motion-watchdog.js';

export interface SafeVLAExecutorOptions extends SafetyOptions {
  /** Checked after every waypoint; once it holds the robot brakes and the rest is left out. Default: never holds. */
  readonly successCondition?: SuccessCondition;
  /** Waypoints of a chunk to run before returning, at least 1. Default: all. */
  readonly execute?: number;
  /** Come to rest at every waypoint and wait there, seconds. Default 0: the arm does not stop between waypoints. */
  readonly waitS?: number;
  /** Called after each waypoint that was carried out. */
  readonly onWaypoint?: (event: WaypointEvent) => void;
  /** How often a running motion is watched, Hz. Default 50. */
  readonly rateHz?: number;
  /**
   * Where each decision is recorded before it is carried out: a file, a sink of your own, or false for nowhere. Default:
   * a new file in `$XDG_STATE_HOME/jetson-vla/audit`, `~/.local/state/jetson-vla/audit` without that variable, where
   * the last 64 runs are kept.
   */
  readonly audit?: string | AuditSink | false;
  /** Stops the robot when this process no longer watches its motion. Default: none; see {@link Watchdog}. */
  readonly watchdog?: MotionWatchdog;
  /** Milliseconds from a decision to the start of the motion that replaces a running one. Default 20, with collision 40. */
  readonly leadMs?: number;
  /** Milliseconds from a command to the start of a motion from rest: the time that a command takes to the robot. Default 0. */
  readonly startDelayMs?: number;
  /** Milliseconds that the robot may take to answer. Default 1000. */
  readonly robotTimeoutMs?: number;
  /** Milliseconds that the gripper may take to come to rest. Default 5000. */
  readonly gripperTimeoutMs?: number;
  /** Milliseconds that the arm may take to settle at the end of a motion. Default 500. */
  readonly settleTimeoutMs?: number;
  /** Receives the text of each warning. Default: `process.emitWarning`. */
  readonly onWarning?: (text: string) => void;
}

/** What became of a chunk under guard. */
export interface SafeExecutionOutcome extends ExecutionOutcome {
  readonly outcome: Outcome;
  /** Everything that a guard did to it, in order. */
  readonly reasons: readonly SafetyReason[];
  /** Share of the planned pace at which it was sent, 1 = as planned; 1 also when nothing was sent. */
  readonly timeScale: number;
}

/**
 * Runs chunks with guards between the policy and the robot. This is a **non-safety-rated controlled stop**: it
 * claims no performance level and does not replace the emergency stop and safety controller of a robot.
 *
 * Every command that it sends is a trajectory that ends at rest inside the limits, so a robot that hears nothing more
 * stops by itself. A chunk ends as one of {@link Outcome}: sent bit for bit, sent with changes, cut, refused, or
 * answered with a stop that stays until {@link reset}. The guards, in their order, are listed in guard-pipeline.ts.
 */
export class SafeVLAExecutor implements GuardedMotion, Disposable {
  readonly #robot: Robot;
  readonly #motion: SafeMotion;
  readonly #options: SafeVLAExecutorOptions;
  readonly #warn: (text: string) => void;
  readonly #rateHz: number;
  readonly #audit: AuditTrail;
  #busy = false;

  /**
   * @throws VLAError INVALID_ARGUMENT when limits are missing, malformed or for other joints, or an option is out of
   *   range; AUDIT_FAILED or AUDIT_INVALID when the audit log cannot be opened
   */
  constructor(robot: Robot, options: SafeVLAExecutorOptions) {
    const { execute, onWarning = emitWarning, rateHz = 50 } = options;
    checkExecuteCount(execute);
    const ms = (name: keyof SafeVLAExecutorOptions, fallback: number) =>
      checkedNumber(name, options[name] ?? fallback);
    this.#robot = robot;
    this.#options = options;
    this.#warn = onWarning;
    // Validates the rate now and not at the first chunk.
    new FixedRate(robot.clock, rateHz);
    this.#rateHz = rateHz;
    const restMs = checkedNumber('waitS', options.waitS ?? 0) * 1000;
    const config = safetyConfig(options, robot.jointNames);
    const timing = {
      leadMs: ms('leadMs', options.collision === undefined ? 20 : 40),
      robotTimeoutMs: ms('robotTimeoutMs', 1000),
      gripperTimeoutMs: ms('gripperTimeoutMs', 5000),
      settleTimeoutMs: ms('settleTimeoutMs', 500),
      restMs,
      startDelayMs: ms('startDelayMs', 0),
    };
    // Last, because what comes after it would have to close it again.
    this.#audit = new AuditTrail(options.audit, config);
    this.#motion = new SafeMotion(robot, config, {
      collision: options.collision,
      kinematics: options.kinematics,
      audit: this.#audit,
      watchdog: options.watchdog,
      ...timing,
      warn: onWarning,
    });
  }

  /** Why the executor has stopped and sends nothing until {@link reset}; undefined while it may move. */
  get latched(): VLAError | undefined {
    return this.#motion.latched;
  }

  /**
   * Runs a chunk and tells what became of it. A chunk that is cut or refused, a stop, an abort and every fault of the
   * robot or of a callback come back as `stopped` with a reason: CHUNK_INVALID, CHUNK_STALE, CHUNK_UNREACHABLE,
   * WORKSPACE_LEFT, COLLISION_PREDICTED, COLLISION_CHECK_FAILED, TRACKING_LOST, WATCHDOG_TRIPPED, AUDIT_FAILED,
   * SAFETY_LATCHED, ROBOT_FAILED, CALLBACK_FAILED or ABORTED. The robot is at rest when this returns, unless
   * ROBOT_FAILED says otherwise.
   *
   * @throws VLAError INVALID_ARGUMENT when an argument is wrong, or while an earlier call is still running
   */
  async execute(
    chunk: ActionChunk,
    instruction = '',
    options: ExecuteOptions = {},
  ): Promise<SafeExecutionOutcome> {
    checkExecuteArguments(chunk, instruction, options.execute, this.#busy);
    this.#busy = true;
    try {
      return await this.#run(chunk, instruction, options);
    } finally {
      this.#busy = false;
    }
  }

  progressAt(timeMs: number): number {
    return this.#motion.progressAt(timeMs);
  }

  referenceAt(timeMs: number): JointReference | undefined {
    return this.#motion.referenceAt(timeMs);
  }

  /** @throws VLAError INVALID_ARGUMENT for what is no request; whatever is wrong with its waypoints is an outcome */
  async submit(request: MotionRequest): Promise<Submission> {
    checkRequest(request);
    return this.#motion.submit(request);
  }

  tick(): Promise<MotionStatus> {
    return this.#motion.tick();
  }

  async slowTo(rate: number): Promise<void> {
    if (!(rate >= 0 && rate <= 1))
      throw new VLAError('INVALID_ARGUMENT', `the rate must be 0 … 1, got ${rate}`);
    return this.#motion.slowTo(rate);
  }

  /**
   * Brakes along the path and latches: for a stop button, or whatever else says that the robot must not move.
   *
   * @param why for the record and the error that chunks are refused with
   */
  stop(why: string): Promise<void> {
    return this.#motion.stop(why);
  }

  /**
   * Lets the executor move again after a stop. Whatever was queued is gone, and only a chunk whose observation was
   * made after this runs.
   *
   * @throws VLAError SAFETY_LATCHED while the cause stands
   */
  reset(): Promise<void> {
    return this.#motion.reset();
  }

  /** The file of the audit log, when the executor has opened one. */
  get auditFile(): string | undefined {
    return this.#audit.file;
  }

  /** Closes the audit log. The robot is left as it is: at rest, or on its way to rest. Idempotent. */
  dispose(): void {
    this.#audit.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * The joints of a waypoint inside the position limits, rad, and what was changed for that. Warns of each change.
   *
   * @throws VLAError INVALID_ARGUMENT when the joints are not one finite number per joint of the robot
   */
  validateAction(waypoint: Waypoint): ClampedJoints {
    const clamped = clampToLimits(this.#checkedJoints(waypoint.joints), this.#motion.config.limits, 0);
    for (const { message } of clamped.reasons) this.#warn(message);
    return clamped;
  }

  /**
   * Whether the robot at `joints` (rad) would touch something or come closer to it than its margin; false without a
   * collision checker.
   *
   * @throws VLAError INVALID_ARGUMENT when the joints are not one finite number per joint of the robot,
   *   COLLISION_CHECK_FAILED when the checker fails
   */
  async checkCollisionRisk(joints: readonly number[], gripper?: number): Promise<boolean> {
    const { collision } = this.#options;
    const config = this.#motion.config;
    return collision !== undefined && wouldCollide(collision, this.#checkedJoints(joints), gripper, config);
  }

  async #run(
    chunk: ActionChunk,
    instruction: string,
    { signal, execute = this.#options.execute }: ExecuteOptions,
  ): Promise<SafeExecutionOutcome> {
    const nothingSent = { waypointsRun: 0, completed: false, stopped: true, reasons: [], timeScale: 1 };
    if (signal?.aborted) return { ...nothingSent, outcome: 'reject', reason: abortedError(signal) };
    const progress = this.#motion.progressAt(chunk.capturedAt) + 1;
    const submission = await this.#motion.submit({
      chunk,
      waypoints: [...chunk],
      progress,
      instruction,
      ...(execute !== undefined && { most: execute }),
    });
    const { reasons, timeScale } = submission;
    const end = (
      outcome: Outcome,
      waypointsRun: number,
      completed: boolean,
      reason: VLAError | undefined,
    ): SafeExecutionOutcome => ({
      completed,
      waypointsRun,
      stopped: reason !== undefined,
      ...(reason !== undefined && { reason }),
      outcome,
      reasons,
      timeScale,
    });
    if (submission.commandedAt === undefined) return end(submission.outcome, 0, false, submission.error);

    let waypointsRun = 0;
    try {
      const watch = new MotionWatch(this.#motion, this.#robot.clock, this.#rateHz, signal);
      for await (const waypoint of watch.passed()) {
        const event = { ...waypoint, index: waypointsRun, chunk, instruction };
        waypointsRun++;
        await watch.meanwhile(callback('onWaypoint', () => this.#options.onWaypoint?.(event), signal));
        if (!(await watch.meanwhile(this.#succeeds(instruction, signal)))) continue;
        await this.#motion.brake();
        return end(submission.outcome, waypointsRun, true, this.latched);
      }
    } catch (error) {
      const fault = await this.#motion.abandon(error);
      return end('stop', waypointsRun, false, fault);
    }
    if (this.latched !== undefined) return end('stop', waypointsRun, false, this.latched);
    const { interruption } = this.#motion;
    if (interruption !== undefined) return end('truncate', waypointsRun, false, interruption);
    return end(submission.outcome, waypointsRun, false, submission.error);
  }

  async #succeeds(instruction: string, signal: AbortSignal | undefined): Promise<boolean> {
    const condition = () => this.#options.successCondition?.(instruction, this.#robot) ?? false;
    return callback('the success condition', condition, signal);
  }

  #checkedJoints(joints: readonly number[]): readonly number[] {
    const { limits } = this.#motion.config;
    if (joints.length !== limits.length || !joints.every(Number.isFinite))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `expected ${limits.length} finite joint angles, got [${joints.join(', ')}]`,
      );
    return joints;
  }
}

function emitWarning(text: string): void {
  process.emitWarning(text, 'SafetyWarning');
}

function checkedNumber(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new VLAError('INVALID_ARGUMENT', `${name} must be a finite number, 0 or more, got ${String(value)}`);
}

function checkRequest({ chunk, waypoints, most }: MotionRequest): void {
  if (!(chunk instanceof ActionChunk))
    throw new VLAError('INVALID_ARGUMENT', `request.chunk must be an ActionChunk, got ${typeof chunk}`);
  if (!Array.isArray(waypoints))
    throw new VLAError('INVALID_ARGUMENT', `request.waypoints must be a list, got ${typeof waypoints}`);
  checkExecuteCount(most);
}
