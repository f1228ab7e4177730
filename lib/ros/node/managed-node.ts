import { SerialQueue } from '../../engine/serial-queue.js';
import { VLAError } from '../../errors.js';
import type { LifecycleState, LifecycleTransition } from '../messages.js';
import { RELIABLE } from '../qos.js';
import type { RosEntity, RosNode, TopicPublisher } from '../ros-node.js';
import { serveLifecycle } from './lifecycle-services.js';
import {
  describe,
  type Edge,
  endEdge,
  REQUEST_EDGES,
  STATE,
  type StateName,
  type TransitionEnd,
  type TransitionName,
} from './lifecycle-states.js';

/** The work of the transitions. One runs at a time; the node is in the transition's state until its promise settles. */
export interface LifecycleHooks {
  /** A rejection is a failure: the node stays unconfigured. */
  configure(): Promise<void>;
  /** A rejection is a failure: the node stays inactive. */
  activate(): Promise<void>;
  /** A rejection is an error: {@link error} follows. */
  deactivate(): Promise<void>;
  /** A rejection is an error: {@link error} follows. */
  cleanup(): Promise<void>;
  /** A rejection is an error: {@link error} follows. */
  shutdown(): Promise<void>;
  /** Gives back whatever is held. The node is unconfigured afterwards, and finalized when this rejects. */
  error(error: VLAError): Promise<void>;
  /** The node has entered another state. Must not throw. */
  entered?(): void;
}

/** What the rejection of a hook means: what fails on the way up is undone by the hook itself, on the way down it is not. */
const ON_REJECTION: Record<TransitionName, TransitionEnd> = {
  configure: 'failure',
  activate: 'failure',
  deactivate: 'error',
  cleanup: 'error',
  shutdown: 'error',
};

/**
 * The life cycle of a ROS 2 managed node on a plain one, with transitions that take their time: rclnodejs's own
 * LifecycleNode has synchronous ones only. Offers the five services and the topic of rcl_lifecycle under the node's
 * name, and answers `~/change_state` when the transition is over.
 *
 * One transition at a time: a request during one is refused, except for a shutdown, which waits for its turn.
 */
export class ManagedNode implements Disposable {
  readonly #node: RosNode;
  readonly #hooks: LifecycleHooks;
  readonly #events: TopicPublisher<'lifecycle_msgs/msg/TransitionEvent'>;
  readonly #services: readonly RosEntity[];
  #state: StateName = 'unconfigured';
  readonly #turns = new SerialQueue({ limit: Number.MAX_SAFE_INTEGER });
  /** Transitions that run or wait. */
  #pending = 0;
  #shutdown: Promise<boolean> | undefined;
  #disposed = false;

  constructor(node: RosNode, hooks: LifecycleHooks) {
    this.#node = node;
    this.#hooks = hooks;
    this.#events = node.advertise('lifecycle_msgs/msg/TransitionEvent', '~/transition_event', RELIABLE);
    this.#services = serveLifecycle(
      node,
      () => this.#state,
      (transition) => this.#requested(transition),
    );
  }

  /** A primary state, or during a transition its state. */
  get state(): LifecycleState {
    return STATE[this.#state];
  }

  /**
   * Like all transitions: false when the state or a running transition does not allow it, or when its work failed,
   * which the log then tells.
   *
   * @throws VLAError DISPOSED
   */
  configure(): Promise<boolean> {
    return this.#transit('configure');
  }

  activate(): Promise<boolean> {
    return this.#transit('activate');
  }

  deactivate(): Promise<boolean> {
    return this.#transit('deactivate');
  }

  cleanup(): Promise<boolean> {
    return this.#transit('cleanup');
  }

  /** Waits for its turn when a transition is running. A hook must not wait for it. */
  async shutdown(): Promise<boolean> {
    this.#checkOpen();
    this.#shutdown ??= this.#inTurn(() => this.#carryOut('shutdown')).finally(() => {
      this.#shutdown = undefined;
    });
    return this.#shutdown;
  }

  /** Withdraws the services and the topic. A running transition goes on to its end, unheard. Idempotent. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const service of this.#services) service.dispose();
    this.#events.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The label counts where there is one, as in rclcpp: `ros2 service call` with a label alone leaves the id 0. */
  #requested({ id, label }: LifecycleTransition): Promise<boolean> {
    const wanted = REQUEST_EDGES.filter(({ transition }) =>
      label === '' ? transition.id === id : transition.label === label,
    );
    const edge = wanted.find(({ start }) => start === this.#state);
    // Who asks for a shutdown during a transition cannot know in which state, and thus by which id, it will be done.
    const waits = this.#pending > 0 && wanted.some(({ name }) => name === 'shutdown');
    if (waits || edge?.name === 'shutdown') return this.shutdown();
    return this.#transit(edge?.name, label === '' ? `transition ${id}` : label);
  }

  /** @param name undefined for one that is not of this state */
  async #transit(name: TransitionName | undefined, asked: string = name ?? ''): Promise<boolean> {
    this.#checkOpen();
    if (this.#pending > 0) return this.#refuse(asked, 'in a transition');
    if (name === undefined) return this.#refuse(asked, this.#state);
    return this.#inTurn(() => this.#carryOut(name));
  }

  /** In its turn. */
  async #carryOut(name: TransitionName): Promise<boolean> {
    this.#checkOpen();
    const edge = REQUEST_EDGES.find(
      (candidate) => candidate.name === name && candidate.start === this.#state,
    );
    if (edge === undefined) return this.#refuse(name, this.#state);
    this.#take(edge);
    const error = await rejection(() => this.#hooks[name](), name);
    if (error === undefined) {
      this.#end('success');
      return true;
    }
    this.#node.log.error(`${name} failed: ${readable(error)}`);
    const end = ON_REJECTION[name];
    this.#end(end);
    if (end === 'error') await this.#processError(error);
    return false;
  }

  #refuse(asked: string, condition: string): boolean {
    this.#node.log.warn(`${asked} is not possible while the node is ${condition}`);
    return false;
  }

  async #processError(error: VLAError): Promise<void> {
    const failed = await rejection(() => this.#hooks.error(error), 'error processing');
    if (failed !== undefined) this.#node.log.fatal(`error processing failed: ${readable(failed)}`);
    this.#end(failed === undefined ? 'success' : 'failure');
  }

  #end(end: TransitionEnd): void {
    const edge = endEdge(this.#state, end);
    if (edge) this.#take(edge);
  }

  #take(edge: Edge): void {
    this.#state = edge.goal;
    if (this.#disposed) return;
    this.#hooks.entered?.();
    try {
      this.#events.publish({ timestamp: this.#node.now(), ...describe(edge) });
    } catch (cause) {
      // ROS may have been shut down around us: what cannot be told must be done all the same, brakes above all.
      this.#node.log.warn(`the transition to ${edge.goal} could not be published: ${String(cause)}`);
    }
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    try {
      return await this.#turns.run(work);
    } finally {
      this.#pending--;
    }
  }

  #checkOpen(): void {
    if (this.#disposed) throw new VLAError('DISPOSED', 'the managed node was disposed of');
  }
}

async function rejection(work: () => Promise<void>, doing: string): Promise<VLAError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof VLAError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new VLAError('CALLBACK_FAILED', `${doing} threw: ${message}`, { cause: error });
  }
}

function readable({ message, hint }: VLAError): string {
  return hint === undefined ? message : `${message}\n  → ${hint}`;
}
