import type { MotionWatchdog, WatchdogTrip } from 'jetson-vla';
import { afterAll, describe, expect, it } from 'vitest';
import { FaultStage, HOME, steps } from './fault-stage.js';

const stage = new FaultStage({ obstacle: true });
afterAll(() => stage[Symbol.dispose]());

const joints = () => stage.sim.world.joints();
const refusal = (text: string) =>
  expect.objectContaining({ code: 'SAFETY_LATCHED', message: expect.stringContaining(text) });

/** A watchdog that trips when it is told to. */
class TestWatchdog implements MotionWatchdog {
  tripped: WatchdogTrip | undefined;
  arm(): void {}
  disarm(): void {}
  beat(): boolean {
    return this.tripped === undefined;
  }
  trip(): void {
    this.tripped = { reason: 'missed-heartbeat', at: 0, message: 'no beat for 100 ms' };
  }
}

/** A motion, and the stop button in its middle. */
async function stoppedOnTheWay(options: Parameters<FaultStage['begin']>[0] = {}) {
  const executor = stage.begin(options);
  const rows = steps(HOME, [0.04], 10).map((row, index) => [...row.slice(0, 6), index > 6 ? 1 : 0]);
  const running = executor.execute(stage.chunk(rows));
  await stage.robot.clock.sleep(700);
  await executor.stop('the button was pressed');
  const outcome = await running;
  return { executor, outcome };
}

describe('latch', () => {
  it('a stop brakes along the path, and what was queued is gone: for ever', async () => {
    const { executor, outcome } = await stoppedOnTheWay();
    expect(outcome).toMatchObject({ outcome: 'stop', reason: { code: 'SAFETY_LATCHED' } });
    expect(stage.robot.kinds).not.toContain('stop');
    await stage.robot.clock.sleep(300);
    const at = joints();
    const sent = stage.robot.commands.length;
    expect(at[0]).toBeLessThan((HOME[0] ?? 0) + 0.25);

    await stage.tickFor(executor, 3000);
    await executor.reset();
    await stage.tickFor(executor, 3000);
    expect(stage.robot.commands).toHaveLength(sent);
    expect(stage.robot.kinds).not.toContain('close');
    for (const [joint, value] of joints().entries()) expect(value).toBeCloseTo(at[joint] ?? Number.NaN, 3);
  });

  it('while it stands nothing runs: neither execute nor submit', async () => {
    const { executor } = await stoppedOnTheWay();
    await stage.robot.clock.sleep(500);
    const sent = stage.robot.commands.length;
    const outcome = await executor.execute(stage.chunk(steps(joints(), [0.01])));
    expect(outcome).toMatchObject({ outcome: 'reject', stopped: true, reason: { code: 'SAFETY_LATCHED' } });
    const submission = await stage.submit(executor, stage.chunk(steps(joints(), [0.01])));
    expect(submission).toMatchObject({ outcome: 'reject', commandedAt: undefined });
    expect(stage.robot.commands).toHaveLength(sent);
    expect(executor.latched).toBeDefined();
  });

  it('after a reset only an observation that was made after it counts', async () => {
    const { executor } = await stoppedOnTheWay();
    await stage.robot.clock.sleep(500);
    const before = stage.chunk(steps(joints(), [0.01]));
    await stage.robot.clock.sleep(10);
    await executor.reset();
    expect(executor.latched).toBeUndefined();
    const sent = stage.robot.commands.length;
    const old = await executor.execute(before);
    expect(old).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_STALE' } });
    expect(old.reasons).toMatchObject([{ kind: 'before-reset' }]);
    expect(stage.robot.commands).toHaveLength(sent);
    await stage.robot.clock.sleep(10);
    const fresh = await executor.execute(stage.chunk(steps(joints(), [0.01])));
    expect(fresh).toMatchObject({ outcome: 'pass', stopped: false, waypointsRun: 5 });
  });

  it('a reset is refused while the robot moves', async () => {
    const executor = stage.begin();
    await stage.submit(executor, stage.chunk(steps(HOME, [0.05], 10)));
    await stage.tickFor(executor, 700);
    await executor.stop('the button was pressed');
    await expect(executor.reset()).rejects.toEqual(refusal('still moves'));
    expect(executor.latched).toBeDefined();
    await stage.tickFor(executor, 500);
    await executor.reset();
    expect(executor.latched).toBeUndefined();
  });

  it('a reset is refused while an obstacle touches the arm', async () => {
    const { executor } = await stoppedOnTheWay();
    await stage.robot.clock.sleep(500);
    stage.sim.world.moveObstacle(stage.sim.world.tcp());
    await expect(executor.reset()).rejects.toEqual(refusal('obstacle'));
    stage.sim.world.moveObstacle(undefined);
    await stage.robot.clock.sleep(500);
    await executor.reset();
    expect(executor.latched).toBeUndefined();
  });

  it('a reset is refused while the joints cannot be read, or are no numbers', async () => {
    const { executor } = await stoppedOnTheWay();
    await stage.robot.clock.sleep(500);
    stage.robot.distort = () => {
      throw new Error('the bus is down');
    };
    await expect(executor.reset()).rejects.toEqual(refusal('the bus is down'));
    stage.robot.distort = (state) => ({ ...state, positions: state.positions.map(() => Number.NaN) });
    await expect(executor.reset()).rejects.toEqual(refusal('NaN'));
    stage.robot.distort = (state) => state;
    await executor.reset();
  });

  it('a reset is refused while the checker fails', async () => {
    let failing = false;
    stage.begin();
    const { collision } = stage.sim;
    const executor = stage.executor({
      collision: {
        reach: collision.reach,
        clearances: (at) => {
          if (failing) throw new Error('the scene is gone');
          return collision.clearances(at);
        },
      },
    });
    await executor.stop('the button was pressed');
    failing = true;
    await expect(executor.reset()).rejects.toEqual(refusal('the scene is gone'));
    failing = false;
    await executor.reset();
  });

  it('a watchdog that trips stops the robot, and its executor stays latched as long as it stands', async () => {
    const watchdog = new TestWatchdog();
    const executor = stage.begin({ watchdog });
    const running = executor.execute(stage.chunk(steps(HOME, [0.04], 10)));
    await stage.robot.clock.sleep(700);
    watchdog.trip();
    expect(await running).toMatchObject({ outcome: 'stop', reason: { code: 'WATCHDOG_TRIPPED' } });
    await stage.robot.clock.sleep(500);
    expect(stage.speed()).toBeLessThan(0.01);
    const sent = stage.robot.commands.length;
    await expect(executor.reset()).rejects.toEqual(refusal('no beat'));
    const refused = await executor.execute(stage.chunk(steps(joints(), [0.01])));
    expect(refused).toMatchObject({ stopped: true, waypointsRun: 0, reason: { code: 'WATCHDOG_TRIPPED' } });
    expect(stage.robot.commands).toHaveLength(sent);
    watchdog.tripped = undefined;
    await executor.reset();
    await stage.robot.clock.sleep(10);
    expect((await executor.execute(stage.chunk(steps(joints(), [0.01])))).stopped).toBe(false);
  });

  it('a watchdog that has tripped at rest lets nothing start', async () => {
    const watchdog = new TestWatchdog();
    watchdog.trip();
    const executor = stage.begin({ watchdog });
    const outcome = await executor.execute(stage.chunk(steps(HOME, [0.01])));
    expect(outcome).toMatchObject({ outcome: 'stop', reason: { code: 'WATCHDOG_TRIPPED' } });
    expect(stage.robot.trajectories).toEqual([]);
  });
});
