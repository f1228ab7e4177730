import { VLAError } from '../errors.js';
import { asVLAError } from '../robot/faults.js';
import { FixedRate } from '../robot/fixed-rate.js';
import type { JointState, Robot } from '../robot/robot.js';
import type { JointReference } from '../trajectory/joint-trajectory.js';
import type { AuditTrail } from './audit/audit-trail.js';
import { REACTION_S } from './collision/allowed-pace.js';
import type { CollisionChecker, Kinematics } from './collision/collision-checker.js';
import {
  type ChunkInput,
  FRESH_MEMORY,
  type SafetyMemory,
  type TickInput,
  type TickVerdict,
  type Verdict,
} from './decision.js';
import { Exclusive } from './exclusive.js';
import { judgeChunk } from './guard-pipeline.js';
import type { MotionRequest, MotionStatus, Submission } from './guarded-motion.js';
import { gripperChanged } from './guards/gripper-hysteresis.js';
import { type LatchState, resetLatch, tripLatch, UNLATCHED } from './guards/latch.js';
import { measuredState } from './measured-state.js';
import { recordedModels } from './recorded-models.js';
import { RobotMotion, type RobotMotionOptions } from './robot-motion.js';
import type { SafetyConfig } from './safety-options.js';
import { standingCauses } from './standing-causes.js';
import { stopRobot } from './stop-robot.js';
import { brakingTime, overtaken, submission } from './submission.js';
import { judgeTick } from './tick-verdict.js';
import type { SafetyReason } from './verdict.js';
import { reasonError } from './verdict-error.js';
import type { MotionWatchdog } from './watchdog/motion-watchdog.js';

export interface SafeMotionOptions extends RobotMotionOptions {
  readonly collision: CollisionChecker | undefined;
  readonly kinematics: Kinematics | undefined;
  readonly audit: AuditTrail;
  readonly watchdog: MotionWatchdog | undefined;
  readonly warn: (text: string) => void;
}

/** A change of pace smaller than this is not worth a command. */
const NOTABLE = 0.95;
/** What watches a brake, Hz. */
const BRAKE_RATE_HZ = 50;
/** Guards after which the robot's own stop is the only one that can be trusted: it is not where we think, or deaf. */
const HARD_STOPS: readonly SafetyReason['guard'][] = ['tracking', 'robot', 'watchdog'];

/** The motion of a robot between the verdicts of the guards: what runs, what was decided, and how it ends. */
export class SafeMotion {
  readonly config: SafetyConfig;
  readonly #robot: Robot;
  readonly #options: SafeMotionOptions;
  readonly #motion: RobotMotion;
  readonly #exclusive = new Exclusive();
  #memory: SafetyMemory = FRESH_MEMORY;
  #latch: LatchState = UNLATCHED;
  #latchError: VLAError | undefined;
  #interruption: VLAError | undefined;
  #pace = 1;
  /** A stop that was asked for and waits for its turn: nothing may set the robot in motion meanwhile. */
  #askedStop: SafetyReason | undefined;

  constructor(robot: Robot, config: SafetyConfig, options: SafeMotionOptions) {
    this.config = config;
    this.#robot = robot;
    this.#options = options;
    this.#motion = new RobotMotion(robot, config, options);
  }

  get latched(): VLAError | undefined {
    return this.#latchError;
  }

  /** Why the last motion ended early without a latch, such as an obstacle; undefined when it did not. */
  get interruption(): VLAError | undefined {
    return this.#interruption;
  }

  progressAt(timeMs: number): number {
    return this.#motion.progressAt(timeMs);
  }

  referenceAt(timeMs: number): JointReference | undefined {
    return this.#motion.referenceAt(timeMs);
  }

  submit(request: MotionRequest): Promise<Submission> {
    return this.#exclusive.run(() => this.#submit(request));
  }

  tick(): Promise<MotionStatus> {
    return this.#exclusive.run(() => this.#tick());
  }

  slowTo(rate: number): Promise<void> {
    return this.#exclusive.run(async () => {
      await this.#record('pace', { rate, atMs: this.#robot.clock.now() });
      await this.#guardRobot(() => this.#motion.slow(rate, this.config.motionFactor));
    });
  }

  stop(why: string): Promise<void> {
    this.#askedStop ??= { guard: 'latch', outcome: 'stop', kind: 'requested', message: why };
    return this.#exclusive.run(() => this.#obeyStop());
  }

  /** Brakes along the path and resolves once the robot is at rest. */
  async brake(): Promise<void> {
    await this.#exclusive.run(async () => {
      await this.#record('pace', { rate: 0, atMs: this.#robot.clock.now() });
      await this.#guardRobot(() => this.#brakeOrClear(1));
    });
    const rate = new FixedRate(this.#robot.clock, BRAKE_RATE_HZ);
    do await rate.next();
    while ((await this.tick()).moving);
  }

  /** Ends a motion because of an error that is not the robot's. The result is that error, or why not even that worked. */
  async abandon(error: unknown): Promise<VLAError> {
    const fault = asVLAError('the execution', error);
    await this.brake();
    return this.#latchError ?? fault;
  }

  async reset(): Promise<void> {
    await this.#exclusive.run(async () => {
      if (this.#latch.latched === null) return;
      const nowMs = this.#robot.clock.now();
      const braking = this.#motion.gripping || (this.#motion.busy && this.#motion.moving(nowMs));
      const causes = await standingCauses(this.#robot, this.config, { ...this.#options, braking });
      this.#latch = resetLatch(this.#latch, nowMs, causes);
      this.#latchError = undefined;
      this.#motion.clear();
      this.#forgetReferences(nowMs);
    });
  }

  async #submit(request: MotionRequest): Promise<Submission> {
    const startedAt = performance.now();
    const measured = await this.#measure();
    if (measured === undefined) return this.#stopped(startedAt);
    const { collision, kinematics } = this.#options;
    const { models, answers } = recordedModels(collision, kinematics, this.config);
    const input = this.#chunkInput(request, measured);
    const verdict = await judgeChunk(this.config, input, models);
    this.#memory = verdict.memory;
    await this.#record('decision', { input, answers, output: verdict });
    for (const reason of verdict.reasons) if (isWorthWarning(reason)) await this.#warn(reason.message);

    if (input.latch.latched !== null) return submission(verdict, startedAt, undefined);
    const stop = verdict.reasons.find(({ outcome }) => outcome === 'stop');
    if (stop !== undefined) await this.#trip(stop);
    await this.#obeyStop();
    if (this.#latchError !== undefined) return this.#stopped(startedAt, verdict);
    const moved = verdict.reasons.some(({ kind }) => kind === 'start-gap');
    if (moved && !this.#motion.busy) this.#forgetReferences(input.nowMs);
    if (verdict.legs.length === 0) return submission(verdict, startedAt, undefined);
    const late = this.#motion.moving(input.startMs) && this.#robot.clock.now() > input.startMs;
    if (late) return submission(overtaken(verdict, input.startMs), startedAt, undefined);

    const { legs, firstWaypoint, waypointsSent } = verdict;
    const sent = request.waypoints.slice(firstWaypoint, firstWaypoint + waypointsSent);
    await this.#guardRobot(async () => {
      this.#options.watchdog?.arm();
      await this.#motion.start(legs, sent, this.#motion.startAfter(input.startMs, this.#robot.clock.now()));
    });
    if (this.#latchError !== undefined) return this.#stopped(startedAt, verdict);
    this.#pace = verdict.pace;
    this.#interruption = undefined;
    return submission(verdict, startedAt, this.#robot.clock.now());
  }

  #chunkInput({ chunk, waypoints, progress, most }: MotionRequest, measured: JointState): ChunkInput {
    const nowMs = this.#robot.clock.now();
    const startMs = this.#motion.takeOverMs(nowMs);
    const reference = this.#motion.referenceAt(startMs) ?? null;
    return {
      type: 'chunk',
      nowMs,
      latch: this.#latch,
      watchdogTrip: this.#options.watchdog?.tripped?.message ?? null,
      chunk: {
        sequence: chunk.sequence,
        capturedAt: chunk.capturedAt,
        secondsPerWaypoint: chunk.secondsPerWaypoint,
        shape: chunk.shape,
        jointNames: chunk.jointNames,
        jointUnits: chunk.jointUnits,
        inferenceMs: chunk.timing?.totalMs ?? 0,
        frameFingerprint: chunk.frameFingerprint ?? null,
      },
      waypoints: waypoints.map(({ joints, gripper }) => ({ joints, gripper: gripper ?? null })),
      most: most ?? null,
      progress,
      startMs,
      startProgress: this.#motion.progressAt(startMs),
      measured,
      reference,
      expected: this.#motion.referenceAt(measured.stamp)?.positions ?? null,
      seen: this.#motion.referenceAt(chunk.capturedAt)?.positions ?? measured.positions,
      brakingS: reference === null ? 0 : brakingTime(reference, this.config),
      sceneStamp: sceneStampOf(this.#options.collision),
      restAtEach: this.#options.restMs > 0,
      memory: this.#memory,
    };
  }

  async #tick(): Promise<MotionStatus> {
    // Whatever goes wrong in here, nobody watches the motion any more, so it must not go on.
    await this.#guardRobot(() => this.#watch());
    return this.#status();
  }

  async #watch(): Promise<void> {
    const { watchdog } = this.#options;
    if (watchdog?.tripped !== undefined) await this.#trip(watchdogReason(watchdog));
    if (!this.#motion.busy) return;
    if (watchdog !== undefined && !watchdog.beat()) await this.#trip(watchdogReason(watchdog));
    const measured = await this.#measure();
    if (measured === undefined || !this.#motion.busy) return;

    const nowMs = this.#robot.clock.now();
    const input = this.#tickInput(measured, nowMs);
    const { collision, kinematics } = this.#options;
    const { models, answers } = recordedModels(collision, kinematics, this.config);
    const verdict = await judgeTick(this.config, input, models);
    await this.#obey(verdict, () => this.#record('decision', { input, answers, output: verdict }));
    await this.#obeyStop();
    if (this.#motion.busy) await this.#guardRobot(() => this.#advance(measured, nowMs));
  }

  #tickInput(measured: JointState, nowMs: number): TickInput {
    const ahead = this.#motion.moving(nowMs)
      ? this.#motion.referenceAt(nowMs + REACTION_S * 1000)
      : undefined;
    return {
      type: 'tick',
      nowMs,
      measured,
      expected: this.#motion.referenceAt(measured.stamp)?.positions ?? measured.positions,
      atGoal: this.#motion.overdue(nowMs),
      ahead: ahead === undefined ? null : { positions: ahead.positions, velocities: ahead.velocities },
      pace: this.#pace,
      sceneStamp: sceneStampOf(this.#options.collision),
      gripper: this.#memory.gripper.closed,
    };
  }

  async #obey({ reasons, pace }: TickVerdict, record: () => Promise<void>): Promise<void> {
    // A motion that was interrupted brakes already.
    const slower = pace < this.#pace * NOTABLE && this.#interruption === undefined;
    const stop = reasons.find(({ outcome }) => outcome === 'stop');
    if (stop === undefined && !slower) return;
    await record();
    if (stop !== undefined) return this.#trip(stop);
    const [reason] = reasons;
    if (pace > 0) {
      await this.#guardRobot(() => this.#motion.slow(pace / this.#pace, 1));
      this.#pace = pace;
    } else if (reason !== undefined) {
      this.#interruption = reasonError(reason);
      await this.#warn(reason.message);
      await this.#guardRobot(() => this.#brakeOrClear(1));
    }
  }

  async #advance(measured: JointState, nowMs: number): Promise<void> {
    const wasGripping = this.#motion.gripping;
    const told = await this.#motion.advance(measured, nowMs);
    // From when it is told until it is done: nobody can see the change before that.
    const closed = told ?? (wasGripping ? this.#memory.gripper.closed : null);
    if (closed !== null) this.#memory = { ...this.#memory, gripper: gripperChanged(closed, nowMs) };
  }

  #status(): MotionStatus {
    const { remaining, busy } = this.#motion;
    if (!busy) this.#options.watchdog?.disarm();
    return { remaining, moving: busy, passed: this.#motion.passed(), latched: this.#latchError };
  }

  async #brakeOrClear(factor: number): Promise<void> {
    if (this.#motion.moving(this.#robot.clock.now())) {
      await this.#motion.slow(0, factor);
      return;
    }
    // Fingers that are stopped on their way are neither open nor closed.
    if (this.#motion.gripping) this.#memory = { ...this.#memory, gripper: UNKNOWN_GRIPPER };
    this.#motion.clear();
  }

  async #obeyStop(): Promise<void> {
    const reason = this.#askedStop;
    this.#askedStop = undefined;
    if (reason !== undefined) await this.#trip(reason);
  }

  async #trip(reason: SafetyReason, cause?: unknown): Promise<void> {
    const nowMs = this.#robot.clock.now();
    const brakes = !HARD_STOPS.includes(reason.guard) && this.#motion.moving(nowMs);
    // The first reason stays. A later one can only turn a brake that is under way into a hard stop.
    if (this.#latchError !== undefined && (brakes || !this.#motion.busy)) return;
    this.#latch = tripLatch(this.#latch, reason, nowMs);
    this.#latchError ??= cause instanceof VLAError ? cause : reasonError(reason, cause);
    try {
      if (brakes) await this.#motion.slow(0, 1);
      else await this.#halt();
    } catch (error) {
      await this.#halt(error);
    }
    if (!this.#motion.busy) this.#options.watchdog?.disarm();
    // The robot first: a disk may be slow, and a warning that fails has nothing left to stop.
    this.#options.audit.append('stop', { reason }, true);
    await this.#warn(reason.message);
  }

  /** Before anything is sent: what cannot be recorded must not be done. */
  async #record(kind: string, data: unknown): Promise<void> {
    const failure = this.#options.audit.append(kind, data);
    if (failure === undefined) return;
    const { message } = failure;
    await this.#trip({ guard: 'audit', outcome: 'stop', kind: 'failed', message }, failure);
  }

  /** A warning that nobody can be given is as good as none, so it stops the robot. */
  async #warn(text: string): Promise<void> {
    try {
      this.#options.warn(text);
    } catch (error) {
      const fault = asVLAError('the warning', error);
      await this.#trip({ guard: 'robot', outcome: 'stop', kind: 'warning', message: fault.message }, fault);
    }
  }

  /** The robot's own stop. What it was commanded no longer says where it is. */
  async #halt(earlier?: unknown): Promise<void> {
    this.#motion.clear();
    try {
      await stopRobot(this.#robot, this.#options.robotTimeoutMs);
    } catch (error) {
      const causes = [this.#latchError, earlier, error].filter((each) => each !== undefined);
      this.#latchError = new VLAError(
        'ROBOT_FAILED',
        `the robot could not be stopped after: ${this.#latchError?.message}`,
        {
          hint: 'Treat the robot as moving: use its own emergency stop.',
          cause: new AggregateError(causes),
        },
      );
    }
  }

  /** Runs a command of the robot; its failure stops and latches. */
  async #guardRobot(command: () => Promise<void>): Promise<void> {
    try {
      await command();
    } catch (error) {
      const { message } = asVLAError('commanding the robot', error);
      await this.#trip({ guard: 'robot', outcome: 'stop', kind: 'failed', message }, error);
    }
  }

  async #measure(): Promise<JointState | undefined> {
    let measured: JointState | undefined;
    await this.#guardRobot(async () => {
      measured = await measuredState(this.#robot, this.#options.robotTimeoutMs);
    });
    return measured;
  }

  #stopped(startedAt: number, verdict?: Verdict): Submission {
    return {
      outcome: 'stop',
      reasons: verdict?.reasons ?? [],
      waypointsSent: 0,
      timeScale: 1,
      guardMs: performance.now() - startedAt,
      commandedAt: undefined,
      ...(this.#latchError && { error: this.#latchError }),
    };
  }

  #forgetReferences(nowMs: number): void {
    this.#motion.forgetReferences();
    this.#memory = {
      ...this.#memory,
      structureRejects: 0,
      frame: null,
      // Fingers may have been caught half-way, or moved by hand since.
      gripper: UNKNOWN_GRIPPER,
      resetAtMs: nowMs,
    };
  }
}

/** When the obstacles were last seen, ms; null when they do not move. NaN, which no guard takes, when it is not told. */
function sceneStampOf(collision: CollisionChecker | undefined): number | null {
  if (collision?.sceneStamp === undefined) return null;
  try {
    const stamp: unknown = collision.sceneStamp();
    return typeof stamp === 'number' ? stamp : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

const UNKNOWN_GRIPPER: SafetyMemory['gripper'] = { closed: null, changedAtMs: null };

function watchdogReason({ tripped }: MotionWatchdog): SafetyReason {
  const message = tripped?.message ?? 'the watchdog refused a heartbeat';
  return { guard: 'watchdog', outcome: 'stop', kind: tripped?.reason ?? 'tripped', message };
}

/** Slowing down is daily business; what was clamped, cut or refused is not. */
function isWorthWarning({ guard, outcome }: SafetyReason): boolean {
  return outcome !== 'modify' || guard === 'position-limits';
}
