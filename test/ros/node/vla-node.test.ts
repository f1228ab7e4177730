import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Float32MultiArrayMessage, JointTrajectoryMessage } from '../../../lib/ros/messages.js';
import { runVLANode } from '../../../lib/ros/node/run-vla-node.js';
import { RELIABLE } from '../../../lib/ros/qos.js';
import { rcl, until } from '../harness.js';
import { INSTRUCTION, JOINTS, PARAMETERS, RobotScene, value } from './robot-scene.js';

let scene: RobotScene;

beforeEach(async () => {
  scene = await RobotScene.open();
});
afterEach(() => scene[Symbol.asyncDispose]());

describe('the node', () => {
  it('follows an instruction while it is active, and is at rest once it is not', async () => {
    const node = await scene.vlaNode();
    const actions: Float32MultiArrayMessage[] = [];
    const trajectories: JointTrajectoryMessage[] = [];
    scene.robot.subscribe('std_msgs/msg/Float32MultiArray', 'vla/actions', RELIABLE, (message) =>
      actions.push(message),
    );
    scene.robot.subscribe('trajectory_msgs/msg/JointTrajectory', 'vla/trajectory', RELIABLE, (message) =>
      trajectories.push(message),
    );
    expect(await node.configure()).toBe(true);
    expect(await node.activate()).toBe(true);
    await scene.move();
    await until(() => actions.length > 0 && trajectories.length > 0);
    expect(actions[0]?.layout.dim.map(({ size, stride }) => [size, stride])).toEqual([
      [1, 35],
      [5, 35],
      [7, 7],
    ]);
    expect(actions[0]?.data).toHaveLength(35);
    expect(trajectories[0]?.joint_names).toEqual(JOINTS);
    expect(trajectories[0]?.points).toHaveLength(5);
    expect(await node.deactivate()).toBe(true);
    await until(() => !scene.arm.busy);
    const at = scene.arm.positions;
    await delay(300);
    expect(scene.arm.positions).toEqual(at);
    expect(scene.arm.cancellations).toBe(0);
    expect(node.task).toMatchObject({ state: 'ended', instruction: INSTRUCTION });
  });

  it('drops instructions while it is not active, and does not remember them', async () => {
    const node = await scene.vlaNode();
    const settled = async () => {
      scene.say(INSTRUCTION);
      await delay(300);
    };
    await settled();
    await node.configure();
    await settled();
    await node.activate();
    await delay(300);
    expect(node.task.state).toBe('idle');
    expect(scene.arm.asked).toHaveLength(0);
  });

  it('tells its state in every transition, whoever asked for it', async () => {
    const node = await scene.vlaNode();
    const change = scene.robot.client('lifecycle_msgs/srv/ChangeState', 'vla_node/change_state');
    await until(() => change.available());
    for (const [id, label] of [
      [1, 'configure'],
      [3, 'activate'],
    ] as const)
      expect(await change.call({ transition: { id, label } }, 20_000)).toEqual({ success: true });
    await until(() => scene.statuses.some((status) => value(status, 'lifecycle') === 'active'));
    const told = scene.statuses.map((status) => value(status, 'lifecycle'));
    // Those that pass at once need not reach anybody.
    expect([...new Set(told)]).toEqual(expect.arrayContaining(['configuring', 'inactive', 'active']));
    expect(node.state.label).toBe('active');
    for (const { level, name } of scene.statuses) {
      expect(level).toBe(0);
      expect(name).toBe(`${scene.graph.namespace}/vla_node`);
    }
  });

  it.each([{ execute: true }, { execute: false }])(
    'refuses joint names that are not as many as the policy has, with execute $execute, and waits for no robot',
    async ({ execute }) => {
      scene.arm.dispose();
      const node = await scene.vlaNode({ joint_names: ['a', 'b'], execute });
      expect(await node.configure()).toBe(false);
      expect(node.state.label).toBe('unconfigured');
    },
  );

  it('does not take a parameter while it is being configured with it', async () => {
    const node = await scene.vlaNode();
    const configured = node.configure();
    const { Parameter } = rcl;
    const set = node.node.raw.setParameter(new Parameter('motion_factor', 3, 1));
    expect(set.successful).toBe(false);
    expect(await configured).toBe(true);
  });

  it('leaves nothing behind when it is cleaned up', async () => {
    const node = await scene.vlaNode();
    const round = async () => {
      expect(await node.configure()).toBe(true);
      expect(await node.cleanup()).toBe(true);
    };
    const held = () => ({
      subscriptions: scene.robot.raw.countSubscribers(`${scene.graph.namespace}/camera/image_raw`),
      states: scene.robot.raw.countSubscribers(`${scene.graph.namespace}/joint_states`),
      timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
      workers: process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length,
    });
    await round();
    await until(() => held().subscriptions === 0);
    const before = held();
    for (let count = 0; count < 8; count++) await round();
    await until(() => held().subscriptions === 0 && held().states === 0);
    expect(held().workers).toBeLessThanOrEqual(before.workers);
    expect(held().timers).toBeLessThanOrEqual(before.timers + 2);
  });
});

describe('a node that has latched', () => {
  /** Active, and stopped by a robot that gave up a motion. */
  async function latched() {
    const node = await scene.active();
    await scene.move();
    scene.arm.abort(-4, 'the elbow is held up');
    await until(() => node.latched !== undefined && node.task.state === 'latched');
    return node;
  }

  it('takes no instruction until a reset, and then does not go on by itself', async () => {
    const node = await latched();
    expect(node.latched?.message).toContain('the elbow is held up');
    await until(() => scene.statuses.at(-1)?.level === 2);
    const asked = scene.arm.asked.length;
    scene.say(INSTRUCTION);
    await delay(500);
    expect(scene.arm.asked).toHaveLength(asked);
    expect(await scene.reset()).toMatchObject({ success: true });
    await delay(500);
    expect(scene.arm.asked).toHaveLength(asked);
    await until(() => scene.statuses.at(-1)?.level === 0);
    expect(scene.statuses.flatMap((status) => value(status, 'task') ?? []).at(-1)).toBe('ended');
    await scene.move();
    expect(scene.arm.asked.length).toBeGreaterThan(asked);
  });

  it('stays so when it is cleaned up and configured anew, until somebody resets it', async () => {
    const node = await latched();
    expect(await node.deactivate()).toBe(true);
    expect(await node.cleanup()).toBe(true);
    expect(node.latched?.message).toContain('the elbow is held up');
    scene.diagnostics.length = 0;
    await until(() => scene.diagnostics.length > 0);
    expect(Math.max(...(scene.diagnostics[0]?.status.map(({ level }) => level) ?? []))).toBe(2);
    expect(await node.configure()).toBe(true);
    expect(await node.activate()).toBe(false);
    expect(await scene.reset()).toMatchObject({ success: true });
    expect(await node.activate()).toBe(true);
    await scene.move();
  });

  it('is not reset before the robot has come to rest', async () => {
    const node = await scene.active({ max_joint_age: 0.3 });
    await scene.move();
    scene.silent = true;
    await until(() => node.latched !== undefined);
    await expect(node.reset()).rejects.toMatchObject({
      code: 'SAFETY_LATCHED',
      message: 'the robot is still braking',
    });
    scene.silent = false;
    await until(() => node.task.state === 'latched');
    expect(await scene.reset()).toMatchObject({ success: true });
  });
});

describe('running the node', () => {
  it('does not activate it when it was told to end while it was being configured', async () => {
    const end = new AbortController();
    const told: string[] = [];
    scene.robot.subscribe(
      'lifecycle_msgs/msg/TransitionEvent',
      'vla_node/transition_event',
      RELIABLE,
      (event) => {
        told.push(event.goal_state.label);
        if (event.goal_state.label === 'configuring') end.abort();
      },
    );
    const { namespace } = scene.graph;
    const parameters = { ...PARAMETERS, autostart: true, instruction: INSTRUCTION };
    await until(() => scene.robot.raw.countPublishers(`${namespace}/camera/image_raw`) > 0);
    await runVLANode({ rcl, namespace, parameters, signal: end.signal });
    expect(told).not.toContain('activating');
    expect(scene.arm.asked).toHaveLength(0);
  });
});
