import { describe, expect, it } from 'vitest';
import { ActionChunk } from '../../lib/action/action-chunk.js';
import { VLAError } from '../../lib/errors.js';
import type { WaypointEvent } from '../../lib/robot/action-executor.js';
import { pickSucceeds } from '../../lib/robot/success-condition.js';
import type { CollisionChecker } from '../../lib/safety/collision/collision-checker.js';
import { SafeVLAExecutor, type SafeVLAExecutorOptions } from '../../lib/safety/safe-vla-executor.js';
import type { TrajectoryPoint } from '../../lib/trajectory/joint-trajectory.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const NAMES = ['base', 'elbow'];
const limits = [
  { name: 'base', min: -1, max: 2, velocity: 8, acceleration: 80, jerk: 4000 },
  { name: 'elbow', min: 0, max: 0.5, velocity: 8, acceleration: 80, jerk: 4000 },
];

function setUp(options: Partial<SafeVLAExecutorOptions> = {}) {
  const robot = new FakeRobot(NAMES);
  const warnings: string[] = [];
  const onWarning = (text: string) => warnings.push(text);
  // A busy machine must not turn a trivial checker into a late one.
  const usual = { limits, onWarning, audit: false, collisionBudgetMs: 60_000 } as const;
  const executor = new SafeVLAExecutor(robot, { ...usual, ...options });
  return { robot, warnings, executor };
}

/** The points that the robot was told to pass after the start of each motion. */
function sent(robot: FakeRobot): readonly (readonly TrajectoryPoint[])[] {
  return robot.commands.flatMap((command) =>
    command.kind === 'follow' ? [command.trajectory.points.slice(1)] : [],
  );
}

const sentPositions = (robot: FakeRobot) => sent(robot).flatMap((points) => points.map((p) => p.positions));
const kinds = (robot: FakeRobot) => robot.commands.map(({ kind }) => kind);

/** A wall that the base reaches at `angle` rad, with 1 m of reach. */
function wallAt(angle: number): CollisionChecker {
  return {
    reach: [1, 0],
    clearances: ([base = 0]) => ({
      environment: { distance: angle - base, a: 'forearm', b: 'wall' },
      self: { distance: Number.POSITIVE_INFINITY, a: '', b: '' },
    }),
  };
}

describe('a chunk inside all limits', () => {
  it('reaches the robot bit for bit, with its own times, and ends at rest', async () => {
    const { robot, executor, warnings } = setUp();
    const rows = [0.1, 0.2, 0.3].map((base) => [base, 0.05, 0]);
    const chunk = chunkOf(robot, rows);
    const outcome = await executor.execute(chunk);
    expect(outcome).toEqual({
      completed: false,
      waypointsRun: 3,
      stopped: false,
      outcome: 'pass',
      reasons: [],
      timeScale: 1,
    });
    expect(sentPositions(robot)).toEqual([...chunk].map(({ joints }) => joints));
    // The first leg ends where the gripper gets its first command.
    expect(sent(robot).map((points) => points.map(({ timeS }) => timeS))).toEqual([[0.2], [0.2, 0.4]]);
    for (const points of sent(robot))
      expect(points.at(-1)).toMatchObject({ velocities: [0, 0], accelerations: [0, 0] });
    expect(warnings).toEqual([]);
  });

  it('moves through its waypoints without a stop in between', async () => {
    const { robot, executor } = setUp();
    await executor.execute(chunkOf(robot, [[0, 0, 0]]));
    await executor.execute(
      chunkOf(
        robot,
        [0.1, 0.2, 0.3].map((base) => [base, 0, 0]),
        { sequence: 2 },
      ),
    );
    const middle = sent(robot).at(-1)?.at(1);
    expect(middle?.velocities[0]).toBeGreaterThan(0.2);
  });

  it('gets a rest at each waypoint when waitS asks for one', async () => {
    const { robot, executor } = setUp({ waitS: 0.5 });
    const start = robot.time;
    await executor.execute(
      chunkOf(robot, [
        [0.1, 0, 0],
        [0.2, 0, 0],
      ]),
    );
    expect(sent(robot).map((points) => points.length)).toEqual([1, 1]);
    expect(robot.time - start).toBeGreaterThanOrEqual(2 * 700);
  });

  it('moves the gripper where its waypoint is, with the arm at rest, and only when it changes', async () => {
    const { robot, executor } = setUp();
    robot.gripperMs = 300;
    const rows = [
      [0.1, 0, 1],
      [0.2, 0, 1],
      [0.3, 0, 0.1],
    ];
    const outcome = await executor.execute(chunkOf(robot, rows));
    expect(outcome.waypointsRun).toBe(3);
    expect(kinds(robot)).toEqual(['follow', 'close', 'follow', 'open']);
    const [first, , second] = robot.commands;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(500);
  });
});

describe('the position limits', () => {
  it('validateAction clamps and warns with joint, value, limits and name', () => {
    const { executor, warnings } = setUp();
    const { joints, reasons } = executor.validateAction({ joints: [2.5, 0.25], gripper: 1 });
    expect(joints).toEqual([2, 0.25]);
    expect(reasons).toMatchObject([{ kind: 'clamped', joint: 'base', value: 2.5, limit: 2 }]);
    expect(warnings).toEqual(['Joint 0 angle 2.5 exceeds limits [-1, 2] (base). Clamping to 2.']);
  });

  it.each([[[0]], [[0, 0, 0]], [[0, Number.NaN]], [[Number.POSITIVE_INFINITY, 0]]])(
    'validateAction and checkCollisionRisk refuse %s',
    async (joints) => {
      const { executor } = setUp({ collision: wallAt(9) });
      const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
      expect(() => executor.validateAction({ joints, gripper: 0 })).toThrow(refusal);
      await expect(executor.checkCollisionRisk(joints)).rejects.toEqual(refusal);
    },
  );

  it('clamp what is a little outside, and say so', async () => {
    const { robot, executor, warnings } = setUp();
    const outcome = await executor.execute(
      chunkOf(robot, [
        [0.1, 0.03, 0],
        [0.2, -0.03, 0],
      ]),
    );
    expect(outcome).toMatchObject({ stopped: false, waypointsRun: 2, outcome: 'modify' });
    expect(outcome.reasons).toMatchObject([{ kind: 'clamped', waypoint: 1, joint: 'elbow', limit: 0 }]);
    expect(sentPositions(robot).at(-1)?.[1]).toBe(0);
    expect(warnings).toHaveLength(1);
  });

  it('cut the chunk before a waypoint that is far outside', async () => {
    const { robot, executor } = setUp();
    const rows = [
      [0.1, 0, 0],
      [0.2, 0, 0],
      [0.3, -0.3, 0],
    ];
    const outcome = await executor.execute(chunkOf(robot, rows));
    expect(outcome).toMatchObject({
      stopped: true,
      waypointsRun: 2,
      outcome: 'truncate',
      reason: { code: 'CHUNK_UNREACHABLE' },
    });
    expect(sentPositions(robot)).toHaveLength(2);
    expect(executor.latched).toBeUndefined();
  });

  it('warn through the process when no other way is given', async () => {
    const executor = new SafeVLAExecutor(new FakeRobot(NAMES), { limits, audit: false });
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
    executor.validateAction({ joints: [-2, 0], gripper: 0 });
    expect((await warned).message).toBe('Joint 0 angle -2 exceeds limits [-1, 2] (base). Clamping to -1.');
  });

  it('stop the robot when the warning cannot be given', async () => {
    const onWarning = () => {
      throw new Error('log is full');
    };
    const { robot, executor } = setUp({ onWarning });
    const outcome = await executor.execute(chunkOf(robot, [[0.1, -0.03, 0]]));
    expect(outcome).toMatchObject({ stopped: true, reason: { code: 'CALLBACK_FAILED' } });
    expect(kinds(robot)).toEqual(['stop']);
  });
});

describe('a predicted collision', () => {
  it('ends the motion at the last waypoint before it, and names both bodies', async () => {
    const { robot, executor } = setUp({ collision: wallAt(0.35) });
    const outcome = await executor.execute(
      chunkOf(robot, [
        [0.2, 0, 0],
        [0.25, 0, 0],
        [0.5, 0, 0],
      ]),
    );
    expect(outcome).toMatchObject({
      completed: false,
      stopped: true,
      waypointsRun: 2,
      outcome: 'truncate',
      reason: { code: 'COLLISION_PREDICTED', message: expect.stringMatching(/forearm .* wall/) },
    });
    expect(robot.positions[0]).toBeCloseTo(0.25);
  });

  it('with the first waypoint sends nothing', async () => {
    const { robot, executor } = setUp({ collision: wallAt(0.1) });
    const outcome = await executor.execute(chunkOf(robot, [[0.2, 0, 0]]));
    expect(outcome).toMatchObject({ stopped: true, outcome: 'reject', waypointsRun: 0 });
    expect(kinds(robot)).toEqual([]);
  });

  it('is told by checkCollisionRisk, which is false without a checker', async () => {
    const { executor } = setUp({ collision: wallAt(1) });
    expect(await executor.checkCollisionRisk([1.5, 0], 0)).toBe(true);
    expect(await executor.checkCollisionRisk([0.5, 0])).toBe(false);
    expect(await setUp().executor.checkCollisionRisk([1.5, 0])).toBe(false);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('scene is gone'))],
    ['never answers', () => new Promise<never>(() => {})],
  ])('is assumed when the checker %s', async (_, clearances) => {
    const { robot, executor } = setUp({ collision: { reach: [1, 1], clearances }, collisionBudgetMs: 100 });
    const outcome = await executor.execute(chunkOf(robot, [[0.1, 0, 0]]));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'COLLISION_CHECK_FAILED' } });
    expect(kinds(robot)).toEqual([]);
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

  it('when it was run before or was overtaken', async () => {
    const { robot, executor } = setUp();
    const run = async (sequence: number) =>
      (await executor.execute(chunkOf(robot, [[0, 0, 0]], { sequence }))).reason?.code;
    expect(await run(4)).toBeUndefined();
    expect(await run(4)).toBe('CHUNK_STALE');
    expect(await run(3)).toBe('CHUNK_STALE');
    expect(await run(5)).toBeUndefined();
  });

  it('when it is for another robot; three in a row stop and latch', async () => {
    const { robot, executor } = setUp();
    const other = () => executor.execute(chunkOf(robot, [[0, 0, 0]], { names: ['elbow', 'base'] }));
    expect((await other()).outcome).toBe('reject');
    expect((await other()).outcome).toBe('reject');
    expect(await other()).toMatchObject({ outcome: 'stop', reason: { code: 'CHUNK_INVALID' } });
    expect(executor.latched?.code).toBe('CHUNK_INVALID');
    expect(kinds(robot)).toEqual(['stop']);
  });

  it('when any waypoint is broken, also one that would not have run', async () => {
    const { robot, executor } = setUp({ execute: 1 });
    const data = Float32Array.from([0.1, 0, 0, 0.2, 0, 0]);
    const { dims } = chunkOf(robot, [[0, 0, 0]]);
    const chunk = new ActionChunk({ data, dims, secondsPerWaypoint: 0.2, capturedAt: robot.time });
    data[4] = Number.NaN;
    expect(await executor.execute(chunk)).toMatchObject({
      outcome: 'reject',
      reason: { code: 'CHUNK_INVALID' },
    });
    expect(robot.commands).toEqual([]);
  });

  it('when its first waypoint is out of reach', async () => {
    const { robot, executor } = setUp();
    const outcome = await executor.execute(chunkOf(robot, [[1.9, 0, 0]], { secondsPerWaypoint: 0.01 }));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_UNREACHABLE' } });
    expect(robot.commands).toEqual([]);
  });

  it('and after the robot was moved by somebody else, until the next observation', async () => {
    const { robot, executor } = setUp();
    await executor.execute(chunkOf(robot, [[0.1, 0, 0]]));
    robot.positions = [0.5, 0];
    const chunk = (sequence: number) => chunkOf(robot, [[0.55, 0, 0]], { sequence });
    expect((await executor.execute(chunk(2))).reasons).toMatchObject([{ kind: 'start-gap' }]);
    robot.time += 10;
    expect((await executor.execute(chunk(3))).stopped).toBe(false);
    expect(robot.positions[0]).toBeCloseTo(0.55);
  });
});

describe('a fault on the way', () => {
  it('of the robot stops it and latches until a reset', async () => {
    const cause = new Error('bus is down');
    const { robot, executor } = setUp();
    robot.failOn('follow', 0, cause);
    const outcome = await executor.execute(chunkOf(robot, [[0.1, 0, 0]]));
    expect(outcome).toMatchObject({ outcome: 'stop', reason: { code: 'ROBOT_FAILED', cause } });
    expect(kinds(robot)).toEqual(['follow', 'stop']);

    robot.onCall = () => {};
    robot.time += 10;
    const refused = await executor.execute(chunkOf(robot, [[0.1, 0, 0]], { sequence: 2 }));
    expect(refused).toMatchObject({ outcome: 'reject', reason: { code: 'SAFETY_LATCHED' } });
    expect(refused.reasons).toMatchObject([{ guard: 'latch' }]);
    await executor.reset();
    robot.time += 10;
    expect((await executor.execute(chunkOf(robot, [[0.1, 0, 0]], { sequence: 3 }))).stopped).toBe(false);
  });

  it.each(['state', 'follow'] as const)('is a robot that hangs in %s', async (call) => {
    const { robot, executor } = setUp({ robotTimeoutMs: 200 });
    robot.hangOn(call, () => {});
    const outcome = await executor.execute(chunkOf(robot, [[0.1, 0, 0]]));
    expect(outcome).toMatchObject({ outcome: 'stop', reason: { code: 'ROBOT_FAILED' } });
    expect(kinds(robot).at(-1)).toBe('stop');
  });

  it('is a gripper that never comes to rest', async () => {
    const { robot, executor } = setUp({ gripperTimeoutMs: 300 });
    robot.hangOn('close', () => {});
    const outcome = await executor.execute(chunkOf(robot, [[0.1, 0, 1]]));
    expect(outcome).toMatchObject({ outcome: 'stop', waypointsRun: 0, reason: { code: 'ROBOT_FAILED' } });
  });

  it('is told to be moving on when not even the stop works', async () => {
    const { robot, executor } = setUp();
    robot.onCall = (call) => {
      if (call === 'follow' || call === 'stop') throw new Error(`${call} is broken`);
    };
    const { reason } = await executor.execute(chunkOf(robot, [[0.1, 0, 0]]));
    expect(reason?.code).toBe('ROBOT_FAILED');
    expect(reason?.hint).toMatch(/emergency stop/);
    expect(reason?.cause).toBeInstanceOf(AggregateError);
  });

  it('of a callback brakes, and does not latch', async () => {
    const { robot, executor } = setUp({
      onWaypoint: () => {
        throw new Error('display is gone');
      },
    });
    const rows = [0.2, 0.4, 0.6, 0.8].map((base) => [base, 0, 0.9]);
    const outcome = await executor.execute(chunkOf(robot, rows));
    expect(outcome).toMatchObject({ stopped: true, reason: { code: 'CALLBACK_FAILED' } });
    expect(executor.latched).toBeUndefined();
    const velocities = (await robot.jointState()).velocities;
    expect(velocities).toEqual([0, 0]);
  });
});

describe('an abort', () => {
  it('brakes along the path, ends at rest before the goal, and does not latch', async () => {
    const { robot, executor } = setUp();
    await executor.execute(chunkOf(robot, [[0, 0, 0]]));
    const abort = new AbortController();
    const rows = [0.2, 0.4, 0.6, 0.8, 1].map((base) => [base, 0, 0]);
    const running = executor.execute(chunkOf(robot, rows, { sequence: 2 }), '', { signal: abort.signal });
    await robot.clock.sleep(300);
    abort.abort();
    const outcome = await running;
    expect(outcome).toMatchObject({ stopped: true, reason: { code: 'ABORTED' } });
    expect(robot.positions[0]).toBeGreaterThan(0.1);
    expect(robot.positions[0]).toBeLessThan(0.9);
    expect((await robot.jointState()).velocities).toEqual([0, 0]);
    expect(executor.latched).toBeUndefined();
    expect(kinds(robot)).not.toContain('stop');
  });

  it('before the start sends nothing', async () => {
    const { robot, executor } = setUp();
    const outcome = await executor.execute(chunkOf(robot, [[0.1, 0, 0]]), '', {
      signal: AbortSignal.abort(),
    });
    expect(outcome).toMatchObject({ stopped: true, waypointsRun: 0, reason: { code: 'ABORTED' } });
    expect(robot.commands).toEqual([]);
  });

  it('ends a gripper action', async () => {
    const { robot, executor } = setUp();
    robot.gripperMs = 60_000;
    const abort = new AbortController();
    const running = executor.execute(chunkOf(robot, [[0.1, 0, 1]]), '', { signal: abort.signal });
    await robot.clock.sleep(1000);
    abort.abort();
    expect((await running).reason?.code).toBe('ABORTED');
    expect(robot.time).toBeLessThan(20_000);
  });
});

describe('stop()', () => {
  it('brakes a running motion along its path and latches', async () => {
    const { robot, executor } = setUp();
    await executor.execute(chunkOf(robot, [[0, 0, 0]]));
    const rows = [0.2, 0.4, 0.6, 0.8, 1].map((base) => [base, 0, 0]);
    const running = executor.execute(chunkOf(robot, rows, { sequence: 2 }));
    await robot.clock.sleep(300);
    await executor.stop('the button was pressed');
    expect(await running).toMatchObject({ outcome: 'stop', reason: { code: 'SAFETY_LATCHED' } });
    expect(kinds(robot)).not.toContain('stop');
    await robot.clock.sleep(1000);
    expect((await robot.jointState()).velocities).toEqual([0, 0]);
    expect(robot.positions[0]).toBeLessThan(0.9);
  });
});

describe('execute', () => {
  it('hands the options of the execution on', async () => {
    const events: WaypointEvent[] = [];
    const { robot, executor } = setUp({
      successCondition: pickSucceeds,
      execute: 2,
      onWaypoint: (event) => events.push(event),
    });
    const rows = [1, 2, 3].map((step) => [step / 8, 0, 1]);
    expect((await executor.execute(chunkOf(robot, rows), 'pick')).waypointsRun).toBe(2);
    robot.isGripping = true;
    const again = [1, 2, 3].map((step) => [0.25 + step / 8, 0, 1]);
    expect(await executor.execute(chunkOf(robot, again, { sequence: 2 }), 'pick')).toMatchObject({
      completed: true,
      stopped: false,
      waypointsRun: 1,
    });
    expect(events.map(({ index }) => index)).toEqual([0, 1, 0]);
  });

  it('runs one chunk at a time', async () => {
    const { robot, executor } = setUp();
    const first = executor.execute(chunkOf(robot, [[0.1, 0, 0]]));
    await expect(executor.execute(chunkOf(robot, [[0.1, 0, 0]]))).rejects.toThrow(/still running/);
    expect((await first).stopped).toBe(false);
  });
});

describe('submit', () => {
  it.each([
    ['chunk', {}],
    ['waypoints', null],
    ['waypoints', undefined],
    ['execute', 0, 'most'],
  ])('refuses a request with a wrong %s and names it', async (name, value, key = name) => {
    const { robot, executor } = setUp();
    const chunk = chunkOf(robot, [[0.1, 0, 0]]);
    const request = { chunk, waypoints: [...chunk], progress: 1, instruction: '', [key]: value };
    await expect(executor.submit(request)).rejects.toEqual(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(name) }),
    );
    expect(robot.commands).toEqual([]);
  });
});

describe('construction', () => {
  it.each([
    ['maxChunkAgeMs', Number.NaN],
    ['maxFutureMs', -1],
    ['motionFactor', 0],
    ['motionFactor', 1.5],
    ['startTolerance', 0],
    ['minTimeScale', 2],
    ['slowDistance', 0],
    ['collisionBudgetMs', 2 ** 31],
    ['rateHz', 0],
    ['leadMs', -1],
    ['gripperOpenBelow', 0.9],
    ['chunkShape', [2, 5, 7]],
    ['execute', 1.5],
  ])('refuses %s = %s and names it', (name, value) => {
    expect(() => setUp({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringMatching(name.slice(0, 4)) }),
    );
  });

  it('refuses a workspace without kinematics', () => {
    const workspace = { min: [0, 0, 0], max: [1, 1, 1] } as const;
    expect(() => setUp({ workspace })).toThrow(/kinematics/);
  });

  it('refuses limits for another robot', () => {
    expect(() => setUp({ limits: limits.slice(1) })).toThrow(VLAError);
  });
});
