import { sampleTrajectory } from 'jetson-vla';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { AppProcess } from './app-process.js';
import { FaultStage, HOME, steps } from './fault-stage.js';
import { expectRestInsideLimits } from './watched-robot.js';

const stage = new FaultStage({ obstacle: true });
afterAll(() => stage[Symbol.dispose]());

describe.concurrent('a process that ends while the arm moves', () => {
  it.for([
    ['exit', (app: AppProcess) => app.order('exit')],
    ['an uncaught error', (app: AppProcess) => app.order('crash')],
    ['SIGKILL', (app: AppProcess) => app.signal('SIGKILL')],
  ] as const)(
    'by %s has left the robot a trajectory that ends at rest inside the limits',
    async ([, end], test: TestContext) => {
      const app = await AppProcess.start(test);
      await app.move();
      end(app);
      await app.ended();
      expect(app.lines.some((line) => line.startsWith('ended'))).toBe(false);
      const last = app.sent.at(-1);
      if (last === undefined) throw new Error('nothing was sent');
      expect(last.points.at(-1)?.timeS).toBeGreaterThan(1);
      expectRestInsideLimits(last, app.limits);
    },
  );
});

describe('an arm that nobody watches any more', () => {
  // At each of these instants, milliseconds, in the middle of a motion.
  it.each([20, 200, 410, 700, 1300])('after %i ms comes to rest where its last command ends', async (ms) => {
    const executor = stage.begin();
    await stage.submit(executor, stage.chunk(steps(HOME, [0.04, 0.02, 0, 0.03], 8)));
    await stage.tickFor(executor, ms);
    await comesToRest();
  });

  it('after a chunk that has just taken over comes to rest where that one ends', async () => {
    const executor = stage.begin();
    await stage.submit(executor, stage.chunk(steps(HOME, [0.04], 8)));
    await stage.tickFor(executor, 700);
    const at = executor.referenceAt(stage.robot.clock.now())?.positions ?? [];
    const taken = await stage.submit(executor, stage.chunk(steps(at, [-0.03, 0.02], 8)));
    expect(taken.commandedAt).toBeDefined();
    await comesToRest();
  });

  it('after a brake has just begun comes to rest where that one ends', async () => {
    const executor = stage.begin();
    await stage.submit(executor, stage.chunk(steps(HOME, [0.04], 8)));
    await stage.tickFor(executor, 700);
    await executor.slowTo(0.4);
    await comesToRest();
  });
});

/** The executor is left alone; the physics go on. */
async function comesToRest(): Promise<void> {
  const { world } = stage.sim;
  let fastest = 0;
  const contacts: string[] = [];
  stage.onStep = () => {
    fastest = Math.max(fastest, stage.speed());
    for (const { a, b } of world.contacts()) if (!`${a}${b}`.includes('block')) contacts.push(`${a} ${b}`);
  };
  const last = stage.robot.trajectories.at(-1);
  if (last === undefined) throw new Error('nothing was sent');
  const endS = last.points.at(-1)?.timeS ?? 0;
  await stage.robot.clock.sleep(last.startMs + endS * 1000 - stage.robot.clock.now() + 300);
  const goal = sampleTrajectory(last.points, endS).positions;
  for (const [joint, value] of world.joints().entries())
    expect(value).toBeCloseTo(goal[joint] ?? Number.NaN, 2);
  expect(stage.speed()).toBeLessThan(0.01);
  expect(fastest).toBeLessThan(3.2);
  expect(contacts).toEqual([]);
}
