import { describe, expect, it } from 'vitest';
import { actionsMessage, chunkTrajectoryMessage } from '../../../lib/ros/node/chunk-messages.js';
import { PolicyRobot } from '../../../lib/ros/node/policy-robot.js';
import { chunkOf, FakeRobot } from '../../fakes/fake-robot.js';

const robot = new FakeRobot();
const rows = Array.from({ length: 5 }, (_, k) => [k, k + 0.1, k + 0.2, k + 0.3, k + 0.4, k + 0.5, 1]);
const chunk = chunkOf(robot, rows, { secondsPerWaypoint: 0.3 });

describe('a chunk as messages', () => {
  it('is a Float32MultiArray with the layout (batch, horizon, action) and strides counted in elements', () => {
    const { layout, data } = actionsMessage(chunk);
    expect(layout).toEqual({
      dim: [
        { label: 'batch', size: 1, stride: 35 },
        { label: 'horizon', size: 5, stride: 35 },
        { label: 'action', size: 7, stride: 7 },
      ],
      data_offset: 0,
    });
    expect(data).toEqual(Float32Array.from(rows.flat()));
    expect(data.byteOffset).toBe(0);
  });

  it('is a JointTrajectory with the stamp of its observation and each waypoint one step after the one before', () => {
    const stamp = { sec: 12, nanosec: 345 };
    const names = ['j1', 'j2', 'j3', 'j4', 'j5', 'j6'];
    const { header, joint_names, points } = chunkTrajectoryMessage(chunk, stamp, names);
    expect(header).toEqual({ stamp, frame_id: '' });
    expect(joint_names).toEqual(names);
    expect(points.map(({ time_from_start: { sec, nanosec } }) => sec + nanosec / 1e9)).toEqual([
      0.3, 0.6, 0.9, 1.2, 1.5,
    ]);
    expect(points[2]?.positions).toEqual(Array.from(Float32Array.from(rows[2]?.slice(0, 6) ?? [])));
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
