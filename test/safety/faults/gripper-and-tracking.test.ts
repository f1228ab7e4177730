import { afterAll, describe, expect, it } from 'vitest';
import { FaultStage, HOME, steps } from './fault-stage.js';

const stage = new FaultStage();
afterAll(() => stage[Symbol.dispose]());

const grips = () => stage.robot.commands.filter(({ kind }) => kind === 'open' || kind === 'close');
/** A slow way aside, with the gripper as given. */
const rowsWith = (values: readonly number[]) =>
  steps(stage.sim.world.joints(), [0.01], values.length).map((row, index) => [
    ...row.slice(0, 6),
    values[index] ?? 0,
  ]);

describe('gripper', () => {
  it('values that chatter around 0.5 give one command, where the plain rule gives one each', async () => {
    const executor = stage.begin();
    const chatter = [0.49, 0.51, 0.45, 0.55, 0.5];
    for (let chunk = 0; chunk < 3; chunk++) {
      const outcome = await executor.execute(stage.chunk(rowsWith(chatter), { secondsPerWaypoint: 0.3 }));
      expect(outcome).toMatchObject({ stopped: false, waypointsRun: 5 });
      await stage.robot.clock.sleep(20);
    }
    expect(grips().map(({ kind }) => kind)).toEqual(['open']);
    expect(stage.sim.world.gripperClosed).toBe(false);
  });

  it('values that chatter do not open fingers that are closed', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(rowsWith([1])));
    await stage.robot.clock.sleep(300);
    await executor.execute(
      stage.chunk(rowsWith([0.51, 0.45, 0.55, 0.41, 0.49]), { secondsPerWaypoint: 0.3 }),
    );
    expect(grips().map(({ kind }) => kind)).toEqual(['close']);
    await stage.robot.clock.sleep(300);
    await executor.execute(stage.chunk(rowsWith([0.39])));
    expect(grips().map(({ kind }) => kind)).toEqual(['close', 'open']);
  });

  it('changes that come faster than the dwell are held off', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(rowsWith([0])));
    await stage.robot.clock.sleep(300);
    const told = grips().length;
    const rows = rowsWith([1, 0, 1, 0, 1, 0]).map((row, index) => [
      ...(steps(stage.sim.world.joints(), [0.002], 6)[index]?.slice(0, 6) ?? []),
      row[6] ?? 0,
    ]);
    const outcome = await executor.execute(stage.chunk(rows, { secondsPerWaypoint: 0.05 }));
    expect(outcome).toMatchObject({ outcome: 'modify', stopped: false });
    expect(outcome.reasons).toContainEqual(expect.objectContaining({ guard: 'gripper', kind: 'dwell' }));
    const changes = grips().slice(told);
    expect(changes.length).toBeGreaterThan(0);
    expect(changes.length).toBeLessThan(6);
    changes.forEach(({ at }, index) => {
      if (index > 0) expect(at - (changes[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(200);
    });
  });

  it('NaN moves nothing: neither arm nor fingers', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(rowsWith([1])));
    await stage.robot.clock.sleep(300);
    const sent = stage.robot.commands.length;
    const data = Float32Array.from(rowsWith([1, 1, 1]).flat());
    const chunk = stage.chunkOn(data);
    data[6] = Number.NaN;
    const outcome = await executor.execute(chunk);
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_INVALID' } });
    expect(stage.robot.commands).toHaveLength(sent);
    expect(stage.sim.world.gripperClosed).toBe(true);
  });
});

describe('tracking', () => {
  it('a joint that stalls on the way stops the robot and latches', async () => {
    const executor = stage.begin();
    const running = executor.execute(stage.chunk(steps(HOME, [0, 0, 0, 0.08], 10)));
    await stage.robot.clock.sleep(600);
    stage.robot.sim.faults.stallJoint(3);
    const stalledAt = stage.robot.clock.now();
    const outcome = await running;
    expect(outcome).toMatchObject({ outcome: 'stop', stopped: true, reason: { code: 'TRACKING_LOST' } });
    expect(outcome.reason?.message).toContain('wrist_roll');
    expect(executor.latched?.code).toBe('TRACKING_LOST');
    expect(stage.robot.kinds.at(-1)).toBe('stop');
    // 0.1 rad at 0.4 rad/s, and the reaction.
    expect(stage.robot.clock.now() - stalledAt).toBeLessThan(450);
    await stage.robot.clock.sleep(300);
    expect(stage.speed()).toBeLessThan(0.01);
  });

  it('a joint that stops short of the goal, within the tolerance of the way, stops the robot there', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(steps(HOME, [0], 1)));
    stage.robot.sim.faults.stallJoint(3);
    const outcome = await executor.execute(stage.chunk(steps(HOME, [0, 0, 0, 0.035], 2)));
    expect(outcome).toMatchObject({ outcome: 'stop', reason: { code: 'TRACKING_LOST' } });
    expect(outcome.reason?.message).toMatch(/wrist_roll .* at the goal/);
    expect(executor.latched).toBeDefined();
  });

  it('a joint that is 0.04 rad off at the goal is borne', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(steps(HOME, [0], 1)));
    stage.robot.sim.faults.stallJoint(3);
    const outcome = await executor.execute(stage.chunk(steps(HOME, [0, 0, 0, 0.02], 2)));
    expect(outcome).toMatchObject({ outcome: 'pass', stopped: false, waypointsRun: 2 });
  });

  it.each([
    ['NaN', Number.NaN],
    ['a missing joint', undefined],
  ])('%s in the measured joints stops the robot', async (_, value) => {
    const executor = stage.begin();
    const running = executor.execute(stage.chunk(steps(HOME, [0.02], 10)));
    await stage.robot.clock.sleep(500);
    stage.robot.distort = (state) => ({
      ...state,
      positions: value === undefined ? state.positions.slice(1) : [value, ...state.positions.slice(1)],
    });
    expect(await running).toMatchObject({ outcome: 'stop', reason: { code: 'TRACKING_LOST' } });
    await stage.robot.clock.sleep(300);
    expect(stage.speed()).toBeLessThan(0.01);
  });
});
