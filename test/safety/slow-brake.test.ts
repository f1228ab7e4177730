import { expect, it, vi } from 'vitest';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const machine = vi.hoisted(() => ({ busy: () => {} }));

vi.mock('../../lib/trajectory/change-rate.js', async (original) => {
  const { changeRate } = await original<typeof import('../../lib/trajectory/change-rate.js')>();
  return {
    changeRate: (change: Parameters<typeof changeRate>[0]) => {
      machine.busy();
      return changeRate(change);
    },
  };
});

const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 }];

it.each([0, 20])(
  'a brake that takes longer to compute than the lead of %i ms starts later',
  async (leadMs) => {
    const robot = new FakeRobot(['base']);
    machine.busy = () => {
      robot.time += 50;
    };
    const executor = new SafeVLAExecutor(robot, { limits, leadMs, audit: false, onWarning: () => {} });
    const chunk = chunkOf(robot, [[0.5, 0]], { secondsPerWaypoint: 2 });
    await executor.submit({ chunk, waypoints: [...chunk], progress: 1, instruction: '' });
    robot.time += 700;
    await executor.slowTo(0);
    const [, brake] = robot.commands;
    if (brake?.kind !== 'follow') throw new Error('no brake was sent');
    expect(brake.trajectory.startMs).toBeGreaterThanOrEqual(brake.at);
    const end = brake.trajectory.points.at(-1);
    expect(end?.velocities).toEqual([0]);
    expect(end?.positions[0]).toBeLessThan(0.45);
  },
);
