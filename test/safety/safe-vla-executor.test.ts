import { describe, expect, it } from 'vitest';
import type { WaypointEvent } from '../../lib/robot/action-executor.js';
import { pickSucceeds } from '../../lib/robot/success-condition.js';
import type { Collision, CollisionChecker } from '../../lib/safety/collision.js';
import { SafeVLAExecutor, type SafeVLAExecutorOptions } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const NAMES = ['base', 'elbow'];
const limits = [
  { name: 'base', min: -1, max: 2, velocity: 10 },
  { name: 'elbow', min: 0, max: 0.5, velocity: 10 },
];
const FREE: CollisionChecker = { check: () => [] };

function setUp(options: Partial<SafeVLAExecutorOptions> = {}) {
  const robot = new FakeRobot(NAMES);
  const warnings: string[] = [];
  const onWarning = (text: string) => warnings.push(text);
  const executor = new SafeVLAExecutor(robot, { limits, onWarning, ...options });
  return { robot, warnings, executor };
}

/** A checker that sees a collision wherever the base is beyond an angle, and remembers what it was asked. */
function wallAt(angle: number) {
  const asked: unknown[] = [];
  const hit: Collision = { a: 'forearm', b: 'wall', depth: 0.004 };
  const check: CollisionChecker['check'] = (joints, gripper) => {
    asked.push([joints, gripper]);
    return (joints[0] ?? 0) > angle ? [hit] : [];
  };
  return { asked, check };
}

describe('the position limits', () => {
  it('validateAction clamps and warns with joint, value, limits and name', () => {
    const { executor, warnings } = setUp();
    expect(executor.validateAction({ joints: [2.5, 0.25], gripper: 1 })).toEqual({
      joints: [2, 0.25],
      adjustments: [
        { kind: 'position_clamped', waypoint: 0, joint: 0, jointName: 'base', value: 2.5, limit: 2 },
      ],
    });
    expect(warnings).toEqual(['Joint 0 angle 2.5 exceeds limits [-1, 2] (base). Clamping to 2.']);
  });

  it.each([[[0]], [[0, 0, 0]], [[0, Number.NaN]], [[Number.POSITIVE_INFINITY, 0]]])(
    'validateAction and checkCollisionRisk refuse %s',
    async (joints) => {
      const { executor } = setUp({ collision: FREE });
      const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
      expect(() => executor.validateAction({ joints, gripper: 0 })).toThrow(refusal);
      await expect(executor.checkCollisionRisk(joints)).rejects.toEqual(refusal);
    },
  );

  it('are what reaches the robot, and the outcome tells', async () => {
    const { robot, executor, warnings } = setUp();
    const outcome = await executor.execute(
      chunkOf(robot, [
        [0.5, 0.25, 0],
        [0.5, -0.25, 0],
      ]),
    );
    expect(robot.log).toEqual([[0.5, 0.25], 'open', [0.5, 0]]);
    expect(outcome).toMatchObject({
      stopped: false,
      waypointsRun: 2,
      adjustments: [{ kind: 'position_clamped', waypoint: 1, jointName: 'elbow', value: -0.25, limit: 0 }],
    });
    expect(warnings).toHaveLength(1);
  });

  it('warn through the process when no other way is given', async () => {
    const executor = new SafeVLAExecutor(new FakeRobot(NAMES), { limits });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    executor.validateAction({ joints: [-2, 0], gripper: 0 });
    expect((await warned).message).toBe('Joint 0 angle -2 exceeds limits [-1, 2] (base). Clamping to -1.');
  });

  it('stop the robot when the warning cannot be given', async () => {
    const onWarning = () => {
      throw new Error('log is full');
    };
    const { robot, executor } = setUp({ onWarning });
    const outcome = await executor.execute(chunkOf(robot, [[9, 0, 0]]));
    expect(outcome).toMatchObject({ stopped: true, reason: { code: 'CALLBACK_FAILED' } });
    expect(robot.log).toEqual(['stop']);
  });
});

describe('the velocity limit', () => {
  const slow = limits.map((limit) => ({ ...limit, velocity: 0.5 }));

  it('counts from the measured state at first, then from what was sent', async () => {
    const { robot, executor } = setUp({ limits: slow });
    robot.positions = [-0.5, 0];
    const outcome = await executor.execute(
      chunkOf(robot, [
        [0, 0, 0],
        [0.0625, 0, 0],
        [0.0625, 0.5, 0],
      ]),
    );
    const moves = robot.commands.flatMap((command) => (command.kind === 'move' ? [command.durationS] : []));
    expect(moves).toEqual([1, 0.2, 1]);
    expect(outcome.adjustments).toMatchObject([
      { kind: 'time_stretched', waypoint: 0, jointName: 'base', value: 2.5, limit: 0.5, stretchedS: 1 },
      { kind: 'time_stretched', waypoint: 2, jointName: 'elbow', limit: 0.5, stretchedS: 1 },
    ]);
  });

  it('counts on from what was sent even where the arm lags behind it', async () => {
    const { robot, executor } = setUp({
      limits: slow,
      onWaypoint: () => {
        robot.positions = [-0.25, 0];
      },
    });
    await executor.execute(
      chunkOf(robot, [
        [0, 0, 0],
        [0.25, 0, 0],
      ]),
    );
    expect(robot.commands.at(-1)).toMatchObject({ kind: 'move', durationS: 0.5 });
  });

  it('measures anew for each chunk', async () => {
    const { robot, executor } = setUp({ limits: slow });
    await executor.execute(chunkOf(robot, [[0, 0, 0]]));
    robot.positions = [1, 0];
    await executor.execute(chunkOf(robot, [[0, 0, 0]], { sequence: 2 }));
    expect(robot.commands.at(-1)).toMatchObject({ kind: 'move', durationS: 2 });
  });

  it('counts from the clamped position, not from the one that was asked for', async () => {
    const { robot, executor } = setUp({ limits: slow });
    await executor.execute(chunkOf(robot, [[0, 100, 0]]));
    expect(robot.commands[0]).toMatchObject({ joints: [0, 0.5], durationS: 1 });
  });

  it('stops the robot when its state cannot be read, or is not usable', async () => {
    const cause = new Error('bus is down');
    const broken = setUp();
    broken.robot.failOn('state', 0, cause);
    const first = await broken.executor.execute(chunkOf(broken.robot, [[0, 0, 0]]));
    expect(first).toMatchObject({ stopped: true, waypointsRun: 0, reason: { code: 'ROBOT_FAILED', cause } });
    expect(broken.robot.log).toEqual(['stop']);

    for (const positions of [[0], [0, Number.NaN]]) {
      const { robot, executor } = setUp();
      robot.positions = positions;
      const outcome = await executor.execute(chunkOf(robot, [[0, 0, 0]]));
      expect(outcome).toMatchObject({ stopped: true, reason: { code: 'INVALID_STATE' } });
      expect(robot.log).toEqual(['stop']);
    }
  });
});

describe('a predicted collision', () => {
  it('stops the robot before the waypoint is sent and names both bodies', async () => {
    const { robot, executor } = setUp({ collision: wallAt(1) });
    const outcome = await executor.execute(
      chunkOf(robot, [
        [0.5, 0, 0],
        [1.5, 0, 0],
        [0, 0, 0],
      ]),
    );
    expect(outcome).toMatchObject({
      completed: false,
      stopped: true,
      waypointsRun: 1,
      reason: {
        code: 'COLLISION_PREDICTED',
        message: 'waypoint 1 would bring forearm into wall by 4.0 mm',
      },
    });
    expect(robot.log).toEqual([[0.5, 0], 'open', 'stop']);
  });

  it('is judged at the clamped joints, with the gripper as wanted there', async () => {
    const wall = wallAt(100);
    const { robot, executor } = setUp({ collision: wall });
    await executor.execute(chunkOf(robot, [[9, 0.25, 1]]));
    expect(wall.asked).toEqual([[[2, 0.25], 1]]);
  });

  it('is told by checkCollisionRisk, which is false without a checker', async () => {
    const { executor } = setUp({ collision: wallAt(1) });
    expect(await executor.checkCollisionRisk([1.5, 0], 0)).toBe(true);
    expect(await executor.checkCollisionRisk([0.5, 0])).toBe(false);
    expect(await setUp().executor.checkCollisionRisk([1.5, 0])).toBe(false);
  });

  it('is assumed when the checker fails', async () => {
    const check = () => Promise.reject(new Error('scene is gone'));
    const { robot, executor } = setUp({ collision: { check } });
    const outcome = await executor.execute(chunkOf(robot, [[0, 0, 0]]));
    expect(outcome).toMatchObject({ stopped: true, reason: { code: 'COLLISION_CHECK_FAILED' } });
    expect(robot.log).toEqual(['stop']);
  });

  it('does not keep an abort from getting through to a checker that hangs', async () => {
    const controller = new AbortController();
    const check = () => {
      setImmediate(() => controller.abort());
      return new Promise<never>(() => {});
    };
    const { robot, executor } = setUp({ collision: { check } });
    const outcome = await executor.execute(chunkOf(robot, [[0, 0, 0]]), '', { signal: controller.signal });
    expect(outcome.reason?.code).toBe('ABORTED');
    expect(robot.log).toEqual(['stop']);
  });
});

describe('a chunk that is refused leaves the robot as it is', () => {
  it.each([
    ['too old', -501],
    ['from the future', 51],
  ])('when it is %s', async (_, offset) => {
    const { robot, executor } = setUp();
    const outcome = await executor.execute(chunkOf(robot, [[0, 0, 0]], { capturedAt: robot.time + offset }));
    expect(outcome).toMatchObject({ stopped: true, waypointsRun: 0, reason: { code: 'CHUNK_STALE' } });
    expect(robot.commands).toEqual([]);
  });

  it('but not at the very edge of the allowed ages', async () => {
    const { robot, executor } = setUp();
    const at = (capturedAt: number, sequence: number) =>
      executor.execute(chunkOf(robot, [[0, 0, 0]], { capturedAt, sequence }));
    expect((await at(robot.time - 500, 1)).stopped).toBe(false);
    expect((await at(robot.time + 50, 2)).stopped).toBe(false);
  });

  it('when it was run before or was overtaken, but not when it was refused before', async () => {
    const { robot, executor } = setUp();
    const run = async (sequence: number, capturedAt = robot.time) => {
      const chunk = chunkOf(robot, [[0, 0, 0]], { sequence, capturedAt });
      return (await executor.execute(chunk)).reason?.code;
    };
    expect(await run(4)).toBeUndefined();
    expect(await run(4)).toBe('CHUNK_STALE');
    expect(await run(3)).toBe('CHUNK_STALE');
    expect(await run(5, robot.time - 1000)).toBe('CHUNK_STALE');
    expect(await run(5)).toBeUndefined();
  });

  it('when it is for another robot, before its age is looked at', async () => {
    const { robot, executor } = setUp();
    const chunk = chunkOf(robot, [[0, 0, 0]], { names: ['elbow', 'base'], capturedAt: 0 });
    expect((await executor.execute(chunk)).reason?.code).toBe('CHUNK_INVALID');
    expect(robot.commands).toEqual([]);
  });

  it('with ages that can be set', async () => {
    const { robot, executor } = setUp({ maxChunkAgeMs: 1000, maxFutureMs: 0 });
    const at = (capturedAt: number, sequence: number) =>
      executor.execute(chunkOf(robot, [[0, 0, 0]], { capturedAt, sequence }));
    expect((await at(robot.time - 1000, 1)).stopped).toBe(false);
    expect((await at(robot.time + 1, 2)).stopped).toBe(true);
  });
});

describe('construction', () => {
  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses ages of %s ms', (ms) => {
    expect(() => setUp({ maxChunkAgeMs: ms })).toThrow(/maxChunkAgeMs/);
    expect(() => setUp({ maxFutureMs: ms })).toThrow(/maxFutureMs/);
  });

  it('refuses limits for another robot', () => {
    expect(() => setUp({ limits: limits.slice(1) })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('hands the options of the execution on', async () => {
    const events: WaypointEvent[] = [];
    const { robot, executor } = setUp({
      successCondition: pickSucceeds,
      execute: 2,
      waitS: 0.1,
      onWaypoint: (event) => events.push(event),
    });
    const rows = [1, 2, 3].map((step) => [step / 8, 0, 1]);
    expect((await executor.execute(chunkOf(robot, rows), 'pick')).waypointsRun).toBe(2);
    expect(robot.time).toBeCloseTo(10_600, 9);
    robot.isGripping = true;
    expect(await executor.execute(chunkOf(robot, rows, { sequence: 2 }), 'pick')).toMatchObject({
      completed: true,
      waypointsRun: 1,
    });
    expect(events.map(({ index }) => index)).toEqual([0, 1, 0]);
  });
});
