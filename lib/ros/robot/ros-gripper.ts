import { VLAError } from '../../errors.js';
import { abortedError } from '../../robot/abortable.js';
import type { Gripper } from '../../robot/robot.js';
import { Exclusive } from '../../safety/exclusive.js';
import type { RosNode } from '../ros-node.js';
import { GoalCancelService } from './goal-cancel-service.js';
import {
  findGripperAction,
  type GripperAction,
  type GripperEnd,
  type GripperGoal,
} from './gripper-action.js';
import { settlesWithin } from './in-time.js';
import { ServerLiveness } from './server-liveness.js';

export interface RosGripperOptions {
  /** Name of the action, GripperCommand or ParallelGripperCommand. */
  readonly action: string;
  /** Where the fingers are open and closed, in the gripper's unit (m or rad). */
  readonly openPosition: number;
  readonly closedPosition: number;
  /** N or Nm; 0, the default, leaves it to the controller. */
  readonly maxEffort?: number;
  /** The finger joint in the joint states: what is measured there counts more than what was once reported. */
  readonly jointName?: string;
  /** How far from closed the fingers hold something, same unit. Default: 5 % of the way from open to closed. */
  readonly gripThreshold?: number;
  /** For the fingers to come to rest, milliseconds. Default 5000. */
  readonly motionTimeoutMs?: number;
}

export interface RosGripperSurroundings {
  /** The server has died when it gave no sign of life for so long, milliseconds. */
  readonly serverTimeoutMs: number;
  /** For the action to appear in the graph, milliseconds. */
  readonly discoveryTimeoutMs: number;
  /** The newest measured position of a joint. */
  readonly measured: (jointName: string) => number | undefined;
}

type Command = 'open' | 'close';

/** A gripper behind a ROS 2 action. */
export class RosGripper implements Gripper, Disposable {
  readonly #node: RosNode;
  readonly #options: RosGripperOptions;
  readonly #surroundings: RosGripperSurroundings;
  readonly #threshold: number;
  readonly #cancelService: GoalCancelService;
  readonly #exclusive = new Exclusive();
  #action: GripperAction | undefined;
  /** The last command that was carried out, and where the fingers came to rest; undefined when nobody knows. */
  #rest: { readonly command: Command; readonly position: number; readonly gripping: boolean } | undefined;
  #running: GripperGoal | undefined;
  #fault: VLAError | undefined;
  #stopped = new AbortController();
  #disposed = false;

  constructor(node: RosNode, options: RosGripperOptions, surroundings: RosGripperSurroundings) {
    this.#node = node;
    this.#options = options;
    this.#surroundings = surroundings;
    this.#threshold = options.gripThreshold ?? 0.05 * Math.abs(options.closedPosition - options.openPosition);
    this.#cancelService = new GoalCancelService(node, options.action);
  }

  /** Fingers that may still move although nobody waits for them any more. */
  get fault(): VLAError | undefined {
    return this.#fault;
  }

  /**
   * Waits for the action.
   *
   * @throws VLAError ROS_TIMEOUT
   */
  async connect(): Promise<GripperAction> {
    const { discoveryTimeoutMs } = this.#surroundings;
    const { action, jointName } = this.#options;
    this.#action ??= await findGripperAction(this.#node, action, jointName, discoveryTimeoutMs);
    return this.#action;
  }

  /**
   * @throws VLAError ROS_TIMEOUT when the server is gone or the fingers do not come to rest, ROS_GOAL_REJECTED,
   *   ROBOT_FAILED when they do not open, ABORTED
   */
  open(signal?: AbortSignal): Promise<void> {
    return this.#exclusive.run(() => this.#command('open', signal));
  }

  /** @throws VLAError as {@link open}; fingers that are held up by an object are closed */
  close(signal?: AbortSignal): Promise<void> {
    return this.#exclusive.run(() => this.#command('close', signal));
  }

  async isGripping(): Promise<boolean> {
    if (!this.#rest?.gripping) return false;
    const measured = this.#measured();
    return measured === undefined || this.#fromClosed(measured) > this.#threshold;
  }

  /**
   * Cancels all goals of the server. Does nothing when there is none.
   *
   * @throws VLAError ROS_TIMEOUT or ROBOT_FAILED: then the fingers may still move
   */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#stopped = new AbortController();
    const { serverTimeoutMs } = this.#surroundings;
    const ours = this.#running !== undefined || this.#fault !== undefined;
    if (ours || this.#cancelService.available) await this.#cancelService.cancelAll(serverTimeoutMs);
    const commands = this.#exclusive.run(async () => {});
    if (!(await settlesWithin(commands, 3 * serverTimeoutMs))) throw this.#silent(3 * serverTimeoutMs);
    this.#fault = undefined;
  }

  dispose(): void {
    this.#disposed = true;
    this.#stopped.abort();
    this.#action?.dispose();
    this.#cancelService.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #command(command: Command, signal?: AbortSignal): Promise<void> {
    if (this.#disposed) throw new VLAError('DISPOSED', 'the gripper was disposed of');
    if (this.#fault) throw this.#fault;
    const canceled = AbortSignal.any([this.#stopped.signal, ...(signal ? [signal] : [])]);
    if (canceled.aborted) throw abortedError(canceled);
    const action = await this.connect();
    if (canceled.aborted) throw abortedError(canceled);
    if (this.#isDone(command)) return;
    this.#rest = undefined;
    const end = await this.#carryOut(action, this.#target(command), canceled);
    const position = Number.isFinite(end.position) ? end.position : (this.#measured() ?? Number.NaN);
    this.#checkEnd(command, end, position);
    this.#rest = { command, position, gripping: command === 'close' && this.#holds(end, position) };
  }

  /** Sends the command and waits for its end; on a signal or when it takes too long it is cancelled first. */
  async #carryOut(action: GripperAction, position: number, canceled: AbortSignal): Promise<GripperEnd> {
    const { maxEffort = 0, motionTimeoutMs = 5000 } = this.#options;
    const { serverTimeoutMs: timeoutMs } = this.#surroundings;
    const goal = await action.send(position, maxEffort, { timeoutMs });
    let liveness: ServerLiveness | undefined;
    this.#running = goal;
    let timer: NodeJS.Timeout | undefined;
    let abort = () => {};
    try {
      const first = await new Promise<GripperEnd | VLAError>((resolve) => {
        abort = () => resolve(abortedError(canceled));
        canceled.addEventListener('abort', abort, { once: true });
        if (canceled.aborted) abort();
        timer = setTimeout(() => resolve(this.#tooLong(motionTimeoutMs)), motionTimeoutMs);
        liveness = new ServerLiveness(this.#cancelService, timeoutMs, () => {
          // There is nobody left to cancel with.
          this.#fault = this.#silent(timeoutMs);
          resolve(this.#fault);
        });
        void goal.ended.then(resolve);
      });
      if (!(first instanceof VLAError)) return first;
      if (first !== this.#fault) await this.#cancel(goal, first);
      throw first;
    } finally {
      liveness?.dispose();
      clearTimeout(timer);
      canceled.removeEventListener('abort', abort);
      this.#running = undefined;
    }
  }

  async #cancel(goal: GripperGoal, why: VLAError): Promise<void> {
    const { serverTimeoutMs } = this.#surroundings;
    try {
      await goal.cancel(serverTimeoutMs);
      if (!(await settlesWithin(goal.ended, serverTimeoutMs))) throw this.#silent(serverTimeoutMs);
    } catch (cause) {
      // Whoever gave the signal may not wait for this: the fingers may still move, and somebody has to hear of it.
      if (!this.#disposed)
        this.#fault = new VLAError('ROBOT_FAILED', `the gripper could not be stopped after: ${why.message}`, {
          cause,
        });
    }
  }

  #target(command: Command): number {
    return command === 'open' ? this.#options.openPosition : this.#options.closedPosition;
  }

  #isDone(command: Command): boolean {
    const measured = this.#measured();
    const rest = this.#rest;
    if (rest !== undefined)
      return (
        rest.command === command &&
        (measured === undefined || Math.abs(measured - rest.position) <= this.#threshold)
      );
    return measured !== undefined && Math.abs(measured - this.#target(command)) <= this.#threshold;
  }

  /** Grippers differ: some stop short of their goal, some call wherever the fingers stopped their goal. */
  #holds({ stalled, reachedGoal }: GripperEnd, position: number): boolean {
    return reachedGoal ? this.#fromClosed(position) > this.#threshold : stalled;
  }

  #checkEnd(command: Command, { end, stalled, reachedGoal }: GripperEnd, position: number): void {
    const arrived = Math.abs(position - this.#target(command)) <= this.#threshold;
    const blocked = stalled && !reachedGoal;
    // A controller may abort a goal that ends on an object.
    if (command === 'close' ? stalled : arrived) return;
    if (end === 'succeeded' && !blocked) return;
    const how = blocked ? 'the fingers were blocked' : `the command was ${end}`;
    throw new VLAError('ROBOT_FAILED', `the gripper did not ${command}: ${how} at ${position}`, {
      hint:
        end === 'canceled'
          ? 'Another node sends commands to this gripper.'
          : 'See that nothing is in its way; the log of its controller says more.',
    });
  }

  #measured(): number | undefined {
    const { jointName } = this.#options;
    return jointName === undefined ? undefined : this.#surroundings.measured(jointName);
  }

  #fromClosed(position: number): number {
    return Math.abs(position - this.#options.closedPosition);
  }

  #silent(ms: number): VLAError {
    return new VLAError('ROS_TIMEOUT', `${this.#options.action} gave no sign of life for ${ms} ms`, {
      hint: 'The node of the gripper has died or hangs.',
    });
  }

  #tooLong(ms: number): VLAError {
    return new VLAError('ROS_TIMEOUT', `${this.#options.action} did not come to rest within ${ms} ms`, {
      hint: 'Allow it more time, or see what holds it up.',
    });
  }
}
