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

describe('the way to the robot', () => {
  it('is waited for by every motion from rest, and by none that replaces one', async () => {
    const robot = new FakeRobot(['base']);
    const executor = new SafeVLAExecutor(robot, { limits, startDelayMs: 50, leadMs: 10, audit: false });
    const first = chunkOf(robot, [
      [0.1, 0],
      [0.2, 1],
      [0.3, 1],
    ]);
    const outcome = await executor.execute(first);
    expect(outcome.outcome).toBe('pass');
    const delays = () =>
      robot.commands.flatMap((command) =>
        command.kind === 'follow' ? [command.trajectory.startMs - command.at] : [],
      );
    // To where the gripper opens, to where it closes, and on from there.
    expect(delays()).toEqual([50, 50, 50]);
    expect(robot.positions[0]).toBeCloseTo(0.3, 6);

    const long = chunkOf(
      robot,
      [
        [0.4, 1],
        [0.5, 1],
      ],
      { secondsPerWaypoint: 1, sequence: 2 },
    );
    await executor.submit({
      chunk: long,
      waypoints: [...long],
      progress: executor.progressAt(robot.time) + 1,
      instruction: '',
    });
    robot.time += 500;
    await executor.tick();
    const next = chunkOf(
      robot,
      [
        [0.5, 1],
        [0.6, 1],
      ],
      { secondsPerWaypoint: 1, sequence: 3 },
    );
    await executor.submit({
      chunk: next,
      waypoints: [...next],
      progress: executor.progressAt(robot.time) + 1,
      instruction: '',
    });
    expect(delays().slice(3)).toEqual([50, 10]);
  });
});

describe('a leg after another', () => {
  it('starts when it is sent, however long the verdict of the tick took', async () => {
    const robot = new FakeRobot(['base']);
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => ({ environment: far, self: far }),
      // Asked in each tick, after it has looked at the clock.
      sceneStamp: () => {
        robot.time += 15;
        return robot.time;
      },
    };
    const executor = new SafeVLAExecutor(robot, { limits, collision, audit: false });
    const rows = [
      [0.1, 0],
      [0.2, 0],
    ];
    await executor.execute(chunkOf(robot, rows));
    const late = robot.commands.map((command) =>
      command.kind === 'follow' ? command.at - command.trajectory.startMs : 0,
    );
    expect(late).toEqual([0, 0, 0]);
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

describe('a stop that is asked for while a decision is being made', () => {
  it('keeps a robot at rest from moving at all', async () => {
    const robot = new FakeRobot(['base']);
    let stopping: Promise<void> | undefined;
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => {
        stopping ??= executor.stop('the button was pressed');
        return { environment: far, self: far };
      },
    };
    const options = { limits, collision, audit: false, onWarning: () => {} } as const;
    const executor: SafeVLAExecutor = new SafeVLAExecutor(robot, options);
    const outcome = await executor.execute(chunkOf(robot, [[0.1, 0]]));
    await stopping;
    expect(outcome).toMatchObject({ outcome: 'stop', stopped: true, reason: { code: 'SAFETY_LATCHED' } });
    expect(robot.commands.map(({ kind }) => kind)).toEqual(['stop']);
  });

  it('keeps the gripper and the next leg from being sent', async () => {
    const robot = new FakeRobot(['base']);
    let stopping: Promise<void> | undefined;
    const arrived = () => (robot.positions[0] ?? 0) > 0.0999;
    const collision: CollisionChecker = {
      reach: [1],
      clearances: () => ({ environment: far, self: far }),
      sceneStamp: () => robot.time,
    };
    const options = { limits, collision, audit: false, onWarning: () => {} } as const;
    const executor: SafeVLAExecutor = new SafeVLAExecutor(robot, options);
    robot.onCall = (call) => {
      if (call === 'state' && arrived()) stopping ??= executor.stop('the button was pressed');
    };
    await executor.execute(chunkOf(robot, [[0.1, 1]]));
    await stopping;
    expect(robot.commands.map(({ kind }) => kind)).toEqual(['follow', 'stop']);
  });
});
