import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RosGripper, type RosGripperOptions } from '../../../lib/ros/robot/ros-gripper.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';
import { GripperServer, type GripperServerOptions } from '../servers/gripper-server.js';

const OPEN = 0.08;
const CLOSED = 0;
const PATIENT_MS = 10_000;
const TYPES = ['control_msgs/action/GripperCommand', 'control_msgs/action/ParallelGripperCommand'] as const;

describe('a ROS gripper', () => {
  let graph: TestGraph;
  let node: RosNode;
  let made: Disposable[];
  let measured: number | undefined;

  beforeEach(async () => {
    made = [];
    measured = undefined;
    graph = newGraph();
    node = await graph.node('bridge');
  });
  afterEach(() => {
    for (const each of made) each[Symbol.dispose]();
    graph.dispose();
  });

  async function connected(
    server: Partial<GripperServerOptions> = {},
    options: Partial<RosGripperOptions> = {},
  ) {
    const robot = new GripperServer(rcl, await graph.node('gripper'), {
      type: TYPES[0],
      start: OPEN / 2,
      speed: 0.5,
      ...server,
    });
    const gripper = gripperOf(options);
    made.push(robot);
    await gripper.connect();
    return { robot, gripper };
  }

  function gripperOf(options: Partial<RosGripperOptions> = {}, discoveryTimeoutMs = PATIENT_MS) {
    const gripper = new RosGripper(
      node,
      { action: 'gripper/command', openPosition: OPEN, closedPosition: CLOSED, ...options },
      { serverTimeoutMs: PATIENT_MS, discoveryTimeoutMs, measured: () => measured },
    );
    made.unshift(gripper);
    return gripper;
  }

  it.each(TYPES)('opens and closes by whichever action there is: %s', async (type) => {
    const { robot, gripper } = await connected({ type }, { maxEffort: 20 });
    await gripper.close();
    expect(robot.position).toBe(CLOSED);
    expect(await gripper.isGripping()).toBe(false);
    await gripper.open();
    expect(robot.position).toBe(OPEN);
    expect(robot.efforts).toEqual([20, 20]);
  });

  it('leaves the effort to the controller unless one is asked for', async () => {
    const { robot, gripper } = await connected({ type: TYPES[1] });
    await gripper.close();
    expect(robot.efforts).toEqual([undefined]);
  });

  it.each(['stalled', 'aborted', 'reached'] as const)(
    'grips what the fingers meet, when the server calls that %s',
    async (onObject) => {
      const { robot, gripper } = await connected({ object: 0.03, onObject });
      await gripper.close();
      expect(robot.position).toBe(0.03);
      expect(await gripper.isGripping()).toBe(true);
      await gripper.open();
      expect(await gripper.isGripping()).toBe(false);
    },
  );

  it('no longer grips when the fingers have closed since', async () => {
    const { gripper } = await connected({ object: 0.03 }, { jointName: 'finger' });
    await gripper.close();
    measured = 0.03;
    expect(await gripper.isGripping()).toBe(true);
    measured = 0.001;
    expect(await gripper.isGripping()).toBe(false);
  });

  it('takes fingers that close fully for empty', async () => {
    const { gripper } = await connected({ object: 0.002, onObject: 'reached' });
    await gripper.close();
    expect(await gripper.isGripping()).toBe(false);
    const { gripper: fine } = await connected(
      { object: 0.002, onObject: 'reached', action: 'fine/command' },
      { action: 'fine/command', gripThreshold: 0.001 },
    );
    await fine.close();
    expect(await fine.isGripping()).toBe(true);
  });

  it('does nothing when it is open or closed already', async () => {
    const { robot, gripper } = await connected({}, { jointName: 'finger' });
    measured = OPEN;
    await gripper.open();
    expect(robot.asked).toEqual([]);
    await gripper.close();
    measured = CLOSED;
    await gripper.close();
    expect(robot.asked).toEqual([CLOSED]);
    // Somebody has opened it by hand.
    measured = OPEN;
    await gripper.close();
    expect(robot.asked).toEqual([CLOSED, CLOSED]);
  });

  it('lets go of something thick although the fingers look open', async () => {
    const { robot, gripper } = await connected({ start: OPEN, object: 0.079 }, { jointName: 'finger' });
    await gripper.close();
    measured = 0.079;
    expect(await gripper.isGripping()).toBe(true);
    await gripper.open();
    expect(robot.asked).toEqual([CLOSED, OPEN]);
  });

  it('says when the fingers are blocked on their way to open', async () => {
    const { robot, gripper } = await connected({ start: 0.1 }, { openPosition: -1, closedPosition: 1 });
    robot.object = 0.05;
    await expect(gripper.open()).rejects.toMatchObject({
      code: 'ROBOT_FAILED',
      message: expect.stringContaining('the fingers were blocked at 0.05'),
    });
  });

  it('cancels its command on a signal', async () => {
    const { robot, gripper } = await connected({ speed: 0.001 });
    const abort = new AbortController();
    const closing = gripper.close(abort.signal);
    const aborted = expect(closing).rejects.toMatchObject({ code: 'ABORTED' });
    await until(() => robot.asked.length === 1);
    abort.abort();
    await aborted;
    expect(robot.cancellations).toBe(1);
    expect(robot.position).toBeGreaterThan(CLOSED);
    expect(gripper.fault).toBeUndefined();
    expect(await gripper.isGripping()).toBe(false);
    await expect(gripper.close(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(robot.asked).toHaveLength(1);
  });

  it('gives up, and stops the fingers, when they do not come to rest in time', async () => {
    const { robot, gripper } = await connected({ speed: 0.001 }, { motionTimeoutMs: 100 });
    await expect(gripper.close()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining('did not come to rest within 100 ms'),
    });
    expect(robot.cancellations).toBe(1);
  });

  it('ends a command that runs when it is stopped', async () => {
    const { robot, gripper } = await connected({ speed: 0.001 });
    const closing = gripper.close();
    const aborted = expect(closing).rejects.toMatchObject({ code: 'ABORTED' });
    await until(() => robot.asked.length === 1);
    await gripper.stop();
    await aborted;
    expect(robot.cancellations).toBeGreaterThan(0);
    expect(robot.position).toBeGreaterThan(CLOSED);
  });

  it('says which action is missing', async () => {
    const gripper = gripperOf({ action: 'nobody/there' }, 200);
    await expect(gripper.close()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining(`${graph.namespace}/nobody/there`),
    });
    await gripper.stop();
  });

  it('says when the action is of another type', async () => {
    const robotNode = await graph.node('arm');
    const server = new rcl.ActionServer(
      robotNode.raw,
      'control_msgs/action/FollowJointTrajectory',
      'gripper/command',
      () => ({}),
    );
    made.push({ [Symbol.dispose]: () => server.destroy() });
    const gripper = gripperOf({}, 2000);
    await expect(gripper.close()).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining('it is of type control_msgs/action/FollowJointTrajectory'),
    });
  });
});
