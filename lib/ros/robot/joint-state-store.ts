import { VLAError } from '../../errors.js';
import type { JointState } from '../../robot/robot.js';
import { type QosSettings, SENSOR } from '../qos.js';
import type { RosEntity, RosNode } from '../ros-node.js';
import { Arrivals } from './arrivals.js';
import { type JointStateReading, readJointState } from './joint-state-cdr.js';
import { type JointSample, JointTrack } from './joint-track.js';
import type { RosTime } from './ros-time.js';
import { silentTopicError } from './silent-topic.js';

/** Deep enough that the messages of several publishers, arm and gripper, do not push each other out. */
const QOS: QosSettings = { ...SENSOR, depth: 10 };

export interface JointStateStoreOptions {
  readonly topic: string;
  /** The joints that {@link JointStateStore.read} gives, in this order. */
  readonly jointNames: readonly string[];
  /** How long a read waits for joints that were never seen, milliseconds. Default 1000. */
  readonly timeoutMs?: number;
}

export interface JointStateStats {
  /** Full name after remapping. */
  readonly topic: string;
  readonly messages: number;
  /** Messages whose fields have different lengths; nothing of them is used. */
  readonly malformed: number;
  /** Milliseconds on the robot's clock. */
  readonly lastArrivalMs: number | undefined;
  readonly rateHz: number;
  /** Every joint that was ever seen. */
  readonly seen: readonly string[];
}

/**
 * The newest measured state of each joint, by name: in any order, from any number of publishers, beside any other
 * joints. A velocity that is not measured (absent, or NaN as joint_state_broadcaster says it) is the mean over the last
 * 10 ms or more of positions, and NaN until there are two of them.
 */
export class JointStateStore {
  readonly #node: RosNode;
  readonly #time: RosTime;
  readonly #jointNames: readonly string[];
  readonly #timeoutMs: number;
  readonly #subscription: RosEntity;
  readonly #arrivals = new Arrivals();
  readonly #tracks = new Map<string, JointTrack>();
  #malformed = 0;
  #wentBack = false;

  constructor(node: RosNode, time: RosTime, { topic, jointNames, timeoutMs = 1000 }: JointStateStoreOptions) {
    this.#node = node;
    this.#time = time;
    this.#jointNames = [...jointNames];
    this.#timeoutMs = timeoutMs;
    this.#subscription = node.subscribeCdr('sensor_msgs/msg/JointState', topic, QOS, (cdr) => {
      this.#arrived(readJointState(cdr));
    });
  }

  /**
   * The newest state of all joints, stamped with the oldest of their stamps; however old that is, the guards judge it.
   *
   * @throws VLAError ROS_TIMEOUT when a joint was never seen, DISPOSED
   */
  async read(): Promise<JointState> {
    await this.#arrivals.until(() => this.#missing().length === 0, this.#timeoutMs);
    const tracks = this.#jointNames.flatMap((name) => this.#tracks.get(name) ?? []);
    if (tracks.length < this.#jointNames.length) throw this.#incomplete();
    return {
      positions: tracks.map(({ newest }) => newest.position),
      velocities: tracks.map(({ velocity }) => velocity),
      stamp: Math.min(...tracks.map(({ newest }) => newest.clockMs)),
    };
  }

  /** The newest position of any joint of the topic, rad or m; undefined while it was not seen. */
  position(joint: string): number | undefined {
    return this.#tracks.get(joint)?.newest.position;
  }

  get stats(): JointStateStats {
    return {
      topic: this.#subscription.name,
      messages: this.#arrivals.count,
      malformed: this.#malformed,
      lastArrivalMs: this.#arrivals.lastMs,
      rateHz: this.#arrivals.rateHz(this.#time.clock.now()),
      seen: [...this.#tracks.keys()],
    };
  }

  /** Ends the subscription. Idempotent. */
  dispose(): void {
    this.#subscription.dispose();
    this.#arrivals.dispose();
  }

  #arrived(message: JointStateReading): void {
    if (this.#isWellFormed(message)) this.#takeAll(message);
    this.#arrivals.arrived(this.#time.clock.now());
  }

  #takeAll({ header, name, position, velocity }: JointStateReading): void {
    const source = this.#subscription.name;
    const stamp = this.#time.stampOrNow(header.stamp, source);
    const clockMs = this.#time.toClockMs(stamp, source);
    const arrivedMs = performance.now();
    // Some publishers send efforts only: then there is no position.
    for (let joint = 0; joint < position.length; joint++)
      this.#take(name[joint] as string, {
        stamp,
        clockMs,
        arrivedMs,
        position: position[joint] as number,
        velocity: velocity[joint] ?? Number.NaN,
      });
  }

  #take(name: string, sample: JointSample): void {
    const track = this.#tracks.get(name);
    if (track === undefined) {
      this.#tracks.set(name, new JointTrack(sample));
      return;
    }
    if (track.accept(sample) || !track.isNewerThan(sample)) return;
    if (sample.arrivedMs - track.newest.arrivedMs <= this.#timeoutMs) return;
    // For so long only older ones have come: the sender's clock was set back, and to catch up may take it years.
    this.#tracks.set(name, new JointTrack(sample));
    if (this.#wentBack) return;
    this.#wentBack = true;
    this.#node.log.warn(`the stamps on ${this.#subscription.name} went back; was a clock set anew?`);
  }

  #isWellFormed({ name, position, velocity }: JointStateReading): boolean {
    const fits = ({ length }: ArrayLike<number>) => length === 0 || length === name.length;
    if (fits(position) && fits(velocity)) return true;
    if (this.#malformed++ === 0)
      this.#node.log.warn(
        `a message on ${this.#subscription.name} has ${name.length} names, ${position.length} positions and ${velocity.length} velocities: such messages are dropped`,
      );
    return false;
  }

  #missing(): string[] {
    return this.#jointNames.filter((name) => !this.#tracks.has(name));
  }

  #incomplete(): VLAError {
    const topic = this.#subscription.name;
    const missing = this.#missing().join(', ');
    const within = `within ${this.#timeoutMs} ms`;
    if (this.#arrivals.count === 0)
      return silentTopicError(this.#node, {
        topic,
        type: 'sensor_msgs/msg/JointState',
        qos: QOS,
        missing: `no state of the joints ${missing} has come ${within}`,
      });
    const seen = [...this.#tracks.keys()].join(', ') || 'none';
    const dropped = this.#malformed === 0 ? '' : ` (${this.#malformed} malformed messages were dropped)`;
    return new VLAError(
      'ROS_TIMEOUT',
      `no state of the joints ${missing} has come ${within} on ${topic}; seen: ${seen}${dropped}`,
      {
        hint: 'Are the names of the joints those of the robot? All of them have to be published on this topic.',
      },
    );
  }
}
