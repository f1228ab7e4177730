import { readFileSync } from 'node:fs';
import type { DiagnosticArrayMessage, DiagnosticStatusMessage } from '../../../lib/ros/messages.js';
import { VLANode } from '../../../lib/ros/node/vla-node.js';
import type { ParameterValues } from '../../../lib/ros/node/vla-parameter-set.js';
import { LATCHED, RELIABLE, SENSOR } from '../../../lib/ros/qos.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';
import { publishJointStates } from '../servers/joint-state-publisher.js';
import {
  JointTrajectoryServer,
  type JointTrajectoryServerOptions,
} from '../servers/joint-trajectory-server.js';

export const JOINTS = ['shoulder_pan', 'shoulder_lift', 'elbow', 'wrist_roll', 'wrist_pitch', 'tool_roll'];

const golden = JSON.parse(readFileSync('examples/policies/pick/golden.json', 'utf8'));
/** What the camera sees, and what the policy is asked for there. */
export const INSTRUCTION: string = golden.instruction;
const { width, height } = golden.images.front;
const PIXELS = Buffer.from(golden.images.front.data, 'base64');
/** Close enough to the policy's first waypoint to go there, and far enough to be on the way for a while. */
const START: readonly number[] = golden.actionChunk[0]
  .slice(0, JOINTS.length)
  .map((position: number) => position - 0.09);

/** With more patience than by default: a busy machine must not fail a test. */
export const PARAMETERS: ParameterValues = {
  bundle: 'examples/policies/pick',
  joint_limits: 'examples/ros/joint_limits.yaml',
  motion_factor: 0.1,
  gripper_action: '',
  success_condition: 'none',
  max_image_age: 5,
  max_joint_age: 5,
  path_tolerance: 0.5,
  server_timeout: 5,
  watchdog: false,
  audit: 'off',
};

/** An arm, a camera and somebody who gives instructions, all in one node, and a place for the VLANode. */
export class RobotScene implements AsyncDisposable {
  readonly graph: TestGraph = newGraph();
  readonly robot: RosNode;
  readonly arm: JointTrajectoryServer;
  readonly statuses: DiagnosticStatusMessage[] = [];
  readonly diagnostics: DiagnosticArrayMessage[] = [];
  /** No joint states are published. */
  silent = false;
  readonly #camera: NodeJS.Timeout;
  readonly #states: Disposable;
  readonly #instruction;
  readonly #vlaNodes: VLANode[] = [];

  private constructor(graph: TestGraph, robot: RosNode, options: Partial<JointTrajectoryServerOptions>) {
    this.graph = graph;
    this.robot = robot;
    this.arm = new JointTrajectoryServer(rcl, robot, { jointNames: JOINTS, start: START, ...options });
    this.#states = publishJointStates(robot, () =>
      Object.fromEntries(
        this.silent ? [] : JOINTS.map((name, joint) => [name, this.arm.positions[joint] ?? 0]),
      ),
    );
    this.#instruction = robot.advertise('std_msgs/msg/String', 'vla/instruction', RELIABLE);
    const images = robot.advertise('sensor_msgs/msg/Image', 'camera/image_raw', SENSOR);
    this.#camera = setInterval(() => images.publish(image(robot.now())), 33);
    robot.subscribe('diagnostic_msgs/msg/DiagnosticStatus', 'vla_node/status', LATCHED, (status) =>
      this.statuses.push(status),
    );
    robot.subscribe('diagnostic_msgs/msg/DiagnosticArray', '/diagnostics', RELIABLE, (message) => {
      if (message.status[0]?.name.startsWith(graph.namespace)) this.diagnostics.push(message);
    });
  }

  static async open(options: Partial<JointTrajectoryServerOptions> = {}): Promise<RobotScene> {
    const graph = newGraph();
    return new RobotScene(graph, await graph.node('robot'), options);
  }

  async vlaNode(parameters: ParameterValues = {}, args: readonly string[] = []): Promise<VLANode> {
    const { namespace } = this.graph;
    const values = { ...PARAMETERS, ...parameters };
    const node = await VLANode.create({ rcl, namespace, parameters: values, args });
    this.#vlaNodes.push(node);
    return node;
  }

  /** A node that is configured and active. */
  async active(parameters: ParameterValues = {}): Promise<VLANode> {
    const node = await this.vlaNode(parameters);
    await node.configure();
    await node.activate();
    return node;
  }

  say(text: string): void {
    this.#instruction.publish({ data: text });
  }

  /** Gives the instruction and waits until the arm is on its way. */
  async move(): Promise<void> {
    await until(() => {
      this.say(INSTRUCTION);
      return this.arm.busy;
    });
  }

  /** The answer of `~/reset`. */
  async reset(): Promise<{ readonly success: boolean; readonly message: string }> {
    const client = this.robot.client('std_srvs/srv/Trigger', 'vla_node/reset');
    await until(() => client.available());
    const answer = await client.call({}, 20_000);
    client.dispose();
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#vlaNodes) await node.dispose().catch(() => {});
    clearInterval(this.#camera);
    this.#states[Symbol.dispose]();
    this.arm.dispose();
    this.graph.dispose();
  }
}

export function value({ values }: DiagnosticStatusMessage, key: string): string | undefined {
  return values.find((entry) => entry.key === key)?.value;
}

function image(now: bigint) {
  const stamp = { sec: Number(now / 1_000_000_000n), nanosec: Number(now % 1_000_000_000n) };
  return {
    header: { stamp, frame_id: 'camera' },
    width,
    height,
    encoding: 'rgb8',
    is_bigendian: 0,
    step: width * 3,
    // No two alike, or the camera would count as frozen.
    data: Uint8Array.from(PIXELS).fill(Number(now & 0xffn), 0, 1),
  };
}
