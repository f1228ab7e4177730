import type { Clearances, CollisionChecker } from 'jetson-vla';
import { afterAll, describe, expect, it } from 'vitest';
import { HOME_TCP } from '../../../examples/sim/scene.js';
import type { Vec3 } from '../../../examples/sim/vector.js';
import { FaultStage, HOME, steps, toolRows } from './fault-stage.js';

/** 1 mm thick, across the way of the tool along y. */
const stage = new FaultStage({ obstacle: [0.12, 0.0005, 0.12] });
afterAll(() => stage[Symbol.dispose]());

const Z = HOME_TCP[2];
const AT_Y = (y: number): Vec3 => [0.3, y, Z];
const PLATE: Vec3 = [0.34, 0, 0.3];
const LEFT = -0.14;

/** What the obstacle touches. */
const touched = () => stage.sim.world.contacts().filter(({ a, b }) => a === 'obstacle' || b === 'obstacle');

function watchContacts() {
  const contacts: string[] = [];
  stage.onStep = () => {
    for (const { a, b } of touched()) contacts.push(`${a} ${b}`);
  };
  return contacts;
}

describe('swept collision', () => {
  const here = () => stage.begin({}, { homeTcp: AT_Y(LEFT) });
  const across = toolRows([AT_Y(LEFT + 0.01), AT_Y(-LEFT), AT_Y(-LEFT + 0.01)]);

  it('a thin plate between two free waypoints cuts the chunk before it', async () => {
    const executor = here();
    stage.sim.world.moveObstacle(PLATE);
    for (const row of across) expect(await executor.checkCollisionRisk(row.slice(0, 6))).toBe(false);
    const contacts = watchContacts();
    const outcome = await executor.execute(stage.chunk(across, { secondsPerWaypoint: 1 }));
    expect(outcome).toMatchObject({
      outcome: 'truncate',
      stopped: true,
      waypointsRun: 1,
      reason: { code: 'COLLISION_PREDICTED', message: expect.stringContaining('obstacle') },
    });
    expect(outcome.reasons).toContainEqual(
      expect.objectContaining({ guard: 'collision', kind: 'collision-predicted' }),
    );
    expect(executor.latched).toBeUndefined();
    await stage.robot.clock.sleep(3000);
    expect(stage.sim.world.tcp()[1]).toBeCloseTo(LEFT + 0.01, 2);
    expect(contacts).toEqual([]);
  });

  it('the same chunk runs where there is no plate', async () => {
    const executor = here();
    const outcome = await executor.execute(stage.chunk(across, { secondsPerWaypoint: 1 }));
    expect(outcome).toMatchObject({ stopped: false, waypointsRun: 3 });
    expect(stage.sim.world.tcp()[1]).toBeCloseTo(-LEFT + 0.01, 2);
  });

  it('a first waypoint behind the plate sends nothing, and does not latch an arm at rest', async () => {
    const executor = here();
    stage.sim.world.moveObstacle(PLATE);
    const outcome = await executor.execute(stage.chunk(across.slice(1), { secondsPerWaypoint: 2 }));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'COLLISION_PREDICTED' } });
    expect(executor.latched).toBeUndefined();
    expect(stage.robot.commands).toEqual([]);
  });

  it('a plate inside the braking envelope of a moving arm stops and latches', async () => {
    // Weak drives, and obstacles without a stamp, so that nothing but the sweep sees the plate.
    const [acceleration, jerk] = [8, 200];
    const limits = stage.sim.limits.map((each) => ({ ...each, acceleration, jerk }));
    here();
    const { reach } = stage.sim.collision;
    const checker = {
      reach,
      clearances: (joints: readonly number[]) => stage.sim.collision.clearances(joints),
    };
    const executor = stage.executor({ limits, collision: checker });
    const going = toolRows([1, 2, 3, 4, 5, 6, 7].map((k) => AT_Y(LEFT + 0.04 * k)));
    await stage.submit(executor, stage.chunk(going, { secondsPerWaypoint: 0.2 }));
    while (stage.sim.world.tcp()[1] < LEFT + 0.08) await stage.tickFor(executor, 20);
    const tool = stage.sim.world.tcp();
    const speed = stage.speed();
    expect(speed).toBeGreaterThan(0.2);
    // Half of what braking takes, behind what the lead takes. The palm reaches 55 mm to the side of the tool.
    const brakingS = speed / acceleration + acceleration / jerk;
    const ahead = 0.002 + 0.3 * speed * (0.04 + 0.5 * brakingS);
    stage.sim.world.moveObstacle([PLATE[0], tool[1] + 0.055 + ahead, PLATE[2]]);
    const next = toolRows([1, 2, 3].map((k) => AT_Y(tool[1] + 0.08 * k)));
    const submission = await stage.submit(executor, stage.chunk(next, { secondsPerWaypoint: 0.2 }));
    expect(submission.outcome).toBe('stop');
    expect(submission.error?.code).toBe('COLLISION_PREDICTED');
    expect(executor.latched?.code).toBe('COLLISION_PREDICTED');
    // Along the path, not by the robot's own stop.
    expect(stage.robot.kinds.at(-1)).toBe('follow');
    await stage.tickFor(executor, 1000);
    expect(stage.speed()).toBeLessThan(0.01);
    expect(stage.sim.world.tcp()[1]).toBeLessThan(-LEFT - 0.02);
  });
});

describe('checker health', () => {
  type Fault = (live: CollisionChecker) => CollisionChecker['clearances'];
  const FAR: Clearances = {
    environment: { distance: 1, a: '', b: '' },
    self: { distance: 1, a: '', b: '' },
  };
  const faults: readonly (readonly [string, string, Fault])[] = [
    [
      'throws',
      'checker-threw',
      () => () => {
        throw new Error('the scene is gone');
      },
    ],
    ['rejects', 'checker-threw', () => () => Promise.reject(new Error('the scene is gone'))],
    ['never answers', 'checker-timeout', () => () => new Promise<never>(() => {})],
    [
      'takes longer than its budget',
      'checker-timeout',
      () => () => {
        for (const end = performance.now() + 60; performance.now() < end; );
        return FAR;
      },
    ],
    [
      'answers NaN',
      'checker-invalid',
      () => () => ({ ...FAR, environment: { ...FAR.self, distance: Number.NaN } }),
    ],
    ['answers nothing', 'checker-invalid', () => () => ({}) as Clearances],
    [
      'fails at its second question',
      'checker-threw',
      (live) => {
        let asked = 0;
        return (joints) => {
          if (++asked === 2) throw new Error('the connection is gone');
          return live.clearances(joints, undefined);
        };
      },
    ],
  ];

  it.each(faults)('a checker that %s', async (_, kind, fault) => {
    stage.begin();
    const { collision } = stage.sim;
    const checker = { reach: collision.reach, clearances: fault(collision) };
    // Only what is about the budget has a short one: a busy machine must not turn another fault into lateness.
    const collisionBudgetMs = kind === 'checker-timeout' ? 50 : 60_000;
    const executor = stage.executor({ collision: checker, collisionBudgetMs });
    const outcome = await executor.execute(stage.chunk(steps(HOME, [0.08])));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'COLLISION_CHECK_FAILED' } });
    expect(outcome.reasons).toMatchObject([{ guard: 'checker-health', kind }]);
    expect(stage.robot.commands).toEqual([]);
    expect(executor.latched).toBeUndefined();
  });

  const sceneOf = (age: () => number): CollisionChecker => ({
    reach: stage.sim.collision.reach,
    clearances: (joints) => stage.sim.collision.clearances(joints),
    sceneStamp: () => stage.robot.clock.now() - age(),
  });

  it.each([
    ['stale', 501, 'scene-stale'],
    ['from the future', -51, 'scene-from-future'],
    ['without a time', Number.NaN, 'scene-stamp-invalid'],
    ['never seen', Number.POSITIVE_INFINITY, 'scene-stamp-invalid'],
  ])('a scene that is %s', async (_, age, kind) => {
    stage.begin();
    const executor = stage.executor({ collision: sceneOf(() => age) });
    const outcome = await executor.execute(stage.chunk(steps(HOME, [0.02])));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'COLLISION_CHECK_FAILED' } });
    expect(outcome.reasons).toMatchObject([{ guard: 'checker-health', kind }]);
    expect(stage.robot.commands).toEqual([]);
  });

  it('a scene of 500 ms ago is borne', async () => {
    stage.begin();
    const executor = stage.executor({ collision: sceneOf(() => 500) });
    expect((await executor.execute(stage.chunk(steps(HOME, [0.02])))).stopped).toBe(false);
  });

  it.each([
    ['whose scene goes stale', (failing: () => boolean) => sceneOf(() => (failing() ? 600 : 0))],
    [
      'whose checker dies',
      (failing: () => boolean): CollisionChecker => ({
        ...sceneOf(() => 0),
        clearances: (joints) => {
          if (failing()) throw new Error('gone');
          return stage.sim.collision.clearances(joints);
        },
      }),
    ],
  ])('a motion %s on the way brakes, and goes on with a new chunk once all is well', async (_, checker) => {
    stage.begin();
    let failing = false;
    const executor = stage.executor({ collision: checker(() => failing) });
    const running = executor.execute(stage.chunk(steps(HOME, [0.05], 10)));
    await stage.robot.clock.sleep(700);
    failing = true;
    const outcome = await running;
    expect(outcome).toMatchObject({ stopped: true, reason: { code: 'COLLISION_CHECK_FAILED' } });
    expect(outcome.waypointsRun).toBeLessThan(6);
    expect(executor.latched).toBeUndefined();
    await stage.robot.clock.sleep(200);
    expect(stage.speed()).toBeLessThan(0.01);
    failing = false;
    const again = await executor.execute(stage.chunk(steps(stage.sim.world.joints(), [0.02])));
    expect(again).toMatchObject({ stopped: false, waypointsRun: 5 });
  });
});
