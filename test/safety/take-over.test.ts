import { describe, expect, it } from 'vitest';
import type { CollisionChecker } from '../../lib/safety/collision/collision-checker.js';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = [{ name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 }];
const far = { distance: 1, a: '', b: '' };

describe('a motion from rest', () => {
  it('starts when it is sent, however long the guards took: the robot must not join it on the way', async () => {
    const robot = new FakeRobot(['base']);
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => {
        robot.time += 15;
        return { environment: far, self: far };
      },
    };
    const executor = new SafeVLAExecutor(robot, { limits, collision, collisionBudgetMs: 1e6, audit: false });
    await executor.execute(chunkOf(robot, [[0.1, 0]]));
    const [command] = robot.commands;
    if (command?.kind !== 'follow') throw new Error('no motion was sent');
    expect(command.at).toBeGreaterThan(10_000);
    expect(command.trajectory.startMs).toBe(command.at);
  });
});

describe("after the robot's own stop", () => {
  it('neither slowTo nor an abandoned execution sets the robot in motion again', async () => {
    const robot = new FakeRobot(['base']);
    const executor = new SafeVLAExecutor(robot, { limits, audit: false, onWarning: () => {} });
    const chunk = chunkOf(robot, [[0.5, 0]], { secondsPerWaypoint: 1 });
    await executor.submit({ chunk, waypoints: [...chunk], progress: 1, instruction: '' });
    robot.time += 200;
    robot.teleport([1]);
    await executor.tick();
    expect(executor.latched?.code).toBe('TRACKING_LOST');
    await executor.slowTo(0.5);
    await executor.slowTo(0);
    expect(robot.commands.map(({ kind }) => kind)).toEqual(['follow', 'stop']);
  });
});

describe('a motion that the robot takes over only after it was given up', () => {
  it('is stopped again, because nobody watches it any more', async () => {
    const robot = new FakeRobot(['base']);
    const follow = robot.follow.bind(robot);
    robot.follow = async (trajectory) => {
      await robot.clock.sleep(1500);
      await follow(trajectory);
    };
    const executor = new SafeVLAExecutor(robot, { limits, audit: false, onWarning: () => {} });
    const outcome = await executor.execute(chunkOf(robot, [[0.5, 0]], { secondsPerWaypoint: 5 }));
    expect(outcome.reason?.code).toBe('ROBOT_FAILED');
    await robot.clock.sleep(3000);
    expect(robot.commands.map(({ kind }) => kind)).toEqual(['stop', 'follow', 'stop']);
    // Where the late motion was joined, and no further.
    expect(robot.positions[0]).toBeLessThan(0.1);
  });
});
