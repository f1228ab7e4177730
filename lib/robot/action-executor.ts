import type { ActionChunk, Waypoint } from '../action/action-chunk.js';
import { VLAError } from '../errors.js';
import { chunkWaypoints } from './chunk-waypoints.js';
import { checkExecuteArguments, checkExecuteCount } from './execute-arguments.js';
import type { ExecutionOutcome } from './execution-outcome.js';
import { asVLAError, callback, robotCommand } from './faults.js';
import type { Robot } from './robot.js';
import type { SuccessCondition } from './success-condition.js';

/** A waypoint that was carried out. */
export interface WaypointEvent extends Waypoint {
  /** Index of the waypoint in its chunk. */
  readonly index: number;
  readonly chunk: ActionChunk;
  readonly instruction: string;
}

export interface ActionExecutorOptions {
  /** Checked after every waypoint; once it holds, the rest of the chunk is left out. Default: never holds. */
  readonly successCondition?: SuccessCondition;
  /** Waypoints of a chunk to run before returning, at least 1. Default: all. */
  readonly execute?: number;
  /** Extra rest after each waypoint, seconds. Default 0; the Python original always waited 0.5 s. */
  readonly waitS?: number;
  /** Called after each waypoint that was carried out. */
  readonly onWaypoint?: (event: WaypointEvent) => void;
}

export interface ExecuteOptions {
  /** Stops the robot when it fires. */
  readonly signal?: AbortSignal;
  /** Waypoints of this chunk to run, in place of the executor's own number. */
  readonly execute?: number;
}

/**
 * Sends the waypoints of a chunk to a robot, one after the other and each from rest to rest: first the joints, and
 * once their time is over the gripper (above 0.5 closes, else opens; only when that differs from the last command). A
 * waypoint takes at least its own seconds on the robot's clock. There are no safety checks here: use SafeVLAExecutor
 * on a real arm.
 */
export class ActionExecutor {
  readonly #robot: Robot;
  readonly #options: ActionExecutorOptions;
  readonly #waitMs: number;
  /** What the gripper was last told, undefined while that is not known. */
  #gripperClosed: boolean | undefined;
  #busy = false;

  /** @throws VLAError INVALID_ARGUMENT when `execute` or `waitS` is out of range */
  constructor(robot: Robot, options: ActionExecutorOptions = {}) {
    const { execute, waitS = 0 } = options;
    checkExecuteCount(execute);
    if (!(Number.isFinite(waitS) && waitS >= 0))
      throw new VLAError('INVALID_ARGUMENT', `waitS must be 0 or more seconds, got ${waitS}`);
    this.#robot = robot;
    this.#options = options;
    this.#waitMs = waitS * 1000;
  }

  /**
   * Runs a chunk and tells what became of it. Whatever goes wrong on the way stops the robot, sends nothing more, and
   * comes back as the outcome's reason: ROBOT_FAILED, CALLBACK_FAILED or ABORTED. When the stop itself fails, the
   * reason is ROBOT_FAILED and its cause an AggregateError of both. A chunk that is refused (CHUNK_INVALID) moves
   * nothing and stops nothing.
   *
   * @throws VLAError INVALID_ARGUMENT when an argument is wrong, or while an earlier call is still running
   */
  async execute(
    chunk: ActionChunk,
    instruction = '',
    options: ExecuteOptions = {},
  ): Promise<ExecutionOutcome> {
    checkExecuteArguments(chunk, instruction, options.execute, this.#busy);
    this.#busy = true;
    try {
      return await this.#run(chunk, instruction, options);
    } finally {
      this.#busy = false;
    }
  }

  async #run(chunk: ActionChunk, instruction: string, options: ExecuteOptions): Promise<ExecutionOutcome> {
    const robot = this.#robot;
    const { successCondition, onWaypoint } = this.#options;
    const { signal } = options;
    let waypointsRun = 0;
    let admitted = false;
    try {
      const waypoints = chunkWaypoints(chunk, robot.jointNames);
      admitted = true;
      const { positions } = await robotCommand('reading the joint state', () => robot.jointState(), signal);
      let from = positions;
      const count = options.execute ?? this.#options.execute ?? waypoints.length;
      for (const [index, waypoint] of waypoints.slice(0, count).entries()) {
        const at = `waypoint ${index}:`;
        const start = robot.clock.now();
        await this.#moveTo(at, from, waypoint.joints, chunk.secondsPerWaypoint, signal);
        await this.#setGripper(at, waypoint.gripper, signal);
        from = waypoint.joints;
        waypointsRun++;
        const event = { ...waypoint, index, chunk, instruction };
        await callback(`${at} onWaypoint`, () => onWaypoint?.(event), signal);

        const succeeds = () => successCondition?.(instruction, robot) ?? false;
        if (await callback(`${at} the success condition`, succeeds, signal))
          return { completed: true, waypointsRun, stopped: false };

        const restMs =
          Math.max(0, start + chunk.secondsPerWaypoint * 1000 - robot.clock.now()) + this.#waitMs;
        if (restMs > 0)
          await robotCommand(`${at} the clock`, () => robot.clock.sleep(restMs, signal), signal);
      }
      return { completed: false, waypointsRun, stopped: false };
    } catch (error) {
      const fault = asVLAError('the execution', error);
      const reason = admitted ? await this.#stop(fault) : fault;
      return { completed: false, waypointsRun, stopped: true, reason };
    }
  }

  async #moveTo(
    at: string,
    from: readonly number[],
    to: readonly number[],
    durationS: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { clock } = this.#robot;
    const still = from.map(() => 0);
    const atRest = (timeS: number, positions: readonly number[]) => ({
      timeS,
      positions,
      velocities: still,
      accelerations: still,
    });
    const trajectory = { startMs: clock.now(), points: [atRest(0, from), atRest(durationS, to)] };
    await robotCommand(`${at} moving`, () => this.#robot.follow(trajectory), signal);
    await robotCommand(`${at} the clock`, () => clock.sleep(durationS * 1000, signal), signal);
  }

  async #setGripper(at: string, value: number | undefined, signal?: AbortSignal): Promise<void> {
    if (value === undefined) return;
    const close = value > 0.5;
    if (close === this.#gripperClosed) return;
    const { gripper } = this.#robot;
    await robotCommand(
      `${at} ${close ? 'closing' : 'opening'} the gripper`,
      () => (close ? gripper.close(signal) : gripper.open(signal)),
      signal,
    );
    this.#gripperClosed = close;
  }

  /** Stops the robot. The result is the given reason, unless the stop itself fails. */
  async #stop(reason: VLAError): Promise<VLAError> {
    // A stop may catch the fingers half-way, and whoever clears the fault may move them by hand.
    this.#gripperClosed = undefined;
    try {
      await this.#robot.stop();
      return reason;
    } catch (error) {
      return new VLAError('ROBOT_FAILED', `the robot could not be stopped after: ${reason.message}`, {
        hint: 'Treat the robot as moving: use its own emergency stop.',
        cause: new AggregateError([reason, error]),
      });
    }
  }
}
