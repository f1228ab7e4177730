import type { ActionChunk, Waypoint } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';
import { ActionExecutor, type ActionExecutorOptions, type ExecuteOptions } from '../robot/action-executor.js';
import type { ExecutionOutcome } from '../robot/execution-outcome.js';
import { robotCommand } from '../robot/faults.js';
import type { Robot } from '../robot/robot.js';
import type { GuardedWaypoint, WaypointContext } from '../robot/waypoint-guard.js';
import { type CollisionChecker, predictCollisions, refuseCollisions } from './collision.js';
import { type AgeLimits, checkAge, checkSequence } from './freshness.js';
import {
  type ClampedJoints,
  checkedJointLimits,
  clampToLimits,
  clampWarning,
  type JointLimits,
} from './joint-limits.js';
import { stretchToVelocity } from './velocity-limit.js';

export interface SafeVLAExecutorOptions extends Omit<ActionExecutorOptions, 'admit' | 'guard'> {
  /** One entry per joint, in the order of `robot.jointNames`. */
  readonly limits: readonly JointLimits[];
  /** Asked about every waypoint before it is sent. Default: no collision check. */
  readonly collision?: CollisionChecker;
  /** Largest age of the observation behind a chunk when it is started, milliseconds. Default 500. */
  readonly maxChunkAgeMs?: number;
  /** How far that observation's stamp may lie in the future, milliseconds. Default 50. */
  readonly maxFutureMs?: number;
  /** Receives the text of each warning. Default: `process.emitWarning`. */
  readonly onWarning?: (text: string) => void;
}

/**
 * Runs chunks with guards between the policy and the robot. This is a **non-safety-rated controlled stop**: it
 * claims no performance level and does not replace the emergency stop and safety controller of a robot.
 *
 * The guards, in order. A whole chunk is refused, with nothing sent and the robot left as it is, when
 *  1. its structure does not fit the robot (CHUNK_INVALID),
 *  2. its observation is too old or in the future, or it does not come after the last chunk (CHUNK_STALE).
 * Then, for each waypoint just before it is sent:
 *  3. joints outside the position limits are clamped, with a warning,
 *  4. a waypoint too fast for a joint gets more time; the first one counts from the measured joint state,
 *  5. the collision checker judges the waypoint; a collision, or a checker that fails, stops the robot.
 * A chunk inside all limits reaches the robot bit for bit.
 */
export class SafeVLAExecutor {
  readonly #robot: Robot;
  readonly #limits: readonly JointLimits[];
  readonly #age: AgeLimits;
  readonly #collision: CollisionChecker | undefined;
  readonly #warn: (text: string) => void;
  readonly #executor: ActionExecutor;
  #lastSequence = Number.NEGATIVE_INFINITY;

  /** @throws VLAError INVALID_ARGUMENT when limits are missing, malformed or for other joints, or an option is out of range */
  constructor(robot: Robot, options: SafeVLAExecutorOptions) {
    const {
      limits,
      collision,
      maxChunkAgeMs = 500,
      maxFutureMs = 50,
      onWarning = emitWarning,
      ...execution
    } = options;
    this.#robot = robot;
    this.#limits = checkedJointLimits(limits, robot.jointNames);
    this.#age = {
      maxAgeMs: checkedMs('maxChunkAgeMs', maxChunkAgeMs),
      maxFutureMs: checkedMs('maxFutureMs', maxFutureMs),
    };
    this.#collision = collision;
    this.#warn = onWarning;
    this.#executor = new ActionExecutor(robot, {
      ...execution,
      admit: (chunk) => this.#admit(chunk),
      guard: (waypoint, context) => this.#guard(waypoint, context),
    });
  }

  /**
   * Runs a chunk and tells what became of it: see {@link ActionExecutor.execute}, whose reasons it shares, plus
   * CHUNK_STALE, COLLISION_PREDICTED, COLLISION_CHECK_FAILED and INVALID_STATE (a joint state that is not usable).
   *
   * @throws VLAError INVALID_ARGUMENT when an argument is wrong, or while an earlier call is still running
   */
  execute(chunk: ActionChunk, instruction?: string, options?: ExecuteOptions): Promise<ExecutionOutcome> {
    return this.#executor.execute(chunk, instruction, options);
  }

  /**
   * The joints of a waypoint inside the position limits, rad, and what was changed for that. Warns of each change.
   *
   * @throws VLAError INVALID_ARGUMENT when the joints are not one finite number per joint of the robot
   */
  validateAction(waypoint: Waypoint): ClampedJoints {
    return this.#clamp(this.#checkedJoints(waypoint.joints), 0);
  }

  /**
   * Whether the collision checker predicts contact with the robot at `joints` (rad); false without a checker.
   *
   * @throws VLAError INVALID_ARGUMENT when the joints are not one finite number per joint of the robot,
   *   COLLISION_CHECK_FAILED when the checker fails
   */
  async checkCollisionRisk(joints: readonly number[], gripper?: number): Promise<boolean> {
    this.#checkedJoints(joints);
    if (this.#collision === undefined) return false;
    return (await predictCollisions(this.#collision, joints, gripper)).length > 0;
  }

  #admit(chunk: ActionChunk): void {
    checkAge(chunk, this.#robot.clock.now(), this.#age);
    checkSequence(chunk, this.#lastSequence);
    this.#lastSequence = chunk.sequence;
  }

  async #guard(waypoint: Waypoint, { index, durationS, from }: WaypointContext): Promise<GuardedWaypoint> {
    const clamped = this.#clamp(waypoint.joints, index);
    const start = from ?? (await this.#measuredJoints());
    const stretched = stretchToVelocity(start, clamped.joints, durationS, this.#limits, index);
    if (this.#collision !== undefined)
      refuseCollisions(await predictCollisions(this.#collision, clamped.joints, waypoint.gripper), index);
    return {
      joints: clamped.joints,
      gripper: waypoint.gripper,
      durationS: stretched.durationS,
      adjustments: [...clamped.adjustments, ...stretched.adjustments],
    };
  }

  #clamp(joints: readonly number[], index: number): ClampedJoints {
    const clamped = clampToLimits(joints, this.#limits, index);
    for (const adjustment of clamped.adjustments) this.#warn(clampWarning(adjustment, this.#limits));
    return clamped;
  }

  async #measuredJoints(): Promise<readonly number[]> {
    const { positions } = await robotCommand('reading the joint state', () => this.#robot.jointState());
    if (positions.length !== this.#limits.length || !positions.every(Number.isFinite))
      throw new VLAError(
        'INVALID_STATE',
        `the measured joint state needs ${this.#limits.length} finite angles, got [${positions.join(', ')}]`,
        { hint: 'Check the joint sensors and their driver; without them no speed can be judged.' },
      );
    return positions;
  }

  #checkedJoints(joints: readonly number[]): readonly number[] {
    if (joints.length !== this.#limits.length || !joints.every(Number.isFinite))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `expected ${this.#limits.length} finite joint angles, got [${joints.join(', ')}]`,
      );
    return joints;
  }
}

function emitWarning(text: string): void {
  process.emitWarning(text, 'SafetyWarning');
}

function checkedMs(name: string, value: number): number {
  if (!(Number.isFinite(value) && value >= 0))
    throw new VLAError('INVALID_ARGUMENT', `${name} must be 0 or more milliseconds, got ${value}`);
  return value;
}
