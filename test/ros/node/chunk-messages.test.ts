import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Float32MultiArrayMessage, JointTrajectoryMessage } from '../../../lib/ros/messages.js';
import { actionsCdr, chunkTrajectoryCdr } from '../../../lib/ros/node/chunk-messages.js';
import { PolicyRobot } from '../../../lib/ros/node/policy-robot.js';
import { RELIABLE } from '../../../lib/ros/qos.js';
import type { RosNode } from '../../../lib/ros/ros-node.js';
import { chunkOf, FakeRobot } from '../../fakes/fake-robot.js';
import { newGraph, onRealRos, type TestGraph, until } from '../harness.js';

const robot = new FakeRobot();
const rows = Array.from({ length: 5 }, (_, k) => [k, k + 0.1, k + 0.2, k + 0.3, k + 0.4, k + 0.5, 1]);
const chunk = chunkOf(robot, rows, { secondsPerWaypoint: 0.3 });

describe('a chunk as a message', () => {
  let graph: TestGraph;
  let node: RosNode;
  const actions: Float32MultiArrayMessage[] = [];
  const trajectories: JointTrajectoryMessage[] = [];
  let publish: { actions(cdr: Buffer): void; trajectory(cdr: Buffer): void };

  beforeEach(async () => {
    graph = newGraph();
    node = await graph.node('node');
    const reader = await graph.node('reader');
    reader.subscribe('std_msgs/msg/Float32MultiArray', 'actions', RELIABLE, (message) =>
      actions.push(message),
    );
    reader.subscribe('trajectory_msgs/msg/JointTrajectory', 'trajectory', RELIABLE, (message) =>
      trajectories.push(message),
    );
    const [one, other] = [
      node.advertiseCdr('std_msgs/msg/Float32MultiArray', 'actions', RELIABLE),
      node.advertiseCdr('trajectory_msgs/msg/JointTrajectory', 'trajectory', RELIABLE),
    ];
    publish = { actions: (cdr) => one.publish(cdr), trajectory: (cdr) => other.publish(cdr) };
    await until(() => node.raw.countSubscribers(one.name) > 0 && node.raw.countSubscribers(other.name) > 0);
  });
  afterEach(() => {
    graph.dispose();
    actions.length = 0;
    trajectories.length = 0;
  });

  /** What a subscriber makes of the bytes. */
  async function received<T>(list: T[], send: () => void): Promise<T> {
    list.length = 0;
    send();
    // One that was only just discovered may miss the first.
    await until(() => {
      if (list.length === 0) send();
      return list.length > 0;
    });
    return list[0] as T;
  }

  it('is a Float32MultiArray with the layout (batch, horizon, action) and strides counted in elements', async () => {
    const { layout, data } = await received(actions, () => publish.actions(actionsCdr(chunk)));
    expect(layout).toEqual({
      dim: [
        { label: 'batch', size: 1, stride: 35 },
        { label: 'horizon', size: 5, stride: 35 },
        { label: 'action', size: 7, stride: 7 },
      ],
      data_offset: 0,
    });
    expect(data).toEqual(Float32Array.from(rows.flat()));
  });

  it('is a JointTrajectory with the stamp of its observation and each waypoint one step after the one before', async () => {
    const stamp = { sec: 12, nanosec: 345 };
    const names = ['j1', 'j2', 'j3', 'j4', 'j5', 'j6'];
    const send = () => publish.trajectory(chunkTrajectoryCdr(chunk, stamp, names));
    const { header, joint_names, points } = await received(trajectories, send);
    expect(header).toEqual({ stamp, frame_id: '' });
    expect(joint_names).toEqual(names);
    expect(points.map(({ time_from_start: { sec, nanosec } }) => sec + nanosec / 1e9)).toEqual([
      0.3, 0.6, 0.9, 1.2, 1.5,
    ]);
    expect(Array.from(points[2]?.positions ?? [])).toEqual(
      Array.from(Float32Array.from(rows[2]?.slice(0, 6) ?? [])),
    );
    expect(points.every(({ velocities, effort }) => velocities.length === 0 && effort.length === 0)).toBe(
      true,
    );
  });

  it('arrives whole, whatever its shape and the names of its joints', async () => {
    const names = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { minLength: 1, maxLength: 9 });
    const shapes = fc.record({
      names,
      horizon: fc.integer({ min: 1, max: 64 }),
      dt: fc.double({ min: 1e-3, max: 100, noNaN: true }),
    });
    const law = fc.asyncProperty(shapes, async ({ names, horizon, dt }) => {
      const values = Array.from({ length: horizon }, (_, k) => [
        ...names.map((_, joint) => k - joint / 8),
        0.5,
      ]);
      const unique = names.map((name, joint) => `${joint}${name.replaceAll('\0', '')}`);
      const any = chunkOf(robot, values, { names: unique, secondsPerWaypoint: dt });
      const stamp = { sec: 2 ** 31 - 1, nanosec: 999_999_999 };
      const sent = await received(actions, () => publish.actions(actionsCdr(any)));
      expect(sent.data).toEqual(any.toFloat32Array());
      const trajectory = await received(trajectories, () =>
        publish.trajectory(chunkTrajectoryCdr(any, stamp, unique)),
      );
      expect(trajectory.header.stamp).toEqual(stamp);
      expect(trajectory.joint_names).toEqual(unique);
      expect(trajectory.points.map(({ positions }) => Array.from(positions))).toEqual(
        [...any].map(({ joints }) => [...joints]),
      );
      const last = trajectory.points.at(-1)?.time_from_start ?? { sec: Number.NaN, nanosec: 0 };
      expect(last.sec + last.nanosec / 1e9).toBeCloseTo(horizon * dt, 6);
    });
    await fc.assert(law, { numRuns: onRealRos ? 15 : 60 });
  });
});

describe('a robot under the names of a policy', () => {
  it('is the same robot otherwise', async () => {
    const named = new PolicyRobot(robot, ['1', '2', '3', '4', '5', '6']);
    expect(named.jointNames).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(await named.jointState()).toEqual(await robot.jointState());
    await named.stop();
    expect(robot.commands.at(-1)?.kind).toBe('stop');
  });
});
