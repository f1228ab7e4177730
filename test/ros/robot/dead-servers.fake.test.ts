import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RosGripper } from '../../../lib/ros/robot/ros-gripper.js';
import { RosTime } from '../../../lib/ros/robot/ros-time.js';
import { TrajectoryFollower } from '../../../lib/ros/robot/trajectory-follower.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { freeze, kill } from '../../fakes/rclnodejs/faults.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';
import { GripperServer } from '../servers/gripper-server.js';
import { JointTrajectoryServer } from '../servers/joint-trajectory-server.js';

const ACTION = 'arm/follow_joint_trajectory';
const PROMISED_MS = 1000;
const SHORT_MS = 500;
/** For a machine that is busy with other things. */
const GRACE_MS = 2000;

describe.each([
  ['was killed', kill],
  ['hangs', freeze],
])('a server that %s', (_, strike: (node: object) => void) => {
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

  async function arm(serverTimeoutMs = SHORT_MS) {
    const time = new RosTime(node, { useSimTime: false });
    const server = new JointTrajectoryServer(rcl, robotNode, { action: ACTION, jointNames: ['a'] });
    const follower = new TrajectoryFollower(node, time, {
      action: ACTION,
      jointNames: ['a'],
      serverTimeoutMs,
      measured: async () => [0],
    });
    made.push(follower, server);
    await until(() => follower.available);
    const move = (durationS: number) => ({
      startMs: time.clock.now(),
      points: [restingAt(0, 0), restingAt(1, durationS)],
    });
    return { follower, server, move };
  }

  async function gripper(serverTimeoutMs = SHORT_MS) {
    const server = new GripperServer(rcl, robotNode, {
      type: 'control_msgs/action/GripperCommand',
      start: 0.05,
      speed: 0.001,
    });
    const bridge = new RosGripper(
      node,
      { action: 'gripper/command', openPosition: 0.08, closedPosition: 0 },
      { serverTimeoutMs, discoveryTimeoutMs: 5000, measured: () => undefined },
    );
    made.push(bridge, server);
    await bridge.connect();
    return { bridge, server };
  }

  it('is noticed within a second while it carries out a trajectory', async () => {
    const { follower, server, move } = await arm(PROMISED_MS);
    await follower.follow(move(30));
    await until(() => server.busy);
    const struckAt = performance.now();
    strike(robotNode.raw);
    await until(() => follower.fault !== undefined);
    expect(performance.now() - struckAt).toBeLessThan(PROMISED_MS + GRACE_MS);
    expect(follower.fault).toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining(`${graph.namespace}/${ACTION} gave no sign of life for 1000 ms`),
    });
  });

  it('does not take a trajectory, and is not waited for', async () => {
    const { follower, move } = await arm();
    strike(robotNode.raw);
    await expect(follower.follow(move(1))).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  });

  it('cannot be stopped until one is there that answers', async () => {
    const { follower, move } = await arm();
    await follower.follow(move(30));
    strike(robotNode.raw);
    await until(() => follower.fault !== undefined);
    await expect(follower.stop()).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
    expect(follower.fault).toBeDefined();

    const revived = await graph.node('revived');
    const server = new JointTrajectoryServer(rcl, revived, { action: ACTION, jointNames: ['a'] });
    made.push(server);
    await until(async () => {
      try {
        await follower.stop();
        return true;
      } catch {
        return false;
      }
    });
    expect(follower.fault).toBeUndefined();
    await follower.follow(move(0.1));
    expect(server.asked).toHaveLength(1);
  });

  it('is noticed within a second while it moves the fingers', async () => {
    const { bridge, server } = await gripper(PROMISED_MS);
    const closing = bridge.close();
    const failed = expect(closing).rejects.toMatchObject({
      code: 'ROS_TIMEOUT',
      message: expect.stringContaining('gave no sign of life'),
    });
    await until(() => server.asked.length === 1);
    const struckAt = performance.now();
    strike(robotNode.raw);
    await failed;
    expect(performance.now() - struckAt).toBeLessThan(PROMISED_MS + GRACE_MS);
  });

  it('makes the next command of a gripper that was cancelled in vain fail', async () => {
    const { bridge, server } = await gripper();
    const abort = new AbortController();
    const aborted = expect(bridge.close(abort.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    await until(() => server.asked.length === 1);
    strike(robotNode.raw);
    abort.abort();
    await aborted;
    expect(bridge.fault).toMatchObject({ code: 'ROBOT_FAILED' });
    await expect(bridge.open()).rejects.toBe(bridge.fault);
    await expect(bridge.stop()).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  });
});

function restingAt(position: number, timeS: number) {
  return { timeS, positions: [position], velocities: [0], accelerations: [0] };
}
