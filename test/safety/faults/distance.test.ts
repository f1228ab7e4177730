import { afterAll, describe, expect, it } from 'vitest';
import { HOME_TCP } from '../../../examples/sim/scene.js';
import type { Vec3 } from '../../../examples/sim/vector.js';
import { FaultStage, toolRows } from './fault-stage.js';

const stage = new FaultStage({ obstacle: true });
afterAll(() => stage[Symbol.dispose]());

const AT_Y = (y: number): Vec3 => [0.3, y, HOME_TCP[2]];
const START = -0.16;
/** 4 cm per waypoint to the far side. */
const rows = (from: number) => toolRows([1, 2, 3, 4, 5, 6, 7, 8].map((k) => AT_Y(from + 0.04 * k)));
const MARGIN = 0.02;

/** The obstacle comes along y against the arm, and stays once it is there. */
function approach(speed: number, until: number) {
  const { world } = stage.sim;
  const began = world.time;
  const run = { contacts: [] as string[], nearest: Number.POSITIVE_INFINITY, fastestNear: 0, fastest: 0 };
  stage.onStep = () => {
    const y = Math.max(until, 0.3 - speed * (world.time - began));
    world.moveObstacle([0.3, y, HOME_TCP[2] + 0.03]);
    for (const { a, b } of world.contacts())
      if (a === 'obstacle' || b === 'obstacle') run.contacts.push(`${a} ${b}`);
    run.fastest = Math.max(run.fastest, stage.speed());
    const { distance } = stage.sim.collision.clearances(world.joints()).environment;
    run.nearest = Math.min(run.nearest, distance);
    if (distance < 0.06) run.fastestNear = Math.max(run.fastestNear, stage.speed());
  };
  return run;
}

describe('distance scaling', () => {
  it.each([0.1, 0.3])(
    'an obstacle that comes at %s m/s slows a moving arm and stops it before they touch',
    async (speed) => {
      const executor = stage.begin({ environmentMargin: MARGIN }, { homeTcp: AT_Y(START) });
      const run = approach(speed, 0.08);
      const running = executor.execute(stage.chunk(rows(START)));
      const outcome = await running;
      expect(outcome).toMatchObject({ stopped: true, reason: { code: 'COLLISION_PREDICTED' } });
      expect(outcome.waypointsRun).toBeLessThan(8);
      expect(executor.latched).toBeUndefined();
      await stage.robot.clock.sleep(1500);
      expect(stage.speed()).toBeLessThan(0.01);
      expect(run.contacts).toEqual([]);
      expect(run.nearest).toBeGreaterThan(0);
      expect(run.fastest).toBeGreaterThan(0.4);
      expect(run.fastestNear).toBeLessThan(0.8 * run.fastest);

      // It has left: the next chunk runs at full pace to where the first one was to go.
      stage.onStep = () => {};
      stage.sim.world.moveObstacle(undefined);
      const from = stage.sim.world.tcp()[1];
      const next = toolRows([1, 2, 3, 4, 5, 6].map((k) => AT_Y(from + 0.03 * k)));
      const after = await executor.execute(stage.chunk(next));
      expect(after).toMatchObject({ outcome: 'pass', stopped: false, waypointsRun: 6, timeScale: 1 });
    },
  );

  it('an obstacle beside the start slows a chunk as it is planned', async () => {
    const executor = stage.begin({ environmentMargin: MARGIN }, { homeTcp: AT_Y(START) });
    // The palm reaches 55 mm to the side, the box 40 mm.
    stage.sim.world.moveObstacle([0.3, START - 0.055 - 0.04 - 0.06, HOME_TCP[2] + 0.06]);
    const outcome = await executor.execute(stage.chunk(rows(START)));
    expect(outcome.reasons.map(({ guard, kind }) => `${guard} ${kind}`)).toContain('distance slowed');
    expect(outcome.timeScale).toBeLessThan(0.95);
    expect(outcome).toMatchObject({ outcome: 'modify', stopped: false, waypointsRun: 8 });
  });
});
