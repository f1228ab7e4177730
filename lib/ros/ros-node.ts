import { VLAError } from '../errors.js';
import { sendActionGoal } from './action-goal.js';
import { type Lease, lease } from './lease.js';
import { ownBuffers } from './message-arrays.js';
import type { ActionType, Services, ServiceType, Topics, TopicType } from './messages.js';
import { parametersFor, type SplitArguments, splitParameterArguments } from './parameter-arguments.js';
import { LATCHED, type QosSettings, qosProfile } from './qos.js';
import type {
  Rcl,
  RclContext,
  RclLogger,
  RclNameAndTypes,
  RclNode,
  RclParameter,
  RclResponse,
} from './rcl.js';
import type {
  ActionClientHandle,
  CdrPublisher,
  RosEntity,
  ServiceClient,
  TopicPublisher,
} from './ros-entities.js';

export type { ActionClientHandle, CdrPublisher, RosEntity, ServiceClient, TopicPublisher };

export interface RosNodeOptions {
  readonly name: string;
  readonly namespace?: string;
  /** Command line with `--ros-args …` in it: remappings, parameters, log level. Default: none. */
  readonly args?: readonly string[];
  /** Default: the environment's `ROS_DOMAIN_ID`. */
  readonly domainId?: number;
}

/**
 * A ROS 2 node with rclnodejs's traps closed: callbacks may throw, arrays may be views, every request has a time limit,
 * and misspelled fields are errors. All that the bridge does with ROS goes through one of these.
 */
export class RosNode implements Disposable {
  readonly rcl: Rcl;
  /** What it was created with, without its parameters: for another node that shall see the same names. */
  readonly args: readonly string[];
  /** The parameters for this node from the command line and from parameter files, whether or not it has them. */
  readonly givenParameters: readonly RclParameter[];
  readonly #context: RclContext;
  readonly #node: RclNode;
  #onError: (error: VLAError) => void;
  #disposed = false;

  private constructor(rcl: Rcl, context: RclContext, node: RclNode, { rest, sections }: SplitArguments) {
    this.rcl = rcl;
    this.args = rest;
    this.givenParameters = parametersFor(node.getFullyQualifiedName(), sections);
    this.#context = context;
    this.#node = node;
    this.#onError = ({ message }) => node.getLogger().error(message);
  }

  /**
   * Joins the ROS graph. Each node has a context of its own, so that it leaves the graph alone when it is disposed of.
   *
   * @throws VLAError INVALID_ARGUMENT for names or arguments that ROS refuses
   */
  static async create(rcl: Rcl, options: RosNodeOptions): Promise<RosNode> {
    const { name, namespace = '', args = [], domainId } = options;
    const split = splitParameterArguments(args);
    const context = new rcl.Context(domainId === undefined ? undefined : BigInt(domainId));
    try {
      // rcl parses what follows the program's name.
      await rcl.init(context, ['node', ...split.rest]);
      const node = new RosNode(rcl, context, new rcl.Node(name, namespace, context), split);
      node.#setSimTime();
      node.raw.spin(10);
      return node;
    } catch (cause) {
      context.tryShutdown();
      if (cause instanceof VLAError) throw cause;
      throw new VLAError('INVALID_ARGUMENT', `ROS refuses the node "${name}": ${text(cause)}`, {
        hint: 'Check its name, its namespace and what follows --ros-args.',
        cause,
      });
    }
  }

  /** What a callback of this node threw goes here. Default: the node's log. */
  set onError(listener: (error: VLAError) => void) {
    this.#onError = listener;
  }

  get fullName(): string {
    return this.#node.getFullyQualifiedName();
  }

  get log(): RclLogger {
    return this.#node.getLogger();
  }

  /** rclnodejs's own node: for parameters and graph queries. */
  get raw(): RclNode {
    return this.#node;
  }

  /** Nanoseconds of ROS time: since 1970, or of the simulation with `use_sim_time`. @throws VLAError DISPOSED */
  now(): bigint {
    this.#checkOpen();
    return this.#node.now().nanoseconds;
  }

  get domainId(): number {
    return Number(this.#context.domainId);
  }

  resolveTopic(topic: string): string {
    return this.#node.resolveTopicName(topic);
  }

  actions(): readonly RclNameAndTypes[] {
    return this.rcl.getActionNamesAndTypes(this.#node);
  }

  subscribe<T extends TopicType>(
    type: T,
    topic: string,
    qos: QosSettings,
    listener: (message: Topics[T]) => void,
  ): RosEntity {
    // The type's name is what rclnodejs makes the message from.
    return this.#subscribe(type, topic, qos, false, (message) => listener(message as Topics[T]));
  }

  /**
   * Subscribes to the bytes as they came over the wire, CDR with its four bytes of encapsulation: for topics so fast
   * that rclnodejs's objects would take a good part of the main thread.
   */
  subscribeCdr(
    type: TopicType,
    topic: string,
    qos: QosSettings,
    listener: (cdr: Uint8Array) => void,
  ): RosEntity {
    return this.#subscribe(type, topic, qos, true, (message) => listener(message as Uint8Array));
  }

  advertise<T extends TopicType>(type: T, topic: string, qos: QosSettings): TopicPublisher<T> {
    const publisher = this.#node.createPublisher(type, topic, { qos: qosProfile(this.rcl, qos) });
    const validate = firstOnly();
    const held = this.#lease(() => this.#node.destroyPublisher(publisher));
    return {
      name: publisher.topic,
      dispose: held.dispose,
      publish: (message) => {
        if (held.isOpen()) publisher.publish(ownBuffers(message), { validate: validate() });
      },
    };
  }

  /** As {@link advertise}, for messages that are bytes of the wire (CDR) already. */
  advertiseCdr(type: TopicType, topic: string, qos: QosSettings): CdrPublisher {
    const publisher = this.#node.createPublisher(type, topic, { qos: qosProfile(this.rcl, qos) });
    const held = this.#lease(() => this.#node.destroyPublisher(publisher));
    return {
      name: publisher.topic,
      dispose: held.dispose,
      publish: (cdr) => {
        if (held.isOpen()) publisher.publish(cdr);
      },
    };
  }

  /** @param respond its rejection is logged, and the caller gets no answer */
  serve<T extends ServiceType>(
    type: T,
    name: string,
    respond: (request: Services[T]['request']) => Promise<Services[T]['response']>,
  ): RosEntity {
    const answer = async (request: unknown, response: RclResponse) => {
      try {
        const answered = await respond(request as Services[T]['request']);
        if (held.isOpen()) response.send(answered);
      } catch (error) {
        this.#report(`answering ${name}`, error);
      }
    };
    const service = this.#node.createService(type, name, {}, (request, response) => {
      void answer(request, response);
    });
    const held = this.#lease(() => this.#node.destroyService(service));
    return { name: service.serviceName, dispose: held.dispose };
  }

  client<T extends ServiceType>(type: T, name: string): ServiceClient<T> {
    const client = this.#node.createClient(type, name);
    const held = this.#lease(() => this.#node.destroyClient(client));
    return {
      name: client.serviceName,
      dispose: held.dispose,
      available: () => held.isOpen() && client.isServiceServerAvailable(),
      call: async (request, timeoutMs) => {
        held.checkOpen();
        const answer = await this.#inTime(`the service ${client.serviceName}`, timeoutMs, (signal) =>
          client.sendRequestAsync(ownBuffers(request), { signal }),
        );
        return answer as Services[T]['response'];
      },
    };
  }

  /** @param name without `/_action` */
  actionClient<T extends ActionType>(type: T, name: string): ActionClientHandle<T> {
    // rcl remaps the services of an action one by one, by names that nobody writes: so the action's is mapped here.
    const resolved = this.#node.resolveTopicName(name);
    // Nobody wants the feedback, and rclnodejs would make objects of it all the same: 3 ms each, 20 times a second of
    // joint_trajectory_controller. No action server offers it to late joiners, so who asks for that gets none.
    const qos = { feedbackSubQosProfile: qosProfile(this.rcl, LATCHED) };
    const client = new this.rcl.ActionClient(this.#node, type, resolved, { qos });
    const validate = firstOnly();
    const report = (error: unknown) => this.#report(`a late answer of ${name}`, error);
    const held = this.#lease(() => client.destroy());
    return {
      name: resolved,
      dispose: held.dispose,
      // rclnodejs's own answer would wait for the feedback as well.
      available: () => held.isOpen() && this.#node.countPublishers(`${resolved}/_action/feedback`) > 0,
      send: async (goal, options) => {
        held.checkOpen();
        return sendActionGoal<T>(
          client,
          name,
          ownBuffers(goal),
          { ...options, validate: validate() },
          report,
        );
      },
    };
  }

  /** Leaves the graph; nothing is delivered afterwards. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#context.tryShutdown();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The one parameter that rclnodejs itself declares; we have taken it out of its arguments. */
  #setSimTime(): void {
    const given = this.givenParameters.find(({ name }) => name === 'use_sim_time');
    if (given === undefined) return;
    if (typeof given.value !== 'boolean')
      throw new VLAError(
        'INVALID_ARGUMENT',
        `the parameter use_sim_time must be true or false, got ${given.value}`,
      );
    this.raw.setParameter(new this.rcl.Parameter(given.name, given.type, given.value));
  }

  #subscribe(
    type: TopicType,
    topic: string,
    qos: QosSettings,
    isRaw: boolean,
    listener: (message: unknown) => void,
  ): RosEntity {
    const options = { qos: qosProfile(this.rcl, qos), isRaw };
    const callback = this.#guarded(`receiving ${topic}`, listener);
    const subscription = this.#node.createSubscription(type, topic, options, callback);
    const { dispose } = this.#lease(() => this.#node.destroySubscription(subscription));
    return { name: subscription.topic, dispose };
  }

  #lease(destroy: () => void): Lease {
    return lease(destroy, () => !this.#disposed);
  }

  #guarded<A>(doing: string, callback: (argument: A) => void): (argument: A) => void {
    return (argument) => {
      if (this.#disposed) return;
      try {
        callback(argument);
      } catch (error) {
        this.#report(doing, error);
      }
    };
  }

  #report(doing: string, error: unknown): void {
    const wrapped =
      error instanceof VLAError
        ? error
        : new VLAError('CALLBACK_FAILED', `${doing} failed: ${text(error)}`, { cause: error });
    // Whatever the listener does, rclnodejs must not see it: a throw in there aborts the process.
    try {
      this.#onError(wrapped);
    } catch (cause) {
      this.log.error(text(cause));
    }
  }

  async #inTime<R>(doing: string, timeoutMs: number, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await work(signal);
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new VLAError('ROS_TIMEOUT', `${doing} did not answer within ${timeoutMs} ms`, {
        hint: 'Is its node alive? `jetson-vla ros doctor` lists what is there.',
        cause,
      });
    }
  }

  #checkOpen(): void {
    if (this.#disposed) throw new VLAError('DISPOSED', 'the ROS node was disposed of');
  }
}

/**
 * Checks cost as much as the sending itself (a goal of 6 points: 5 of 10 ms), and what is sent through one entity has
 * one shape: a field that is misspelled is so in the first message too.
 */
function firstOnly(): () => boolean {
  let first = true;
  return () => {
    const was = first;
    first = false;
    return was;
  };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
