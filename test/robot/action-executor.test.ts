import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ActionChunk } from '../../lib/action/action-chunk.js';
import { ActionExecutor, type WaypointEvent } from '../../lib/robot/action-executor.js';
import { pickSucceeds } from '../../lib/robot/success-condition.js';
import { type Call, chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const A = [0.5, 0, 0, 0, 0, 0];
const B = [0.25, 0.5, 0, 0, 0, 0];
const C = [0, 0.25, 0.5, 0, 0, 0];

describe('running a chunk', () => {
  it('moves the joints first and then the gripper, waypoint by waypoint', async () => {
    const robot = new FakeRobot();
    const outcome = await new ActionExecutor(robot).execute(
      chunkOf(robot, [
        [...A, 0],
        [...B, 1],
      ]),
    );
    expect(robot.log).toEqual([A, 'open', B, 'close']);
    expect(outcome).toEqual({ completed: false, waypointsRun: 2, stopped: false });
  });

  it('commands the gripper only when its wanted state changes, also from one chunk to the next', async () => {
    const robot = new FakeRobot();
    const executor = new ActionExecutor(robot);
    await executor.execute(
      chunkOf(robot, [
        [...A, 0.9],
        [...B, 0.51],
        [...C, 0.5],
      ]),
    );
    await executor.execute(
      chunkOf(robot, [
        [...A, 0.1],
        [...B, 1],
      ]),
    );
    expect(robot.log).toEqual([A, 'close', B, C, 'open', A, B, 'close']);
  });

  it('commands the gripper again after a stop, since nobody knows where it is then', async () => {
    const robot = new FakeRobot();
    const executor = new ActionExecutor(robot);
    await executor.execute(chunkOf(robot, [[...A, 1]]));
    robot.failOn('follow');
    await executor.execute(chunkOf(robot, [[...B, 1]]));
    robot.onCall = () => {};
    await executor.execute(chunkOf(robot, [[...C, 1]]));
    expect(robot.log).toEqual([A, 'close', B, 'stop', C, 'close']);
  });

  it('leaves the gripper alone when the policy has none', async () => {
    const robot = new FakeRobot(['slide']);
    const chunk = new ActionChunk({
      data: Float32Array.of(0.5, 0.25),
      dims: [{ name: 'slide', kind: 'joint', unit: 'm' }],
      secondsPerWaypoint: 0.1,
      capturedAt: robot.time,
    });
    await new ActionExecutor(robot).execute(chunk);
    expect(robot.log).toEqual([[0.5], [0.25]]);
  });

  it('gives each waypoint its seconds plus waitS, the last one too', async () => {
    const robot = new FakeRobot();
    await new ActionExecutor(robot, { waitS: 0.5 }).execute(
      chunkOf(robot, [
        [...A, 0],
        [...B, 0],
      ]),
    );
    const moves = robot.commands.filter((command) => command.kind === 'follow');
    expect(moves.map(({ at }) => at - 10_000)).toEqual([0, 700]);
    expect(robot.time - 10_000).toBe(1400);
  });

  it('runs only the first waypoints when asked to, and lets a call override the number', async () => {
    const robot = new FakeRobot();
    const rows = [A, B, C].map((joints) => [...joints, 0]);
    const executor = new ActionExecutor(robot, { execute: 2 });
    expect((await executor.execute(chunkOf(robot, rows))).waypointsRun).toBe(2);
    expect((await executor.execute(chunkOf(robot, rows), '', { execute: 1 })).waypointsRun).toBe(1);
    expect((await executor.execute(chunkOf(robot, rows), '', { execute: 9 })).waypointsRun).toBe(3);
    expect(robot.log.filter((entry) => typeof entry !== 'string')).toEqual([A, B, A, A, B, C]);
  });

  it('tells of each waypoint once it was carried out', async () => {
    const robot = new FakeRobot();
    const events: WaypointEvent[] = [];
    const seen: number[] = [];
    const chunk = chunkOf(robot, [
      [...A, 0],
      [...B, 1],
    ]);
    await new ActionExecutor(robot, {
      onWaypoint: (event) => {
        events.push(event);
        seen.push(robot.commands.length);
      },
    }).execute(chunk, 'wave');
    expect(events.map(({ index, joints, gripper }) => ({ index, joints, gripper }))).toEqual([
      { index: 0, joints: A, gripper: 0 },
      { index: 1, joints: B, gripper: 1 },
    ]);
    expect(events[0]).toMatchObject({ chunk, instruction: 'wave' });
    expect(seen).toEqual([2, 4]);
  });
});

describe('the success condition', () => {
  it('ends the chunk at the first waypoint after which it holds', async () => {
    const robot = new FakeRobot();
    robot.onCall = (call, number) => {
      if (call === 'follow' && number === 1) robot.isGripping = true;
    };
    const executor = new ActionExecutor(robot, { successCondition: pickSucceeds });
    const chunk = chunkOf(
      robot,
      [A, B, C].map((joints) => [...joints, 1]),
    );
    const outcome = await executor.execute(chunk, 'Pick up the red block');
    expect(outcome).toEqual({ completed: true, waypointsRun: 2, stopped: false });
    expect(robot.log).toEqual([A, 'close', B]);
  });

  it('gets the instruction and the robot', async () => {
    const robot = new FakeRobot();
    const calls: unknown[] = [];
    const executor = new ActionExecutor(robot, {
      successCondition: (...args) => {
        calls.push(args);
        return false;
      },
    });
    await executor.execute(chunkOf(robot, [[...A, 0]]), 'wave');
    expect(calls).toEqual([['wave', robot]]);
  });

  it('stops the robot with CALLBACK_FAILED when it throws', async () => {
    const robot = new FakeRobot();
    const cause = new TypeError('no such sensor');
    const executor = new ActionExecutor(robot, { successCondition: () => Promise.reject(cause) });
    const outcome = await executor.execute(
      chunkOf(robot, [
        [...A, 0],
        [...B, 0],
      ]),
    );
    expect(outcome).toMatchObject({
      stopped: true,
      waypointsRun: 1,
      reason: { code: 'CALLBACK_FAILED', cause },
    });
    expect(robot.log).toEqual([A, 'open', 'stop']);
  });
});

describe('a fault on the way', () => {
  const rows = [
    [...A, 0],
    [...B, 1],
    [...C, 0],
  ];

  it.each<[Call, number, readonly unknown[], number]>([
    ['follow', 1, [A, 'open', B, 'stop'], 1],
    ['close', 0, [A, 'open', B, 'close', 'stop'], 1],
    ['open', 0, [A, 'open', 'stop'], 0],
    ['sleep', 0, [A, 'stop'], 0],
    ['state', 0, ['stop'], 0],
  ])('in %s stops the robot and is the reason', async (call, from, log, waypointsRun) => {
    const cause = new Error('servo 3 is too hot');
    const robot = new FakeRobot().failOn(call, from, cause);
    const outcome = await new ActionExecutor(robot, { waitS: 0.1 }).execute(chunkOf(robot, rows));
    expect(outcome).toMatchObject({
      completed: false,
      stopped: true,
      waypointsRun,
      reason: { code: 'ROBOT_FAILED', cause },
    });
    expect(outcome.reason?.message).toContain('servo 3 is too hot');
    expect(robot.log).toEqual(log);
  });

  it('shows both errors when the robot cannot even be stopped', async () => {
    const robot = new FakeRobot();
    const [moving, stopping] = [new Error('moving'), new Error('stopping')];
    robot.onCall = (call) => {
      if (call === 'follow') throw moving;
      if (call === 'stop') throw stopping;
    };
    const { stopped, reason } = await new ActionExecutor(robot).execute(chunkOf(robot, rows));
    expect(stopped).toBe(true);
    expect(reason?.code).toBe('ROBOT_FAILED');
    const cause = reason?.cause;
    if (!(cause instanceof AggregateError)) throw new Error('expected an AggregateError');
    expect(cause.errors[0]).toMatchObject({ code: 'ROBOT_FAILED', cause: moving });
    expect(cause.errors[1]).toBe(stopping);
  });

  it('in a listener stops the robot with CALLBACK_FAILED', async () => {
    const robot = new FakeRobot();
    const onWaypoint = () => {
      throw new Error('disk full');
    };
    const outcome = await new ActionExecutor(robot, { onWaypoint }).execute(chunkOf(robot, rows));
    expect(outcome).toMatchObject({ stopped: true, waypointsRun: 1, reason: { code: 'CALLBACK_FAILED' } });
    expect(robot.log).toEqual([A, 'open', 'stop']);
  });

  it('leaves the executor ready for the next chunk', async () => {
    const robot = new FakeRobot().failOn('follow');
    const executor = new ActionExecutor(robot);
    await executor.execute(chunkOf(robot, rows));
    robot.onCall = () => {};
    expect(await executor.execute(chunkOf(robot, rows))).toMatchObject({ stopped: false, waypointsRun: 3 });
  });
});

describe('an abort', () => {
  const rows = [A, B, C].map((joints, index) => [...joints, index % 2]);

  it('before the first waypoint sends nothing but a stop', async () => {
    const robot = new FakeRobot();
    const outcome = await new ActionExecutor(robot).execute(chunkOf(robot, rows), '', {
      signal: AbortSignal.abort(),
    });
    expect(outcome).toMatchObject({ stopped: true, waypointsRun: 0, reason: { code: 'ABORTED' } });
    expect(robot.log).toEqual(['stop']);
  });

  it.each<Call>(['follow', 'open', 'close', 'gripping', 'sleep'])(
    'gets through to a robot that hangs in %s and ignores its signal',
    async (call) => {
      const controller = new AbortController();
      const robot = new FakeRobot().hangOn(call, () => controller.abort('enough'));
      const executor = new ActionExecutor(robot, { successCondition: pickSucceeds, waitS: 0.1 });
      const outcome = await executor.execute(chunkOf(robot, rows), 'pick', { signal: controller.signal });
      expect(outcome).toMatchObject({ stopped: true, reason: { code: 'ABORTED', cause: 'enough' } });
      expect(robot.log.at(-1)).toBe('stop');
    },
  );

  it('at any call of the robot is followed by one stop and nothing else', async () => {
    const calls: Call[] = ['follow', 'open', 'close', 'gripping', 'sleep'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...calls), fc.nat(3), async (call, at) => {
        const controller = new AbortController();
        const robot = new FakeRobot();
        let fired = false;
        robot.onCall = (kind, number) => {
          if (kind !== call || number !== at) return;
          fired = true;
          controller.abort();
        };
        const executor = new ActionExecutor(robot, { successCondition: pickSucceeds, waitS: 0.1 });
        const outcome = await executor.execute(chunkOf(robot, rows), 'pick', { signal: controller.signal });
        expect(outcome.stopped).toBe(fired);
        expect(outcome.reason?.code).toBe(fired ? 'ABORTED' : undefined);
        expect(robot.log.filter((entry) => entry === 'stop').length).toBe(fired ? 1 : 0);
        if (fired) expect(robot.log.at(-1)).toBe('stop');
        else expect(outcome.waypointsRun).toBe(3);
      }),
    );
  });
});

describe('a chunk for another robot is refused and nothing is sent', () => {
  const names = ['base', 'shoulder', 'elbow', 'roll', 'bend', 'flange'];
  const refusals: [string, readonly string[], string, RegExp][] = [
    ['another number of joints', names.slice(1), 'rad', /6 joints .* 5/],
    ['another order', names.toReversed(), 'rad', /joint 0 of the robot is base, .* flange/],
    ['counted names out of order', names.map((_, index) => `joint${6 - index}`), 'rad', /joint6/],
    [
      'counted names that skip',
      ['joint1', 'joint3', 'joint2', 'joint4', 'joint5', 'joint6'],
      'rad',
      /joint1/,
    ],
    ['degrees', names, 'deg', /base must be in rad or m, .* deg/],
  ];
  it.each(refusals)('%s', async (_, chunkNames, unit, message) => {
    const robot = new FakeRobot(names);
    const row = [...chunkNames.map(() => 0), 1];
    const outcome = await new ActionExecutor(robot).execute(
      chunkOf(robot, [row], { names: chunkNames, unit }),
    );
    expect(outcome).toMatchObject({ stopped: true, waypointsRun: 0, reason: { code: 'CHUNK_INVALID' } });
    expect(outcome.reason?.message).toMatch(message);
    expect(robot.commands).toEqual([]);
  });

  it('a buffer that was spoilt after the chunk was made', async () => {
    const robot = new FakeRobot(['slide']);
    const data = Float32Array.of(0.5, 0.25);
    const dims = [{ name: 'slide', kind: 'joint', unit: 'm' }] as const;
    const chunk = new ActionChunk({ data, dims, secondsPerWaypoint: 0.1, capturedAt: 0 });
    data[1] = Number.NaN;
    const outcome = await new ActionExecutor(robot).execute(chunk);
    expect(outcome.reason).toMatchObject({
      code: 'CHUNK_INVALID',
      message: expect.stringMatching(/waypoint 1/),
    });
    expect(robot.commands).toEqual([]);
  });

  it.each([[names.map((_, index) => `joint${index + 1}`)], [names.map((_, index) => `joint_${index}`)]])(
    'but names that only count fit any robot: %s',
    async (chunkNames) => {
      const robot = new FakeRobot(names);
      await new ActionExecutor(robot).execute(chunkOf(robot, [[...A, 0]], { names: chunkNames }));
      expect(robot.log).toEqual([A, 'open']);
    },
  );
});

describe('misuse throws INVALID_ARGUMENT', () => {
  it('for a second execute while the first runs, which goes on undisturbed', async () => {
    const robot = new FakeRobot();
    const executor = new ActionExecutor(robot);
    const first = executor.execute(chunkOf(robot, [[...A, 0]]));
    await expect(executor.execute(chunkOf(robot, [[...B, 0]]))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await first).toMatchObject({ stopped: false, waypointsRun: 1 });
    expect(robot.log).toEqual([A, 'open']);
  });

  it.each([0, -1, 1.5, Number.NaN])('for execute = %s', async (execute) => {
    const robot = new FakeRobot();
    expect(() => new ActionExecutor(robot, { execute })).toThrow(/whole number/);
    const call = new ActionExecutor(robot).execute(chunkOf(robot, [[...A, 0]]), '', { execute });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(robot.commands).toEqual([]);
  });

  it.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])('for waitS = %s', (waitS) => {
    expect(() => new ActionExecutor(new FakeRobot(), { waitS })).toThrow(/waitS/);
  });

  it('for something that is no chunk', async () => {
    const executor = new ActionExecutor(new FakeRobot());
    // @ts-expect-error a plain array, as JavaScript callers might pass
    await expect(executor.execute([A])).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    // @ts-expect-error an options object in the place of the instruction
    const swapped = executor.execute(chunkOf(new FakeRobot(), [[...A, 0]]), {});
    await expect(swapped).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
