import type { ActionChunk } from '../../action/action-chunk.js';
import type { ChunkSpan, SchedulerOutcome } from '../../action/scheduler-outcome.js';
import { VLAError } from '../../errors.js';
import { asVLAError } from '../../robot/faults.js';
import type { LifecycleState } from '../messages.js';
import { LATCHED, RELIABLE } from '../qos.js';
import type { Rcl } from '../rcl.js';
import type { RosTime } from '../robot/ros-time.js';
import { type CdrPublisher, RosNode, type TopicPublisher } from '../ros-node.js';
import { actionsCdr, chunkTrajectoryCdr } from './chunk-messages.js';
import { comeToRest } from './come-to-rest.js';
import { ManagedNode } from './managed-node.js';
import { NodeHealth } from './node-health.js';
import { diagnostics, type NodeFacts, statusMessage } from './node-report.js';
import { openPolicyStack, type PolicyStack } from './policy-stack.js';
import { NO_TASK, type Task } from './task.js';
import { declareVLAParameters, type ParameterValues, type VLAParameterSet } from './vla-parameter-set.js';

export interface VLANodeOptions {
  /** rclnodejs, from `loadRclnodejs()`. */
  readonly rcl: Rcl;
  /** Path of rclnodejs, for the watchdog's process; from `findRclnodejs()`. Without it the watchdog must be off. */
  readonly rclnodejs?: string;
  /** Default `vla_node`; `--ros-args -r __node:=…` has the last word. */
  readonly name?: string;
  readonly namespace?: string;
  /** Command line with `--ros-args …` in it. */
  readonly args?: readonly string[];
  /** Parameters of the node; those of `args` have the last word. */
  readonly parameters?: ParameterValues;
  /** Default: the environment's ROS_DOMAIN_ID. */
  readonly domainId?: number;
}

/** How often `/diagnostics` is published, milliseconds. */
const DIAGNOSTICS_MS = 1000;
/** For a motion to come to rest: longer than the scheduler allows for its brake and then for a stop (8 s each), milliseconds. */
const REST_MS = 20_000;
/** The log tells of one inference per this time. */
const LOG_EVERY_MS = 1000;

/**
 * The ROS 2 node: a managed node that follows the instructions on `vla/instruction` with a policy while it is active.
 * Its parts are those of the library; what it adds is the way in and out. docs/ros.md has its topics, services,
 * parameters and what it does when something fails.
 */
export class VLANode implements AsyncDisposable {
  readonly node: RosNode;
  readonly parameters: VLAParameterSet;
  readonly #managed: ManagedNode;
  readonly #rclnodejs: string | undefined;
  readonly #actions: CdrPublisher;
  readonly #trajectory: CdrPublisher;
  readonly #status: TopicPublisher<'diagnostic_msgs/msg/DiagnosticStatus'>;
  readonly #diagnostics: TopicPublisher<'diagnostic_msgs/msg/DiagnosticArray'>;
  readonly #heartbeat: NodeJS.Timeout;
  #health = new NodeHealth();
  #stack: PolicyStack | undefined;
  /** Why nothing may move, of an executor that is gone: it stays until a reset, whatever is configured anew. */
  #standing: VLAError | undefined;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #disposal: Promise<void> | undefined;

  /**
   * Joins the graph, unconfigured; with the parameter `autostart` it is configured and activated next.
   *
   * @throws VLAError INVALID_ARGUMENT for a name, an argument or a parameter that is wrong
   */
  static async create(options: VLANodeOptions): Promise<VLANode> {
    const { rcl, rclnodejs, name = 'vla_node', namespace, args, parameters = {}, domainId } = options;
    const node = await RosNode.create(rcl, {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(args !== undefined && { args }),
      ...(domainId !== undefined && { domainId }),
    });
    try {
      return new VLANode(node, parameters, rclnodejs);
    } catch (error) {
      node.dispose();
      throw error;
    }
  }

  private constructor(node: RosNode, parameters: ParameterValues, rclnodejs: string | undefined) {
    this.node = node;
    this.#rclnodejs = rclnodejs;
    this.parameters = declareVLAParameters(node, parameters, () => this.state.label !== 'unconfigured');
    node.onError = (error) => {
      this.#health.callbackFailed(error);
      node.log.error(text(error));
    };
    this.#actions = node.advertiseCdr('std_msgs/msg/Float32MultiArray', 'vla/actions', RELIABLE);
    this.#trajectory = node.advertiseCdr('trajectory_msgs/msg/JointTrajectory', 'vla/trajectory', RELIABLE);
    this.#status = node.advertise('diagnostic_msgs/msg/DiagnosticStatus', '~/status', LATCHED);
    this.#diagnostics = node.advertise('diagnostic_msgs/msg/DiagnosticArray', '/diagnostics', RELIABLE);
    node.subscribe('std_msgs/msg/String', 'vla/instruction', RELIABLE, ({ data }) => this.#instructed(data));
    node.serve('std_srvs/srv/Trigger', '~/reset', async () => this.#answerReset());
    this.#managed = new ManagedNode(node, {
      configure: () => this.#configure(),
      activate: () => this.#activate(),
      deactivate: () => this.#deactivate(),
      cleanup: () => this.#close(),
      shutdown: () => this.#close(),
      error: (error) => this.#fail(error),
      entered: () => this.#tell(),
    });
    this.#heartbeat = setInterval(() => this.#beat(), DIAGNOSTICS_MS);
    this.#tell();
  }

  get state(): LifecycleState {
    return this.#managed.state;
  }

  get task(): Task {
    const task = this.#stack?.follower.task ?? NO_TASK;
    // After a reset it is one that was ended.
    return task.state === 'latched' && this.latched === undefined ? { ...task, state: 'ended' } : task;
  }

  /** Why nothing may move until a reset; undefined while it may. */
  get latched(): VLAError | undefined {
    return this.#stack?.motion?.executor.latched ?? this.#standing;
  }

  /** What happened since the node was configured. */
  get health(): NodeHealth {
    return this.#health;
  }

  /** Transitions of the managed node: false when one is not possible now or failed, which the log then tells. */
  configure(): Promise<boolean> {
    return this.#managed.configure();
  }

  activate(): Promise<boolean> {
    return this.#managed.activate();
  }

  deactivate(): Promise<boolean> {
    return this.#managed.deactivate();
  }

  cleanup(): Promise<boolean> {
    return this.#managed.cleanup();
  }

  shutdown(): Promise<boolean> {
    return this.#managed.shutdown();
  }

  /**
   * Lets the robot move again after a stop, for the next instruction: the one that was stopped is over.
   *
   * @throws VLAError SAFETY_LATCHED while the cause stands, ROBOT_FAILED when the robot does not confirm a stop
   */
  async reset(): Promise<void> {
    const motion = this.#stack?.motion;
    const standing = this.#standing;
    // The robot's own stop, below, would end in a jerk what brakes along its path.
    if (motion?.executor.latched && this.task.state === 'running')
      throw new VLAError('SAFETY_LATCHED', 'the robot is still braking', {
        hint: 'Call ~/reset again once it is at rest.',
      });
    // Somebody asks for it, so the watchdog's trip is forgiven as well; it trips again if it must.
    if (motion?.watchdog?.tripped !== undefined) await motion.watchdog.reset();
    // A robot that was away when it was stopped has not confirmed it, and counts as failed until it has.
    if (motion?.executor.latched) await motion.robot.stop();
    await motion?.executor.reset();
    // One that came meanwhile has not been looked at by anybody.
    if (this.#standing === standing) this.#standing = undefined;
    this.#tell();
  }

  /** Brakes, gives back everything and leaves the graph. Idempotent. */
  dispose(): Promise<void> {
    this.#disposal ??= this.#leave();
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  async #leave(): Promise<void> {
    clearInterval(this.#heartbeat);
    try {
      const ended = this.state.label === 'finalized' || (await this.#managed.shutdown());
      await this.#close();
      if (!ended && this.#standing !== undefined) throw this.#standing;
    } finally {
      this.#managed.dispose();
      this.node.dispose();
    }
  }

  async #configure(): Promise<void> {
    this.#health = new NodeHealth();
    this.#stack = await openPolicyStack(
      this.node,
      this.parameters,
      {
        onChunk: (chunk, time, jointNames) => this.#publish(chunk, time, jointNames),
        onSpan: (span) => this.#judged(span),
        onInferenceError: (error) => this.#inferenceFailed(error),
        onTask: (task) => this.#taskChanged(task),
        onRetry: ({ end, reason }) =>
          this.node.log.warn(`trying again after "${end}"${reason ? `: ${reason.message}` : ''}`),
        onRun: (instruction, outcome) => this.#ran(instruction, outcome),
      },
      this.#rclnodejs,
    );
    const { engine } = this.#stack;
    this.node.log.info(`${engine.policy.name} (${engine.policy.path}) on ${engine.backend}`);
  }

  async #activate(): Promise<void> {
    const { latched } = this;
    if (latched !== undefined)
      throw new VLAError('SAFETY_LATCHED', `the node stopped and is latched: ${latched.message}`, {
        hint: 'See that the robot is safe, then call ~/reset (std_srvs/srv/Trigger) and activate again.',
      });
    const instruction = this.parameters.get('instruction');
    // After this transition has ended: while it runs the node is not active yet.
    if (instruction !== '') setImmediate(() => this.#instructed(instruction));
  }

  async #deactivate(): Promise<void> {
    if (this.#stack !== undefined) await comeToRest(this.#stack.follower, this.#stack.motion?.robot, REST_MS);
  }

  async #close(): Promise<void> {
    const stack = this.#stack;
    if (stack === undefined) return;
    try {
      await comeToRest(stack.follower, stack.motion?.robot, REST_MS);
    } finally {
      this.#standing = this.latched;
      this.#stack = undefined;
      await stack[Symbol.asyncDispose]();
    }
  }

  async #fail(error: VLAError): Promise<void> {
    this.#standing = error;
    this.node.log.error(text(error));
    try {
      await this.#stack?.motion?.executor.stop(error.message);
    } finally {
      await this.#close();
    }
  }

  #instructed(instruction: string): void {
    const { log } = this.node;
    if (this.#stack === undefined || this.state.label !== 'active') {
      log.warn(`the instruction "${instruction}" is dropped: the node is ${this.state.label}, not active`);
      return;
    }
    const { latched } = this;
    if (latched !== undefined) {
      log.error(`the instruction "${instruction}" is dropped: ${latched.message}; call ~/reset`);
      return;
    }
    this.#stack.follower.follow(instruction);
  }

  async #answerReset(): Promise<{ success: boolean; message: string }> {
    if (this.state.label === 'finalized')
      return { success: false, message: 'the node is finalized: start it anew' };
    const wasLatched = this.latched;
    try {
      await this.reset();
    } catch (error) {
      const { message } = asVLAError('the reset', error);
      this.node.log.warn(message);
      return { success: false, message };
    }
    return {
      success: true,
      message: wasLatched ? `no longer latched after: ${wasLatched.message}` : 'was not latched',
    };
  }

  #publish(chunk: ActionChunk, time: RosTime, jointNames: readonly string[]): void {
    this.#health.inferred(chunk);
    this.#actions.publish(actionsCdr(chunk));
    this.#trajectory.publish(chunkTrajectoryCdr(chunk, time.toStamp(chunk.capturedAt), jointNames));
    const now = performance.now();
    if (now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now;
    const inferMs = chunk.timing?.inferMs.toFixed(1) ?? '?';
    this.node.log.info(`Inference time: ${inferMs}ms, Actions: (${chunk.shape.join(', ')})`);
  }

  #judged(span: ChunkSpan): void {
    this.#health.judged(span);
    // What a guard changed comes as the executor's own warning, and a stop as the end of its task.
    if (span.outcome !== 'reject') return;
    const reason = span.reasons.find(({ outcome }) => outcome === 'reject');
    this.node.log.warn(`chunk ${span.sequence} was refused: ${reason?.message ?? 'no reason given'}`);
  }

  #inferenceFailed(error: VLAError): void {
    this.#health.inferenceFailed(error);
    this.node.log.error(`Inference error: ${text(error)}`);
  }

  #taskChanged({ state, instruction, reason }: Task): void {
    const { log } = this.node;
    const line = `${TASK_LOG[state]}: ${instruction}${reason ? ` (${text(reason)})` : ''}`;
    if (state === 'failed' || state === 'latched') log.error(line);
    else log.info(line);
    this.#tell();
  }

  #ran(instruction: string, outcome: SchedulerOutcome): void {
    this.#health.ended(instruction, outcome);
  }

  get #facts(): NodeFacts {
    return {
      name: this.node.fullName,
      state: this.state,
      task: this.task,
      latched: this.latched,
      health: this.#health,
      stack: this.#stack,
    };
  }

  /** Tells what has changed. Never throws: what it tells of must go on even when ROS was shut down around it. */
  #tell(): void {
    try {
      this.#status.publish(statusMessage(this.#facts));
    } catch (error) {
      this.node.log.error(text(asVLAError('the status', error)));
    }
  }

  #beat(): void {
    try {
      const nanoseconds = this.node.now();
      const stamp = { sec: Number(nanoseconds / SECOND), nanosec: Number(nanoseconds % SECOND) };
      this.#diagnostics.publish({ header: { stamp, frame_id: '' }, status: diagnostics(this.#facts) });
      // Latencies and the latch, which may change without a task.
      this.#tell();
    } catch (error) {
      this.node.log.error(text(asVLAError('the diagnostics', error)));
    }
  }
}

const SECOND = 1_000_000_000n;

const TASK_LOG: Readonly<Record<Task['state'], string>> = {
  idle: 'No instruction',
  running: 'Executing',
  succeeded: 'Task completed successfully',
  ended: 'Ended',
  failed: 'Given up',
  latched: 'Stopped and latched',
};

function text({ message, hint }: VLAError): string {
  return hint === undefined ? message : `${message}. ${hint}`;
}
