import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { VLAError } from '../../lib/errors.js';
import { RosRobot } from '../../lib/ros/robot/ros-robot.js';
import type { RosNode } from '../../lib/ros/ros-node.js';
import type { MotionWatchdog } from '../../lib/safety/watchdog/motion-watchdog.js';
import { Watchdog } from '../../lib/safety/watchdog/watchdog.js';
import type { StopReport } from '../../lib/safety/watchdog/watchdog-protocol.js';
import { joinOneGraph } from './e2e/one-graph.js';
import { newGraph, onRealRos, rcl, type TestGraph, until } from './harness.js';
import { GripperServer } from './servers/gripper-server.js';
import { publishJointStates } from './servers/joint-state-publisher.js';
import { JointTrajectoryServer } from './servers/joint-trajectory-server.js';

const ARM = 'arm/follow_joint_trajectory';
const HAND = 'hand/command';

describe("the watchdog's stop over ROS", () => {
  let broker: { close(): Promise<void> };
  let entry: string;
  let graph: TestGraph;
  let robotNode: RosNode;
  let arm: JointTrajectoryServer;
  let hand: GripperServer;
  let watchdog: Watchdog | undefined;
  let reports: StopReport[];

  beforeAll(async () => {
    broker = await joinOneGraph();
    entry = new URL('./e2e/stand-in.js', import.meta.url).href;
    if (!onRealRos) return;
    const { findRclnodejs } = await import('../../lib/ros/load-rclnodejs.js');
    entry = findRclnodejs();
  });
  afterAll(() => broker.close());

  beforeEach(async () => {
    reports = [];
    graph = newGraph();
    robotNode = await graph.node('robot');
    arm = new JointTrajectoryServer(rcl, robotNode, { action: ARM, jointNames: ['a'] });
    hand = new GripperServer(rcl, robotNode, {
      type: 'control_msgs/action/GripperCommand',
      action: HAND,
      start: 0.05,
      speed: 0.0001,
    });
  });
  afterEach(async () => {
    watchdog?.disarm();
    await watchdog?.dispose();
    watchdog = undefined;
    arm.dispose();
    hand.dispose();
    graph.dispose();
  });

  async function start(config: object = {}, stopTimeoutMs = 10_000): Promise<Watchdog> {
    watchdog = await Watchdog.start({
      stop: {
        module: new URL('../../lib/ros/stop-motion.js', import.meta.url),
        config: {
          trajectoryAction: ARM,
          gripperAction: HAND,
          namespace: graph.namespace,
          rclnodejs: entry,
          answerTimeoutMs: 5000,
          connectTimeoutMs: 20_000,
          ...config,
        },
      },
      startupTimeoutMs: 60_000,
      stopTimeoutMs,
      onStop: (report) => reports.push(report),
    });
    return watchdog;
  }

  /** The arm on a long way, the fingers too. */
  async function moving(): Promise<RosRobot> {
    const states = publishJointStates(robotNode, () => ({ a: arm.positions[0] ?? 0 }));
    const robot = await RosRobot.connect(await graph.node('bridge'), {
      jointNames: ['a'],
      trajectoryAction: ARM,
      gripper: { action: HAND, openPosition: 0.08, closedPosition: 0 },
      serverTimeoutMs: 20_000,
      connectTimeoutMs: 20_000,
    });
    states[Symbol.dispose]();
    const rest = { velocities: [0], accelerations: [0] };
    await robot.follow({
      startMs: robot.clock.now(),
      points: [
        { timeS: 0, positions: [0], ...rest },
        { timeS: 120, positions: [1], ...rest },
      ],
    });
    robot.gripper.close().catch(() => {});
    await until(() => arm.busy && hand.asked.length === 1);
    return robot;
  }

  it('ends the motion of arm and gripper when no heartbeat comes', async () => {
    const dog: MotionWatchdog = await start();
    const robot = await moving();
    dog.arm();
    await until(() => !arm.busy && hand.cancellations > 0 && reports.length > 0);
    expect(reports).toEqual([{ accepted: true, tries: 1, message: '' }]);
    expect(dog.tripped?.reason).toBe('missed-heartbeat');
    expect(arm.positions[0]).toBeLessThan(0.9);
    // The bridge, when it is there again, finds that it was not its doing.
    await until(() =>
      robot.jointState().then(
        () => false,
        (error: unknown) => error instanceof VLAError && error.code === 'ROBOT_FAILED',
      ),
    );
    await robot[Symbol.asyncDispose]();
  });

  it('does not take the name of the node that it was launched beside, but its namespace', async () => {
    const elsewhere = ['--ros-args', '-r', '__node:=vla_node', '-r', `__ns:=${graph.namespace}`];
    await start({ namespace: '', args: elsewhere });
    const names = () =>
      robotNode.raw
        .getNodeNamesAndNamespaces()
        .filter(({ namespace }) => namespace === graph.namespace)
        .map(({ name }) => name);
    await until(() => names().some((name) => name.startsWith('jetson_vla_stop_')));
    expect(names()).not.toContain('vla_node');
  });

  it('follows the remappings of the actions', async () => {
    const dog: MotionWatchdog = await start({
      trajectoryAction: 'a/b',
      gripperAction: '',
      args: ['--ros-args', '-r', `a/b:=${ARM}`],
    });
    const robot = await moving();
    dog.arm();
    await until(() => !arm.busy);
    await robot[Symbol.asyncDispose]();
  });

  it('looks for the servers in the domain of the bridge, not of the environment', async () => {
    const domainId = 57;
    const elsewhere = await graph.node('robot_elsewhere', { domainId });
    await expect(start({ domainId, connectTimeoutMs: 500 })).rejects.toMatchObject({ code: 'ROBOT_FAILED' });
    const there = new JointTrajectoryServer(rcl, elsewhere, { action: ARM, jointNames: ['a'] });
    await start({ domainId, gripperAction: '' });
    there.dispose();
  });

  it('is not ready while a server is missing', async () => {
    await expect(start({ gripperAction: 'nobody/there', connectTimeoutMs: 500 })).rejects.toMatchObject({
      code: 'ROBOT_FAILED',
      message: expect.stringContaining('no server of the action nobody/there was there within 500 ms'),
    });
  });

  it('says when a server does not confirm, and has told the others', async () => {
    const dog: MotionWatchdog = await start({ answerTimeoutMs: 300 });
    const robot = await moving();
    hand.dispose();
    dog.arm();
    await until(() => reports.length > 0);
    expect(reports[0]).toMatchObject({
      accepted: false,
      tries: 3,
      message: expect.stringContaining(`${HAND} did not confirm the cancellation of its goals`),
    });
    await until(() => !arm.busy);
    await robot[Symbol.asyncDispose]();
  });
});
