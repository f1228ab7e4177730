import { expect, it } from 'vitest';
import type { Kinematics } from '../../lib/safety/collision/collision-checker.js';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

/** A rod of 1 m that turns: 1 rad/s is 1 m/s. */
const rod: Kinematics = {
  reach: [1],
  pointNames: ['tcp'],
  points: ([angle = 0]) => [[Math.cos(angle), Math.sin(angle), 0]],
};

async function durations(rows: readonly number[][], maxTcpSpeed: number) {
  const robot = new FakeRobot(['base']);
  const limits = [{ name: 'base', min: -3, max: 3, velocity: 8, acceleration: 80, jerk: 4000 }];
  const options = { limits, kinematics: rod, maxTcpSpeed, audit: false as const, onWarning: () => {} };
  using executor = new SafeVLAExecutor(robot, options);
  const outcome = await executor.execute(chunkOf(robot, rows));
  return { outcome, times: robot.trajectories.map(({ points }) => points.at(-1)?.timeS ?? Number.NaN) };
}

it('a leg whose tool would be too fast is slowed, and the legs beside it are not', async () => {
  const { outcome, times } = await durations(
    [
      [0.2, 0],
      [0.25, 1],
    ],
    1,
  );
  // 0.2 rad from rest to rest in 0.2 s peak at 1.875 rad/s.
  expect(times[0]).toBeCloseTo(0.38, 2);
  expect(times[1]).toBe(0.2);
  expect(outcome.reasons.map(({ kind }) => kind)).toEqual(['tcp-speed']);
  // The tool's speed may be overstated by 2 % of its limit.
  expect(outcome.timeScale).toBeLessThanOrEqual(1 / 1.875);
  expect(outcome.timeScale).toBeGreaterThan(0.97 / 1.875);
});

it('many legs that are all too fast are all slowed', async () => {
  const rows = Array.from({ length: 20 }, (_, k) => [0.1 * (k + 1), k % 2]);
  const { outcome, times } = await durations(rows, 0.5);
  expect(outcome.outcome).toBe('modify');
  expect(times).toHaveLength(20);
  for (const time of times) expect(time).toBeCloseTo(0.38, 2);
});
