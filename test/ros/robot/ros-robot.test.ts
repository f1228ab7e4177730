import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RosRobot } from '../../../lib/ros/robot/ros-robot.js';
import type { RosRobotOptions } from '../../../lib/ros/robot/ros-robot-options.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';
import { GripperServer } from '../servers/gripper-server.js';
import { publishJointStates } from '../servers/joint-state-publisher.js';
import { JointTrajectoryServer } from '../servers/joint-trajectory-server.js';

const JOINTS = ['shoulder', 'elbow'];
const PATIENT_MS = 10_000;
const GRIPPER = { action: 'gripper/command', openPosition: 0.08, closedPosition: 0, jointName: 'finger' };

describe('a ROS robot', () => {
  let graph: TestGraph;
  let node: RosNode;
  let robotNode: RosNode;
  let made: Disposable[];

  beforeEach(async () => {
    made = [];
    graph = newGraph();
    node = await graph.node('bridge');
    robotNode = await graph.node('robot');
  });
  afterEach(() => {
    for (const each of made) each[Symbol.dispose]();
    graph.dispose();
  });

  function servers({ speed = 0.5 } = {}) {
    const arm = new JointTrajectoryServer(rcl, robotNode, { jointNames: JOINTS, start: [0.1, 0.2] });
    const gripper = new GripperServer(rcl, robotNode, {
      type: 'control_msgs/action/ParallelGripperCommand',
      start: 0.04,
      speed,
    });
    const states = publishJointStates(robotNode, () => ({
      finger: gripper.position,
      elbow: arm.positions[1] ?? 0,
      shoulder: arm.positions[0] ?? 0,
    }));
    made.push(states, arm, gripper);
    return { arm, gripper };
  }

  async function connected(options: Partial<RosRobotOptions> = {}) {
    const robot = await RosRobot.connect(node, {
      jointNames: JOINTS,
      gripper: GRIPPER,
      serverTimeoutMs: PATIENT_MS,
      ...options,
    });
    made.unshift({ [Symbol.dispose]: () => void robot[Symbol.asyncDispose]() });
    return robot;
  }

  const move = (robot: RosRobot, to: readonly number[], durationS: number) => ({
    startMs: robot.clock.now(),
    points: [restingAt([0.1, 0.2], 0), restingAt(to, durationS)],
  });

  it('measures its joints by name, in its own order', async () => {
    servers();
    const robot = await connected();
    const { positions, stamp } = await robot.jointState();
    expect(positions).toEqual([0.1, 0.2]);
    expect(robot.clock.now() - stamp).toBeLessThan(5000);
    expect(robot.jointNames).toEqual(JOINTS);
  });

  it('follows trajectories and moves its gripper', async () => {
    const { arm, gripper } = servers();
    const robot = await connected();
    await robot.follow(move(robot, [0.4, 0.3], 0.3));
    await until(async () => (await robot.jointState()).positions.join() === '0.4,0.3');
    expect(arm.positions).toEqual([0.4, 0.3]);
    await robot.gripper.close();
    expect(gripper.position).toBe(0);
    expect(await robot.gripper.isGripping()).toBe(false);
  });

  it('throws a fault that came later with the next joint state, until it was stopped', async () => {
    const { arm } = servers();
    const robot = await connected();
    await robot.follow(move(robot, [1, 1], 30));
    arm.abort(-4, 'too far');
    const failure = {
      code: 'ROBOT_FAILED',
      message: expect.stringContaining('PATH_TOLERANCE_VIOLATED'),
      cause: expect.objectContaining({ code: 'ROBOT_FAILED' }),
    };
    let thrown: unknown;
    await until(async () => {
      thrown = await robot.jointState().then(
        () => undefined,
        (error: unknown) => error,
      );
      return thrown !== undefined;
    });
    expect(thrown).toMatchObject(failure);
    await robot.stop();
    expect((await robot.jointState()).positions).toHaveLength(2);
  });

  it('stops arm and gripper', async () => {
    const { arm, gripper } = servers({ speed: 0.001 });
    const robot = await connected();
    await robot.follow(move(robot, [1, 1], 30));
    const closing = expect(robot.gripper.close()).rejects.toMatchObject({ code: 'ABORTED' });
    await until(() => arm.busy && gripper.asked.length === 1);
    await robot.stop();
    await closing;
    expect(arm.busy).toBe(false);
    expect(gripper.cancellations).toBeGreaterThan(0);
  });

  it('stops at any time, also before anything was sent and again', async () => {
    servers();
    const robot = await connected();
    await robot.stop();
    await robot.stop();
    expect((await robot.jointState()).positions).toEqual([0.1, 0.2]);
  });

  it('goes without a gripper', async () => {
    servers();
    for (const gripper of [false, { ...GRIPPER, action: '' }] as const) {
      const robot = await connected({ gripper });
      await robot.gripper.open();
      await robot.gripper.close();
      expect(await robot.gripper.isGripping()).toBe(false);
      await robot.stop();
    }
  });

  it('says at once what all is missing', async () => {
    const connecting = connected({ connectTimeoutMs: 300 });
    await expect(connecting).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
    const message = await connecting.catch((error: Error) => error.message);
    for (const part of [
      `${graph.namespace}/joint_states`,
      `${graph.namespace}/joint_trajectory_controller/follow_joint_trajectory`,
      `${graph.namespace}/gripper/command`,
    ])
      expect(message).toContain(part);
  });

  it('names the trajectory servers that are there when its own is not', async () => {
    servers();
    const connecting = connected({ trajectoryAction: 'left_arm/follow', connectTimeoutMs: 2000 });
    await expect(connecting).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringMatching(
        /no server of the action .*left_arm\/follow .*joint_trajectory_controller\/follow_joint_trajectory/,
      ),
    });
  });

  it('gives back what it has and leaves the node to its owner', async () => {
    servers();
    const robot = await connected();
    await robot[Symbol.asyncDispose]();
    await robot[Symbol.asyncDispose]();
    await expect(robot.jointState()).rejects.toMatchObject({ code: 'DISPOSED' });
    const again = await connected();
    expect((await again.jointState()).positions).toEqual([0.1, 0.2]);
  });

  it.each([
    [{ jointNames: [] }, 'jointNames'],
    [{ jointNames: ['a', 'a'] }, 'jointNames'],
    [{ serverTimeoutMs: 200 }, 'serverTimeoutMs'],
    [{ pathTolerance: 0 }, 'pathTolerance'],
    [{ goalTolerance: Number.NaN }, 'goalTolerance'],
    [{ gripper: { ...GRIPPER, closedPosition: 0.08 } }, 'closedPosition'],
    [{ gripper: { ...GRIPPER, maxEffort: -1 } }, 'maxEffort'],
  ])('refuses the options %j', async (options, name) => {
    await expect(connected(options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining(name),
    });
  });
});

function restingAt(positions: readonly number[], timeS: number) {
  const zeros = positions.map(() => 0);
  return { timeS, positions, velocities: zeros, accelerations: zeros };
}
