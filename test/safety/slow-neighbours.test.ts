import { describe, expect, it } from 'vitest';
import { SafeVLAExecutor, type SafeVLAExecutorOptions } from '../../lib/safety/safe-vla-executor.js';
import type { MotionWatchdog } from '../../lib/safety/watchdog/motion-watchdog.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const limits = [{ name: 'base', min: -3, max: 3, velocity: 8, acceleration: 80, jerk: 4000 }];

function setUp(options: Partial<SafeVLAExecutorOptions> = {}) {
  const robot = new FakeRobot(['base']);
  const executor = new SafeVLAExecutor(robot, { limits, audit: false, onWarning: () => {}, ...options });
  return { robot, executor };
}

describe('the arm waits for fingers that are deaf to their cancelling', () => {
  it('after an abort in the middle of a grip', async () => {
    const { robot, executor } = setUp();
    let fingersRestAt = Number.POSITIVE_INFINITY;
    robot.gripper.close = async () => {
      await robot.clock.sleep(1500);
      fingersRestAt = robot.time;
    };
    const abort = new AbortController();
    const running = executor.execute(chunkOf(robot, [[0.1, 1]]), '', { signal: abort.signal });
    await robot.clock.sleep(400);
    abort.abort();
    expect((await running).reason?.code).toBe('ABORTED');
    expect(robot.time).toBeGreaterThanOrEqual(fingersRestAt);

    const next = await executor.execute(chunkOf(robot, [[0.2, 0]], { sequence: 2 }));
    expect(next.stopped).toBe(false);
    const last = robot.commands.findLast(({ kind }) => kind === 'follow');
    expect(last?.at).toBeGreaterThanOrEqual(fingersRestAt);
  });
});

describe('a callback that takes its time', () => {
  it('leaves the motion watched: the watchdog hears its beats all the while', async () => {
    const beats: number[] = [];
    const watchdog: MotionWatchdog = {
      tripped: undefined,
      arm: () => {},
      disarm: () => {},
      beat: () => {
        beats.push(robot.time);
        return true;
      },
    };
    const { robot, executor } = setUp({
      watchdog,
      onWaypoint: ({ index }) => (index === 1 ? robot.clock.sleep(300) : undefined),
    });
    await executor.execute(chunkOf(robot, [[0, 0]]));
    beats.length = 0;
    const rows = [0.1, 0.2, 0.3, 0.4, 0.5].map((base) => [base, 0]);
    const outcome = await executor.execute(chunkOf(robot, rows, { sequence: 2 }));
    expect(outcome.waypointsRun).toBe(5);
    const gaps = beats.slice(1).map((at, index) => at - (beats[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(40);
  });

  it('may hang in a success condition: a joint that stalls meanwhile stops the robot', async () => {
    const abort = new AbortController();
    const { robot, executor } = setUp({
      successCondition: () => {
        robot.stall(0);
        return new Promise<never>(() => {});
      },
    });
    await executor.execute(chunkOf(robot, [[0, 0]]), '', { signal: AbortSignal.abort() });
    const rows = [0, 0.2, 0.4, 0.6, 0.8].map((base) => [base, 0]);
    const running = executor.execute(chunkOf(robot, rows), '', { signal: abort.signal });
    while (executor.latched === undefined) await robot.clock.sleep(20);
    abort.abort();
    await running;
    expect(executor.latched.code).toBe('TRACKING_LOST');
  });
});

describe('a driver', () => {
  it('that converts its trajectory in place does not change what it is judged by', async () => {
    const { robot, executor } = setUp();
    const follow = robot.follow.bind(robot);
    robot.follow = async (trajectory) => {
      await follow(structuredClone(trajectory));
      for (const { positions } of trajectory.points)
        Object.assign(
          positions,
          positions.map((rad) => (180 * rad) / Math.PI),
        );
    };
    const rows = [0.1, 0.2, 0.3].map((base) => [base, 0]);
    expect((await executor.execute(chunkOf(robot, rows))).stopped).toBe(false);
  });

  it('that does not take the command to brake gets its own stop soon', async () => {
    const { robot, executor } = setUp();
    await executor.execute(chunkOf(robot, [[0, 0]]));
    const rows = [0.2, 0.4, 0.6, 0.8, 1].map((base) => [base, 0]);
    const running = executor.execute(chunkOf(robot, rows, { sequence: 2 }));
    await robot.clock.sleep(200);
    robot.hangOn('follow', () => {});
    const askedAt = robot.time;
    await executor.stop('the button was pressed');
    await running;
    const stop = robot.commands.findLast(({ kind }) => kind === 'stop');
    expect((stop?.at ?? Number.POSITIVE_INFINITY) - askedAt).toBeLessThanOrEqual(400);
  });
});
