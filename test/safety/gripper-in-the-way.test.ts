import { expect, it } from 'vitest';
import type { CollisionChecker } from '../../lib/safety/collision/collision-checker.js';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 }];
const far = { distance: 1, a: '', b: '' };

it('a leg is checked with the fingers as the leg before it leaves them', async () => {
  const robot = new FakeRobot(['base']);
  // A slot from 0.55 rad on, which only closed fingers go through.
  const collision: CollisionChecker = {
    reach: [1],
    clearances: ([base = 0], gripper) => ({
      environment: { distance: gripper === 1 ? 1 : 0.55 - base, a: 'finger', b: 'slot' },
      self: far,
    }),
  };
  const executor = new SafeVLAExecutor(robot, { limits, collision, audit: false, onWarning: () => {} });
  await executor.execute(chunkOf(robot, [[0.5, 1]], { secondsPerWaypoint: 1 }));
  const rows = [
    [0.5, 0],
    [0.8, 0],
  ];
  const outcome = await executor.execute(chunkOf(robot, rows, { secondsPerWaypoint: 1, sequence: 2 }));
  expect(outcome).toMatchObject({
    outcome: 'truncate',
    waypointsRun: 1,
    reason: { code: 'COLLISION_PREDICTED' },
  });
  expect(robot.positions).toEqual([0.5]);
});
