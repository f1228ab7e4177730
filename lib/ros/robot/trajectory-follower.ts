import { VLAError } from '../../errors.js';
import { Exclusive } from '../../safety/exclusive.js';
import type { JointTrajectory } from '../../trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../trajectory/sample-trajectory.js';
import type { ActionGoal } from '../action-goal.js';
import type { ActionClientHandle, RosNode } from '../ros-node.js';
import { GoalCancelService } from './goal-cancel-service.js';
import { settlesWithin } from './in-time.js';
import type { RosTime } from './ros-time.js';
import { ServerLiveness } from './server-liveness.js';
import { trajectoryFault } from './trajectory-fault.js';
import { DEFAULT_TOLERANCES, type GoalTolerances, trajectoryGoal } from './trajectory-goal.js';

const TYPE = 'control_msgs/action/FollowJointTrajectory';
/** Longer than any curve is retraced. */
const REMEMBERED_MS = 1000;

export interface TrajectoryFollowerOptions extends GoalTolerances {
  readonly action: string;
  readonly jointNames: readonly string[];
  /** The server has died when it gave no sign of life for so long, milliseconds. */
  readonly serverTimeoutMs: number;
  /** The newest measured joint angles, rad. */
  readonly measured: () => Promise<readonly number[]>;
}

/** The goal that the controller carries out for us. */
interface Running {
  readonly goal: ActionGoal<typeof TYPE>;
  readonly liveness: ServerLiveness;
  /** We have asked for its end. */
  canceled: boolean;
}

/**
 * Has a FollowJointTrajectory server carry out trajectories, each in place of the one before. What goes wrong after
 * a goal was accepted is kept as {@link fault} until a {@link stop} has worked.
 */
export class TrajectoryFollower implements Disposable {
  readonly #node: RosNode;
  readonly #time: RosTime;
  readonly #options: TrajectoryFollowerOptions;
  readonly #client: ActionClientHandle<typeof TYPE>;
  readonly #cancelService: GoalCancelService;
  readonly #exclusive = new Exclusive();
  /** By start times. */
  #accepted: readonly JointTrajectory[] = [];
  #running: Running | undefined;
  #fault: VLAError | undefined;
  /** A goal of ours may still run on a server that does not answer. */
  #lost = false;
  #sending = 0;
  #stops = 0;

  constructor(node: RosNode, time: RosTime, options: TrajectoryFollowerOptions) {
    this.#node = node;
    this.#time = time;
    this.#options = options;
    this.#client = node.actionClient(TYPE, options.action);
    this.#cancelService = new GoalCancelService(node, options.action);
  }

  /** Whether a server of the action is there, as far as ROS knows. */
  get available(): boolean {
    return this.#client.available() && this.#cancelService.available;
  }

  get fault(): VLAError | undefined {
    return this.#fault;
  }

  /**
   * Resolves once the server has accepted.
   *
   * @throws VLAError the fault that is kept; INVALID_ARGUMENT, ROS_TIMEOUT, ROS_GOAL_REJECTED; ROBOT_FAILED when it was
   *   overtaken by a stop
   */
  async follow(trajectory: JointTrajectory): Promise<void> {
    this.#check(trajectory);
    const stops = this.#stops;
    this.#sending++;
    try {
      await this.#exclusive.run(() => this.#follow(trajectory, stops));
    } finally {
      this.#sending--;
    }
  }

  /**
   * Cancels all goals of the server, those of others included. Resolves once the server has answered and our goal has
   * ended, and at once when there is no server and never was one; takes at most three times `serverTimeoutMs`.
   *
   * @throws VLAError ROS_TIMEOUT or ROBOT_FAILED: then the arm may still move
   */
  async stop(): Promise<void> {
    this.#stops++;
    this.#accepted = [];
    if (this.#running) this.#running.canceled = true;
    const ours = this.#running !== undefined || this.#lost || this.#sending > 0;
    if (ours || this.#cancelService.available) await this.#cancelAll();
    // What was on its way meanwhile may have been accepted after that, and is cancelled by whoever sent it.
    if (this.#sending > 0) await this.#exclusive.run(async () => {});
    await this.#ending();
    this.#lost = false;
    this.#fault = undefined;
  }

  /** Gives everything back. What runs goes on to its end, at rest. Idempotent. */
  dispose(): void {
    this.#running?.liveness.dispose();
    this.#running = undefined;
    this.#client.dispose();
    this.#cancelService.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  async #follow(trajectory: JointTrajectory, stops: number): Promise<void> {
    if (this.#fault) throw this.#fault;
    this.#checkNotStopped(stops);
    await this.#send(trajectory).catch((error: unknown) => this.#makeWay(error, trajectory, stops));
    if (stops !== this.#stops) await this.#cancelRunning();
    this.#checkNotStopped(stops);
    const nowMs = this.#time.clock.now();
    this.#accepted = [
      ...this.#accepted.filter(({ startMs }) => startMs < trajectory.startMs),
      trajectory,
    ].filter((_, index, all) => (all[index + 1]?.startMs ?? nowMs) > nowMs - REMEMBERED_MS);
  }

  async #send(trajectory: JointTrajectory): Promise<void> {
    const { jointNames, serverTimeoutMs } = this.#options;
    const goal = await this.#client.send(
      trajectoryGoal(
        jointNames,
        this.#accepted,
        trajectory,
        this.#time.clock.now(),
        (ms) => this.#time.toStamp(ms),
        this.#options,
      ),
      { timeoutMs: serverTimeoutMs },
    );
    this.#running?.liveness.dispose();
    const liveness = new ServerLiveness(this.#cancelService, serverTimeoutMs, () => this.#die());
    const running: Running = { goal, liveness, canceled: false };
    this.#running = running;
    void this.#watch(running);
  }

  /** Some servers refuse a goal while they have one: then that one is cancelled, and the arm joins the new one. */
  async #makeWay(error: unknown, trajectory: JointTrajectory, stops: number): Promise<void> {
    const running = this.#running;
    const refused = error instanceof VLAError && error.code === 'ROS_GOAL_REJECTED';
    if (!refused || running === undefined) throw error;
    running.canceled = true;
    await running.goal.cancel(this.#options.serverTimeoutMs);
    await this.#ending();
    this.#accepted = [];
    this.#checkNotStopped(stops);
    await this.#checkJoins(trajectory, error);
    this.#checkNotStopped(stops);
    await this.#send(trajectory);
  }

  async #checkJoins({ startMs, points }: JointTrajectory, cause: VLAError): Promise<void> {
    const { measured, pathTolerance = DEFAULT_TOLERANCES.pathTolerance, jointNames, action } = this.#options;
    const at = await measured();
    const { positions } = sampleTrajectory(points, (this.#time.clock.now() - startMs) / 1000);
    positions.forEach((wanted, joint) => {
      const is = at[joint] ?? Number.NaN;
      if (Math.abs(is - wanted) <= pathTolerance) return;
      throw new VLAError(
        'ROS_GOAL_REJECTED',
        `${action} refused to replace a motion, and after its cancellation ${jointNames[joint]} is at ${is.toFixed(3)} rad where the new one is at ${wanted.toFixed(3)} rad`,
        { hint: 'Use a controller that replaces goals, as joint_trajectory_controller does.', cause },
      );
    });
  }

  async #watch(running: Running): Promise<void> {
    const { end, result } = await running.goal.ended;
    running.liveness.dispose();
    // A goal ends for its successor before we hear of the successor's acceptance.
    if (end !== 'succeeded' && this.#sending > 0 && !running.canceled)
      await this.#exclusive.run(async () => {});
    if (this.#running !== running) return;
    this.#running = undefined;
    if (end === 'succeeded' || running.canceled) return;
    this.#fail(trajectoryFault(this.#client.name, end, result));
  }

  #die(): void {
    this.#running = undefined;
    this.#lost = true;
    const { serverTimeoutMs } = this.#options;
    this.#fail(
      new VLAError('ROS_TIMEOUT', `${this.#client.name} gave no sign of life for ${serverTimeoutMs} ms`, {
        hint: 'Its node has died or hangs. See that the robot is at rest, then start the controller again.',
      }),
    );
  }

  #fail(fault: VLAError): void {
    this.#accepted = [];
    this.#fault ??= fault;
    this.#node.log.error(fault.message);
  }

  async #cancelRunning(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    running.canceled = true;
    // Whether that works the stop finds out, which waits for this.
    await running.goal.cancel(this.#options.serverTimeoutMs).catch(() => {});
  }

  #cancelAll(): Promise<void> {
    if (this.#running) this.#running.canceled = true;
    return this.#cancelService.cancelAll(this.#options.serverTimeoutMs);
  }

  /** Until the goal that runs has ended. */
  async #ending(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    const { serverTimeoutMs } = this.#options;
    if (!(await settlesWithin(running.goal.ended, serverTimeoutMs)))
      throw new VLAError(
        'ROS_TIMEOUT',
        `${this.#client.name} did not end a motion within ${serverTimeoutMs} ms of its cancellation`,
        { hint: 'Treat the robot as moving: use its own emergency stop.' },
      );
    if (this.#running === running) this.#running = undefined;
  }

  #checkNotStopped(stops: number): void {
    if (stops !== this.#stops)
      throw new VLAError('ROBOT_FAILED', 'the robot was told to stop before it had taken over the motion');
  }

  #check({ startMs, points }: JointTrajectory): void {
    const joints = this.#options.jointNames.length;
    const fits = points.every(
      ({ positions, velocities, accelerations }) =>
        positions.length === joints && velocities.length === joints && accelerations.length === joints,
    );
    if (!Number.isFinite(startMs) || points.length === 0 || !fits)
      throw new VLAError(
        'INVALID_ARGUMENT',
        `a trajectory needs a finite startMs and points of ${joints} joints, got ${startMs} and points of ${points.map(({ positions }) => positions.length).join(', ') || 'no'} joints`,
      );
  }
}
