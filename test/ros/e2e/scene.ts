import { randomBytes } from 'node:crypto';
import { plainInstruction } from '../../../examples/sim/instructions.js';
import { type BlockColor, createScene } from '../../../examples/sim/scene.js';
import type { DiagnosticStatusMessage } from '../../../lib/ros/messages.js';
import { LATCHED, RELIABLE } from '../../../lib/ros/qos.js';
import { RosNode } from '../../../lib/ros/ros-node.js';
import { rcl, until } from '../harness.js';
import { ArmWatch } from './arm-watch.js';
import { Child } from './child.js';

/** Those of examples/ros/vla_node.yaml, and more patience than by default: a busy machine must not fail a test. */
const PARAMETERS = {
  joint_limits: 'examples/ros/joint_limits.yaml',
  autostart: true,
  audit: false,
  max_tcp_speed: 0.6,
  gripper_joint: 'left_finger',
  max_image_age: 1.0,
  max_joint_age: 1.0,
  watchdog_timeout: 1.0,
  server_timeout: 3.0,
  path_tolerance: 0.3,
};

/** So slow that the middle of a motion is not over before a busy machine has seen it. */
export const SLOW = { motion_factor: 0.1 };

export type Parameters = Readonly<Record<string, string | number | boolean>>;

export interface SceneOptions {
  /** Options of examples/ros/sim-robot.ts. */
  readonly world?: readonly string[];
  /** Beside and instead of the usual ones. */
  readonly parameters?: Parameters;
  /** Configure and activate the node by its services, where `autostart` is false. */
  readonly activate?: boolean;
}

/** Numbers of lifecycle_msgs/msg/Transition. */
const TRANSITION = { configure: 1, activate: 3, deactivate: 4 } as const;

const SEED = 1;

/** The simulated robot and the node that drives it, each in a process of its own, and a third that only uses topics. */
export class E2EScene implements AsyncDisposable {
  readonly #namespace: string;
  readonly #options: SceneOptions;
  readonly #children: Child[] = [];
  readonly #node: RosNode;
  readonly #instruction;
  #world: Child | undefined;
  #vla: Child | undefined;
  #status: DiagnosticStatusMessage | undefined;
  /** As the world knows it, whatever it tells the node. */
  readonly arm = new ArmWatch();
  /** The colour of the block that is lifted; '' while there is none, undefined before the world has said so. */
  held: string | undefined;

  private constructor(node: RosNode, namespace: string, options: SceneOptions) {
    this.#node = node;
    this.#namespace = namespace;
    this.#options = options;
    this.#instruction = node.advertise('std_msgs/msg/String', 'vla/instruction', RELIABLE);
    node.subscribe('diagnostic_msgs/msg/DiagnosticStatus', 'vla_node/status', LATCHED, (status) => {
      this.#status = status;
    });
    node.subscribe('std_msgs/msg/String', 'sim_robot/held_block', LATCHED, ({ data }) => {
      this.held = data;
    });
    node.subscribe('sensor_msgs/msg/JointState', 'sim_robot/joint_states', RELIABLE, (state) =>
      this.arm.saw(state),
    );
  }

  /** The world runs and the node is active. */
  static async open(options: SceneOptions = {}): Promise<E2EScene> {
    const namespace = `/e2e_${randomBytes(5).toString('hex')}`;
    const node = await RosNode.create(rcl, { name: 'judge', namespace });
    const scene = new E2EScene(node, namespace, options);
    try {
      scene.startWorld();
      scene.startNode();
      if (options.activate) {
        await scene.transition('configure');
        await scene.transition('activate');
      }
      await scene.until('the node is active', () => scene.status('lifecycle') === 'active', 60_000);
      return scene;
    } catch (error) {
      await scene[Symbol.asyncDispose]();
      throw error;
    }
  }

  get world(): Child {
    return this.#world as Child;
  }

  get vla(): Child {
    return this.#vla as Child;
  }

  startWorld(): void {
    const options = ['--seed', `${SEED}`, ...(this.#options.world ?? [])];
    this.#world = this.#start('examples/ros/sim-robot.ts', [...options, ...this.#rosArgs]);
  }

  startNode(): void {
    this.#status = undefined;
    const values = Object.entries({ ...PARAMETERS, ...this.#options.parameters });
    const set = values.flatMap(([name, value]) => ['-p', `${name}:=${value}`]);
    const command = ['ros', '--bundle', 'examples/policies/pick'];
    this.#vla = this.#start('lib/cli/main.ts', [...command, ...this.#rosArgs, ...set]);
  }

  get #rosArgs(): readonly string[] {
    return ['--ros-args', '-r', `__ns:=${this.#namespace}`];
  }

  #start(script: string, args: readonly string[]): Child {
    const child = Child.start(script, args);
    this.#children.push(child);
    return child;
  }

  /** Colours of the blocks that lie on the table. */
  get colors(): readonly [BlockColor, BlockColor, BlockColor] {
    const [a, b, c] = createScene(SEED).blocks;
    return [a.color, b.color, c.color];
  }

  say(instruction: string): void {
    this.#instruction.publish({ data: instruction });
  }

  askFor(color: BlockColor): void {
    this.say(plainInstruction(color));
  }

  /** Asks for a block and waits until the arm is on its way. */
  async askAndSeeItMove(color: BlockColor, attempts = 3): Promise<void> {
    this.#status = undefined;
    this.askFor(color);
    const over = () => ['failed', 'latched'].includes(this.status('task') ?? '');
    await this.until(
      `the arm moves to the ${color} block`,
      () => this.arm.moving || (attempts > 1 && over()),
    );
    if (this.arm.moving) return;
    if (this.latched) await this.resetTheNode();
    await this.askAndSeeItMove(color, attempts - 1);
  }

  /**
   * Asks for a block until it is lifted. A machine that stands still for a second makes the guards stop the robot, as
   * they should: then a person resets it and asks again, a few times.
   */
  async pick(color: BlockColor, attempts = 3): Promise<void> {
    const over = () => ['succeeded', 'failed', 'latched'].includes(this.status('task') ?? '');
    this.#status = undefined;
    this.askFor(color);
    await this.until(`the ${color} block is lifted`, over, 60_000);
    const busy = ['WATCHDOG_TRIPPED', 'ROBOT_FAILED', 'TRACKING_LOST'].includes(this.status('reason') ?? '');
    if (this.latched && busy && attempts > 1) {
      await this.resetTheNode();
      await this.pick(color, attempts - 1);
    } else await this.until('the task has succeeded', () => this.status('task') === 'succeeded', 100);
  }

  /** Waits until the node has stopped for good, and the arm stands still. */
  async untilLatched(): Promise<void> {
    await this.until('the node has latched', () => this.latched && this.status('task') === 'latched');
    await this.until('the arm rests', () => this.arm.resting);
  }

  /** A value of the node's status, such as `task`, `reason`, `lifecycle`, `latched`. */
  status(key: string): string | undefined {
    return this.#status?.values.find((entry) => entry.key === key)?.value;
  }

  get latched(): boolean {
    return this.status('latched') === 'true';
  }

  /** Calls a std_srvs/Trigger. */
  async trigger(name: string): Promise<{ readonly success: boolean; readonly message: string }> {
    const client = this.#node.client('std_srvs/srv/Trigger', name);
    try {
      await this.until(`${name} is there`, () => client.available());
      return await client.call({}, 20_000);
    } finally {
      client.dispose();
    }
  }

  /** Resets the node, which it refuses while the cause of a stop stands. */
  async resetTheNode(): Promise<void> {
    let message = '';
    for (const deadline = performance.now() + 20_000; performance.now() < deadline; ) {
      const answer = await this.trigger('vla_node/reset');
      if (answer.success) return this.until('the node is not latched', () => !this.latched);
      message = answer.message;
    }
    throw new Error(`the node refuses to be reset: ${message}`);
  }

  /** Fails when the arm moves within a second. */
  async restsOn(): Promise<void> {
    const until = performance.now() + 1000;
    await this.until('the arm rests on', () => {
      if (this.arm.moving) throw new Error('the arm moves');
      return performance.now() > until;
    });
  }

  /** Asks the node for a transition. @throws Error when it does not succeed */
  async transition(name: keyof typeof TRANSITION): Promise<void> {
    const client = this.#node.client('lifecycle_msgs/srv/ChangeState', 'vla_node/change_state');
    try {
      await this.until('the node is there', () => client.available());
      const answer = await client.call({ transition: { id: TRANSITION[name], label: '' } }, 60_000);
      await this.until(`the transition ${name} succeeds`, () => answer.success, 0);
    } finally {
      client.dispose();
    }
  }

  /** Waits for something; if it does not happen, the error tells what the processes have said. */
  async until(what: string, condition: () => boolean, timeoutMs = 40_000): Promise<void> {
    try {
      await until(() => condition() || this.#children.some((child) => child.failed), timeoutMs);
      if (!condition()) throw new Error('a process has failed');
    } catch (error) {
      const outputs = this.#children.map((child) => child.output.slice(-6000)).join('\n---\n');
      const status = JSON.stringify(this.#status, undefined, 1);
      throw new Error(`not within ${timeoutMs} ms: ${what}\nstatus ${status}\n${outputs}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map((child) => child.kill()));
    this.#node.dispose();
  }
}
