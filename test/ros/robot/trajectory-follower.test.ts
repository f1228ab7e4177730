import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rcl, RclActionClient } from '../../../lib/ros/rcl.js';
import { RosTime } from '../../../lib/ros/robot/ros-time.js';
import {
  TrajectoryFollower,
  type TrajectoryFollowerOptions,
} from '../../../lib/ros/robot/trajectory-follower.js';
import { RosNode } from '../../../lib/ros/ros-node.js';
import type { JointTrajectory } from '../../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import { newGraph, rcl, type TestGraph, until } from '../harness.js';
import { goalCurve } from '../servers/goal-curve.js';
import {
  JointTrajectoryServer,
  type JointTrajectoryServerOptions,
} from '../servers/joint-trajectory-server.js';

const ACTION = 'arm/follow_joint_trajectory';
const JOINTS = ['shoulder', 'elbow'];
/** Nothing on a busy machine may look like a dead server. */
const PATIENT_MS = 10_000;

describe('a trajectory follower', () => {
  let graph: TestGraph;
  let node: RosNode;
  let time: RosTime;
  let robotNode: RosNode;
  let made: Disposable[];

  beforeEach(async () => {
    made = [];
    graph = newGraph();
    node = await graph.node('bridge');
    robotNode = await graph.node('robot');
    time = new RosTime(node, { useSimTime: false });
  });
  afterEach(() => {
    for (const each of made) each[Symbol.dispose]();
    graph.dispose();
  });

  async function connected(
    server: Partial<JointTrajectoryServerOptions> = {},
    options: Partial<TrajectoryFollowerOptions> = {},
  ) {
    const robot = new JointTrajectoryServer(rcl, robotNode, {
      action: ACTION,
      jointNames: JOINTS,
      ...server,
    });
    const follower = new TrajectoryFollower(node, time, {
      action: ACTION,
      jointNames: JOINTS,
      serverTimeoutMs: PATIENT_MS,
      measured: async () => robot.positions,
      ...options,
    });
    made.push(follower, robot);
    await until(() => follower.available);
    return { robot, follower };
  }

  /** Both joints by as much, in `durationS`. */
  const move = (to: number, durationS: number, startMs = time.clock.now(), from = 0): JointTrajectory => ({
    startMs,
    points: [restingAt(from, 0), restingAt(to, durationS)],
  });

  it('has the server carry out a trajectory to its end', async () => {
    const { robot, follower } = await connected();
    await follower.follow(move(0.5, 0.3));
    await until(() => robot.asked.length === 1 && !robot.busy);
    expect(robot.positions).toEqual([0.5, 0.5]);
    expect(follower.fault).toBeUndefined();
  });

  it('replaces a running trajectory on its way without a jump', async () => {
    const { robot, follower } = await connected();
    const first = move(1, 4);
    await follower.follow(first);
    await until(() => (robot.positions[0] ?? 0) > 0.05);
    const takeOverMs = time.clock.now() + 100;
    const state = sampleTrajectory(first.points, (takeOverMs - first.startMs) / 1000);
    await follower.follow({ startMs: takeOverMs, points: [{ timeS: 0, ...state }, restingAt(0.6, 1.5)] });

    const [, goal] = robot.asked;
    if (goal === undefined) throw new Error('no second goal');
    const sent = goalCurve(goal);
    const startMs = time.toClockMs(goal.trajectory.header.stamp);
    expect(startMs).toBeLessThan(takeOverMs - 100);
    // The stamp goes through two readings of two clocks.
    const before = sampleTrajectory(first.points, (startMs - first.startMs) / 1000).positions[0] ?? 0;
    expect(sent.points[0]?.positions[0]).toBeCloseTo(before, 2);
    await until(() => !robot.busy);
    expect(robot.positions).toEqual([0.6, 0.6]);
    expect(follower.fault).toBeUndefined();
  });

  it('takes the end of a goal that it has replaced itself for no fault', async () => {
    const { robot, follower } = await connected();
    for (let count = 0; count < 5; count++) await follower.follow(move(0.2, 0.5 + count / 10));
    await until(() => !robot.busy);
    expect(robot.asked).toHaveLength(5);
    expect(follower.fault).toBeUndefined();
  });

  it('takes it for no fault either when that end is heard of before the acceptance of the new one', async () => {
    let replace = () => {};
    const { robot, follower } = await connected({
      refuses: () => {
        replace();
        return false;
      },
    });
    replace = () => robot.abort(-1, 'preempted');
    await follower.follow(move(1, 30));
    await follower.follow(move(0.1, 0.5));
    await until(() => !robot.busy);
    expect(robot.positions).toEqual([0.1, 0.1]);
    expect(follower.fault).toBeUndefined();
  });

  it('keeps the abort of the newest goal with the name of its error', async () => {
    const { robot, follower } = await connected();
    await follower.follow(move(1, 30));
    robot.abort(-4, 'elbow is 0.2 rad off');
    await until(() => follower.fault !== undefined);
    expect(follower.fault).toMatchObject({ code: 'ROBOT_FAILED' });
    expect(follower.fault?.message).toContain('PATH_TOLERANCE_VIOLATED (-4), elbow is 0.2 rad off');
    expect(follower.fault?.message).toContain(`${graph.namespace}/${ACTION}`);
    await expect(follower.follow(move(1, 1))).rejects.toBe(follower.fault);
    expect(robot.asked).toHaveLength(1);
  });

  it('keeps as a fault that somebody else has taken the arm over', async () => {
    const { follower } = await connected();
    const otherNode = await graph.node('other');
    const other = new TrajectoryFollower(otherNode, time, {
      action: ACTION,
      jointNames: JOINTS,
      serverTimeoutMs: PATIENT_MS,
      measured: async () => [0, 0],
    });
    made.push(other);
    await until(() => other.available);
    await follower.follow(move(1, 30));
    await other.follow(move(0.3, 30));
    await until(() => follower.fault !== undefined);
    expect(follower.fault?.message).toContain('INVALID_GOAL');
    expect(other.fault).toBeUndefined();
  });

  it('stops the arm where it is, and can go on afterwards', async () => {
    const { robot, follower } = await connected();
    await follower.follow(move(1, 30));
    await until(() => (robot.positions[0] ?? 0) > 0.0001);
    await follower.stop();
    expect(robot.busy).toBe(false);
    expect(robot.positions[0]).toBeLessThan(0.9);
    expect(follower.fault).toBeUndefined();
    const at = robot.positions[0] ?? 0;
    await follower.follow(move(at + 0.1, 0.3, time.clock.now(), at));
    await until(() => !robot.busy);
    expect(robot.positions[0]).toBeCloseTo(at + 0.1, 9);
  });

  it("stops goals that are not its own, and they end without its server's refusal", async () => {
    const { robot, follower } = await connected();
    const otherNode = await graph.node('other');
    const other = otherNode.actionClient('control_msgs/action/FollowJointTrajectory', ACTION);
    await until(() => other.available());
    const stamp = time.toStamp(time.clock.now());
    await other.send(
      {
        trajectory: {
          header: { stamp, frame_id: '' },
          joint_names: JOINTS,
          points: [
            {
              positions: [1, 1],
              velocities: [0, 0],
              accelerations: [0, 0],
              effort: [],
              time_from_start: { sec: 60, nanosec: 0 },
            },
          ],
        },
        path_tolerance: [],
        goal_tolerance: [],
        goal_time_tolerance: { sec: 0, nanosec: 0 },
      },
      { timeoutMs: PATIENT_MS },
    );
    await follower.stop();
    await until(() => !robot.busy);
    expect(robot.cancellations).toBe(1);
  });

  it('forgets a fault when a stop has worked', async () => {
    const { robot, follower } = await connected();
    await follower.follow(move(1, 30));
    robot.abort(-5, '');
    await until(() => follower.fault !== undefined);
    await follower.stop();
    expect(follower.fault).toBeUndefined();
    await follower.follow(move(0.1, 0.2));
  });

  it('cancels first where a controller refuses to replace a goal', async () => {
    const { robot, follower } = await connected({ refusesReplacement: true });
    await follower.follow(move(0.05, 30));
    await follower.follow(move(0.06, 0.5));
    await until(() => !robot.busy);
    expect(robot.asked).toHaveLength(3);
    expect(robot.cancellations).toBe(1);
    expect(robot.positions).toEqual([0.06, 0.06]);
    expect(follower.fault).toBeUndefined();
  });

  it('does not join a motion that has left the arm behind', async () => {
    const { robot, follower } = await connected({ refusesReplacement: true });
    await follower.follow(move(0.05, 30));
    const far = move(2, 0.5, time.clock.now() - 1000, 1);
    await expect(follower.follow(far)).rejects.toMatchObject({
      code: 'ROS_GOAL_REJECTED',
      message: expect.stringContaining('shoulder is at 0.0'),
    });
    expect(robot.busy).toBe(false);
    expect(follower.fault).toBeUndefined();
  });

  it('reports the refusal of a goal when none of its own runs', async () => {
    const { robot, follower } = await connected({ refuses: () => true });
    await expect(follower.follow(move(1, 1))).rejects.toMatchObject({ code: 'ROS_GOAL_REJECTED' });
    expect(robot.asked).toHaveLength(1);
    expect(follower.fault).toBeUndefined();
  });

  it('does not set the arm in motion after a stop that came while the goal was on its way', async () => {
    const { robot, follower } = await connected();
    const sending = follower.follow(move(1, 30));
    const refused = expect(sending).rejects.toMatchObject({ code: 'ROBOT_FAILED' });
    await follower.stop();
    await refused;
    await until(() => !robot.busy);
    expect(robot.positions[0]).toBeLessThan(0.5);
    expect(follower.fault).toBeUndefined();
  });

  it('cancels a goal that reaches the server only after the stop', async () => {
    const { robot } = await connected();
    let sent = false;
    const slow: Rcl = Object.create(rcl, {
      ActionClient: {
        value: class extends rcl.ActionClient {
          override async sendGoal(...goal: Parameters<RclActionClient['sendGoal']>) {
            sent = true;
            await sleep(500);
            return super.sendGoal(...goal);
          }
        },
      },
    });
    using slowNode = await RosNode.create(slow, { name: 'slow', namespace: graph.namespace });
    using follower = new TrajectoryFollower(slowNode, time, {
      action: ACTION,
      jointNames: JOINTS,
      serverTimeoutMs: PATIENT_MS,
      measured: async () => robot.positions,
    });
    await until(() => follower.available);
    const refused = expect(follower.follow(move(1, 30))).rejects.toMatchObject({ code: 'ROBOT_FAILED' });
    await until(() => sent);
    await follower.stop();
    await refused;
    expect(robot.asked).toHaveLength(1);
    expect(robot.cancellations).toBe(1);
    await until(() => !robot.busy);
    expect(follower.fault).toBeUndefined();
  });

  it('stops at once when there is no server and never was one', async () => {
    const follower = new TrajectoryFollower(node, time, {
      action: 'nobody/there',
      jointNames: JOINTS,
      serverTimeoutMs: PATIENT_MS,
      measured: async () => [0, 0],
    });
    await follower.stop();
    expect(follower.available).toBe(false);
  });

  it('does not take a server that sends no feedback for a dead one', async () => {
    const { robot, follower } = await connected({ sendsFeedback: false }, { serverTimeoutMs: 2000 });
    await follower.follow(move(0.5, 1.5));
    await until(() => !robot.busy);
    expect(robot.positions).toEqual([0.5, 0.5]);
    expect(robot.cancellations).toBe(0);
    expect(follower.fault).toBeUndefined();
  });

  it('says so when a goal that it cancels does not end', async () => {
    const { follower } = await connected({ deafToCancel: true }, { serverTimeoutMs: 1000 });
    await follower.follow(move(1, 30));
    await expect(follower.stop()).rejects.toMatchObject({ code: 'ROS_TIMEOUT' });
  });

  it('refuses what is no trajectory of its joints', async () => {
    const { robot, follower } = await connected();
    const wrong: readonly JointTrajectory[] = [
      { startMs: 0, points: [] },
      { ...move(1, 1), startMs: Number.NaN },
      { startMs: 0, points: [{ timeS: 0, positions: [0], velocities: [0], accelerations: [0] }] },
    ];
    for (const trajectory of wrong)
      await expect(follower.follow(trajectory)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(robot.asked).toHaveLength(0);
  });

  it('leaves nothing behind in the node', async () => {
    const { robot, follower } = await connected();
    await follower.follow(move(1, 30));
    follower.dispose();
    follower.dispose();
    expect(robot.busy).toBe(true);
    expect(follower.fault).toBeUndefined();
  });
});

function restingAt(position: number, timeS: number) {
  return { timeS, positions: [position, position], velocities: [0, 0], accelerations: [0, 0] };
}
