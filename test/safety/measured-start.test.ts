import { expect, it } from 'vitest';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 }];

it.each([1e-3, -1e-3])('noise of %f rad/s does not keep a joint outside its range', async (noise) => {
  const robot = new FakeRobot(['base']);
  robot.positions = [2.0005];
  robot.distort = (state) => ({ ...state, velocities: state.velocities.map((speed) => speed + noise) });
  const executor = new SafeVLAExecutor(robot, { limits, audit: false, onWarning: () => {} });
  const outcome = await executor.execute(chunkOf(robot, [[1.9, 0]], { secondsPerWaypoint: 1 }));
  expect(outcome.outcome).toBe('pass');
  expect(robot.trajectories[0]?.points[0]).toMatchObject({ positions: [2.0005], velocities: [0] });
});

it('a motion that is measured is where the first one begins', async () => {
  const robot = new FakeRobot(['base']);
  robot.distort = (state) => ({ ...state, velocities: state.velocities.map((speed) => speed + 0.1) });
  const executor = new SafeVLAExecutor(robot, { limits, audit: false, onWarning: () => {} });
  await executor.execute(chunkOf(robot, [[0.2, 0]], { secondsPerWaypoint: 1 }));
  expect(robot.trajectories[0]?.points[0]?.velocities).toEqual([0.1]);
});
