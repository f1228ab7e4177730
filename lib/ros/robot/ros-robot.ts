import { VLAError } from '../../errors.js';
import type { Clock, Gripper, JointState, Robot } from '../../robot/robot.js';
import type { JointTrajectory } from '../../trajectory/joint-trajectory.js';
import type { RosNode } from '../ros-node.js';
import { JointStateStore } from './joint-state-store.js';
import { NO_GRIPPER } from './no-gripper.js';
import { RosCamera } from './ros-camera.js';
import { RosGripper } from './ros-gripper.js';
import { type RosRobotOptions, type RosRobotSettings, rosRobotSettings } from './ros-robot-options.js';
import { RosTime } from './ros-time.js';
import { TrajectoryFollower } from './trajectory-follower.js';
import { warmUpGoals } from './warm-up.js';

const FOLLOW = 'control_msgs/action/FollowJointTrajectory';
const POLL_MS = 50;

/**
 * A robot behind ROS 2: a camera topic, joint states, a FollowJointTrajectory action and a gripper action. What goes
 * wrong after a command was accepted is thrown by {@link jointState}, which every executor reads at each tick, until
 * a {@link stop} has worked.
 */
export class RosRobot implements Robot, AsyncDisposable {
  readonly jointNames: readonly string[];
  readonly clock: Clock;
  readonly time: RosTime;
  readonly camera: RosCamera;
  readonly joints: JointStateStore;
  readonly gripper: Gripper;
  readonly #follower: TrajectoryFollower;
  readonly #gripper: RosGripper | undefined;

  private constructor(node: RosNode, settings: RosRobotSettings) {
    const { jointNames, imageTopic, compressed, max16bit, jointStateTopic, gripper } = settings;
    const { serverTimeoutMs, connectTimeoutMs, trajectoryAction, useSimTime } = settings;
    this.jointNames = [...jointNames];
    this.time = new RosTime(node, { useSimTime });
    this.clock = this.time.clock;
    this.camera = new RosCamera(node, this.time, { topic: imageTopic, compressed, max16bit });
    this.joints = new JointStateStore(node, this.time, { topic: jointStateTopic, jointNames });
    this.#follower = new TrajectoryFollower(node, this.time, {
      ...settings,
      action: trajectoryAction,
      measured: async () => (await this.joints.read()).positions,
    });
    if (gripper !== false && gripper.action !== '')
      this.#gripper = new RosGripper(node, gripper, {
        serverTimeoutMs,
        discoveryTimeoutMs: connectTimeoutMs,
        measured: (jointName) => this.joints.position(jointName),
      });
    this.gripper = this.#gripper ?? NO_GRIPPER;
  }

  /**
   * Resolves once the joints are seen and the action servers are there; the camera may come later. The node stays the
   * caller's.
   *
   * @throws VLAError INVALID_ARGUMENT, or ROS_TIMEOUT that names what is missing
   */
  static async connect(node: RosNode, options: RosRobotOptions): Promise<RosRobot> {
    const settings = rosRobotSettings(options);
    const robot = new RosRobot(node, settings);
    try {
      await robot.#connect(node, settings);
      return robot;
    } catch (error) {
      await robot[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * The newest measured state of the joints.
   *
   * @throws VLAError ROBOT_FAILED while a fault is kept, with that as its cause; ROS_TIMEOUT
   */
  async jointState(): Promise<JointState> {
    const fault = this.#follower.fault ?? this.#gripper?.fault;
    if (fault) {
      const hint = fault.hint === undefined ? {} : { hint: fault.hint };
      throw new VLAError('ROBOT_FAILED', fault.message, { ...hint, cause: fault });
    }
    return this.joints.read();
  }

  /** @throws VLAError INVALID_ARGUMENT, ROS_TIMEOUT, ROS_GOAL_REJECTED, or the fault that is kept */
  follow(trajectory: JointTrajectory): Promise<void> {
    return this.#follower.follow(trajectory);
  }

  /**
   * Cancels all goals of arm and gripper. Forgets faults when that worked.
   *
   * @throws VLAError ROBOT_FAILED when a server does not confirm it: then the robot may still move
   */
  async stop(): Promise<void> {
    const stops = await Promise.allSettled([this.#follower.stop(), this.#gripper?.stop()]);
    const errors: unknown[] = stops.flatMap((stop) => (stop.status === 'rejected' ? [stop.reason] : []));
    if (errors.length === 0) return;
    throw new VLAError('ROBOT_FAILED', `the robot did not confirm its stop: ${errors.map(text).join('; ')}`, {
      hint: 'Treat the robot as moving: use its own emergency stop.',
      cause: errors.length === 1 ? errors[0] : new AggregateError(errors),
    });
  }

  /** Gives back all that it has in the node. A motion that runs goes on to its end, at rest: stop it before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#follower.dispose();
    this.#gripper?.dispose();
    this.camera.dispose();
    this.joints.dispose();
  }

  async #connect(node: RosNode, settings: RosRobotSettings): Promise<void> {
    const until = performance.now() + settings.connectTimeoutMs;
    const found = await Promise.allSettled([
      this.#jointsSeen(until),
      this.#serverFound(node, settings, until),
      this.#gripper?.connect(),
    ]);
    await warmUpGoals(node, this.jointNames);
    const missing: unknown[] = found.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    if (missing.length > 1)
      throw new VLAError('ROS_TIMEOUT', missing.map(text).join('\n'), {
        hint: 'Is the driver of the robot running, with the same ROS_DOMAIN_ID? See `jetson-vla ros doctor`.',
        cause: new AggregateError(missing),
      });
    if (missing.length > 0) throw missing[0];
  }

  async #jointsSeen(until: number): Promise<void> {
    for (;;) {
      try {
        await this.joints.read();
        return;
      } catch (error) {
        const silent = error instanceof VLAError && error.code === 'ROS_TIMEOUT';
        if (!silent || performance.now() >= until) throw error;
      }
    }
  }

  async #serverFound(
    node: RosNode,
    { trajectoryAction, connectTimeoutMs }: RosRobotSettings,
    until: number,
  ): Promise<void> {
    while (!this.#follower.available) {
      if (performance.now() >= until) throw serverMissing(node, trajectoryAction, connectTimeoutMs);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function serverMissing(node: RosNode, action: string, timeoutMs: number): VLAError {
  const others = node.actions().filter(({ types }) => types.includes(FOLLOW));
  const found = others.map(({ name }) => name).join(', ') || 'none';
  return new VLAError(
    'ROS_TIMEOUT',
    `no server of the action ${node.resolveTopic(action)} was there within ${timeoutMs} ms; actions of type ${FOLLOW}: ${found}`,
    { hint: 'Is the controller active? See `ros2 control list_controllers` and `jetson-vla ros doctor`.' },
  );
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
