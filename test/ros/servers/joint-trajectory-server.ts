import type { FollowJointTrajectoryGoal, FollowJointTrajectoryResult } from '../../../lib/ros/messages.js';
import type { Rcl, RclServerGoal } from '../../../lib/ros/rcl.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import { goalCurve, nanoseconds } from './goal-curve.js';

export interface JointTrajectoryServerOptions {
  /** Default `joint_trajectory_controller/follow_joint_trajectory`. */
  readonly action?: string;
  readonly jointNames: readonly string[];
  /** rad; default all 0. */
  readonly start?: readonly number[];
  /** Refuses a goal while it has one. Default false: a new goal takes the place of the running one. */
  readonly refusesReplacement?: boolean;
  /** Refuses every goal for which this is true. */
  readonly refuses?: (goal: FollowJointTrajectoryGoal) => boolean;
  /** Default true. */
  readonly sendsFeedback?: boolean;
  /** Does not end a goal that is cancelled, nor answer the request. */
  readonly deafToCancel?: boolean;
}

const FOLLOW = 'control_msgs/action/FollowJointTrajectory';
const FEEDBACK_MS = 50;
const INVALID_GOAL = -1;

/**
 * A FollowJointTrajectory server as joint_trajectory_controller is one: refuses goals that end in the past or whose
 * times do not increase, runs quintics between the points, aborts what a new goal replaces, holds still on
 * cancellation, and sends feedback at 20 Hz. Its arm is always exactly on the curve.
 */
export class JointTrajectoryServer implements Disposable {
  /** All that it was asked for, refused ones included. */
  readonly asked: FollowJointTrajectoryGoal[] = [];
  /** Cancellations of goals that ran. */
  cancellations = 0;
  readonly #node: RosNode;
  readonly #options: JointTrajectoryServerOptions;
  readonly #server: { destroy(): void };
  #held: readonly number[];
  #running: RunningGoal | undefined;
  #disposed = false;

  constructor(rcl: Rcl, node: RosNode, options: JointTrajectoryServerOptions) {
    this.#node = node;
    this.#options = options;
    this.#held = options.start ?? options.jointNames.map(() => 0);
    this.#server = new rcl.ActionServer(
      node.raw,
      FOLLOW,
      options.action ?? 'joint_trajectory_controller/follow_joint_trajectory',
      (goal) => this.#execute(goal),
      (goal) => {
        const { ACCEPT, REJECT } = rcl.GoalResponse;
        // What rclnodejs gives has the shape of the type that the server was made for.
        return this.#accepts(goal as FollowJointTrajectoryGoal) ? ACCEPT : REJECT;
      },
      undefined,
      async () => {
        this.cancellations++;
        if (options.deafToCancel) await new Promise(() => {});
        return rcl.CancelResponse.ACCEPT;
      },
    );
  }

  /** Where the arm is now, rad. */
  get positions(): readonly number[] {
    return this.#running?.positionsAt(this.#node.now()) ?? this.#held;
  }

  get busy(): boolean {
    return this.#running !== undefined;
  }

  /** Aborts the goal that runs, as for a violated tolerance. */
  abort(errorCode: number, errorString: string): void {
    this.#end('abort', { error_code: errorCode, error_string: errorString });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // Its result must not be told any more: rclnodejs would answer for a server that is gone.
    clearInterval(this.#running?.timer);
    this.#server.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #accepts(goal: FollowJointTrajectoryGoal): boolean {
    this.asked.push(goal);
    const { refusesReplacement, refuses, jointNames } = this.#options;
    const times = goal.trajectory.points.map(({ time_from_start }) => nanoseconds(time_from_start));
    const endNs = nanoseconds(goal.trajectory.header.stamp) + (times.at(-1) ?? 0n);
    return (
      !(refusesReplacement && this.busy) &&
      !refuses?.(goal) &&
      goal.trajectory.joint_names.join() === jointNames.join() &&
      times.every((time, index) => index === 0 || time > (times[index - 1] ?? 0n)) &&
      endNs >= this.#node.now()
    );
  }

  #execute(handle: RclServerGoal): Promise<FollowJointTrajectoryResult> {
    this.#end('abort', {
      error_code: INVALID_GOAL,
      error_string: 'Current goal cancelled due to new incoming action.',
    });
    return new Promise((resolve) => {
      const goal = handle.request.toPlainObject() as FollowJointTrajectoryGoal;
      const running = new RunningGoal(handle, goal, resolve);
      this.#running = running;
      running.timer = setInterval(() => this.#tick(running), FEEDBACK_MS);
    });
  }

  #tick(running: RunningGoal): void {
    const now = this.#node.now();
    if (running.handle.isCancelRequested) {
      this.#end('canceled', { error_code: 0, error_string: '' });
    } else if (now >= running.endNs) {
      this.#end('succeed', { error_code: 0, error_string: '' });
    } else if (this.#options.sendsFeedback !== false) running.feedback(this.#options.jointNames, now);
  }

  #end(how: 'succeed' | 'abort' | 'canceled', result: FollowJointTrajectoryResult): void {
    const running = this.#running;
    if (running === undefined) return;
    this.#held = running.positionsAt(this.#node.now());
    this.#running = undefined;
    running.finish(how, result);
  }
}

class RunningGoal {
  timer: NodeJS.Timeout | undefined;
  readonly endNs: bigint;
  readonly #curve: ReturnType<typeof goalCurve>;

  constructor(
    readonly handle: RclServerGoal,
    goal: FollowJointTrajectoryGoal,
    readonly resolve: (result: FollowJointTrajectoryResult) => void,
  ) {
    this.#curve = goalCurve(goal);
    const lastS = this.#curve.points.at(-1)?.timeS ?? 0;
    this.endNs = this.#curve.startNs + BigInt(Math.round(lastS * 1e9));
  }

  positionsAt(nowNs: bigint): readonly number[] {
    const { points, startNs } = this.#curve;
    return sampleTrajectory(points, Number(nowNs - startNs) / 1e9).positions;
  }

  feedback(jointNames: readonly string[], nowNs: bigint): void {
    const point = {
      positions: [...this.positionsAt(nowNs)],
      velocities: [],
      accelerations: [],
      effort: [],
      time_from_start: { sec: 0, nanosec: 0 },
    };
    const header = { stamp: { sec: 0, nanosec: 0 }, frame_id: '' };
    this.handle.publishFeedback({
      header,
      joint_names: jointNames,
      desired: point,
      actual: point,
      error: point,
    });
  }

  finish(how: 'succeed' | 'abort' | 'canceled', result: FollowJointTrajectoryResult): void {
    clearInterval(this.timer);
    if (this.handle.isActive) this.handle[how]();
    this.resolve(result);
  }
}
