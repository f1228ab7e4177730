import { afterAll, describe, expect, it } from 'vitest';
import { FaultStage, HOME, steps } from './fault-stage.js';

const stage = new FaultStage();
afterAll(() => stage[Symbol.dispose]());

const kindsOf = (reasons: readonly { readonly kind: string }[]) => reasons.map(({ kind }) => kind);
const joints = () => stage.sim.world.joints();

describe('start continuity', () => {
  it('the arm was pushed elsewhere between two chunks: refused once, then it starts from where it is', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(steps(HOME, [0.01])));
    stage.sim.world.setJointTarget(joints().map((value, joint) => value + (joint === 3 ? 0.15 : 0)));
    await stage.robot.clock.sleep(1000);
    const here = joints();
    const sent = stage.robot.commands.length;
    const refused = await executor.execute(stage.chunk(steps(here, [0.01])));
    expect(refused).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_UNREACHABLE' } });
    expect(refused.reasons).toMatchObject([{ kind: 'start-gap', joint: 'wrist_roll', limit: 0.1 }]);
    expect(stage.robot.commands).toHaveLength(sent);

    await stage.robot.clock.sleep(10);
    const before = stage.robot.trajectories.length;
    const accepted = await executor.execute(stage.chunk(steps(joints(), [0.01])));
    expect(accepted.outcome).toBe('pass');
    const start = stage.robot.trajectories[before]?.points[0]?.positions ?? [];
    expect(start).toHaveLength(6);
    for (const [joint, value] of start.entries()) expect(value).toBeCloseTo(here[joint] ?? Number.NaN, 3);
  });

  it('less than the tolerance is borne', async () => {
    const executor = stage.begin();
    await executor.execute(stage.chunk(steps(HOME, [0.01])));
    stage.robot.sim.faults.teleport([0, 0, 0, 0.045]);
    const outcome = await executor.execute(stage.chunk(steps(joints(), [0.01])));
    expect(outcome.outcome).toBe('pass');
  });

  it('the encoders jump in the middle of a motion: the next chunk is refused, and the arm is not sent after them', async () => {
    const executor = stage.begin();
    await stage.submit(executor, stage.chunk(steps(HOME, [0.02], 10)));
    await stage.tickFor(executor, 500);
    stage.robot.sim.faults.teleport([0, 0.12]);
    const sent = stage.robot.commands.length;
    const at = (await stage.robot.jointState()).positions;
    const refused = await stage.submit(executor, stage.chunk(steps(at, [0.02], 10)));
    expect(refused.outcome).toBe('reject');
    expect(kindsOf(refused.reasons)).toContain('start-gap');
    expect(stage.robot.commands).toHaveLength(sent);

    // The motion that runs has lost its arm as well.
    const status = await executor.tick();
    expect(status.latched?.code).toBe('TRACKING_LOST');
    expect(stage.robot.kinds.at(-1)).toBe('stop');
    await stage.robot.clock.sleep(500);
    expect(stage.speed()).toBeLessThan(0.01);
  });

  it('a first waypoint out of reach is refused, and no jump is sent', async () => {
    const executor = stage.begin();
    // 0.1 rad and what 3.2 rad/s cover in 20 ms.
    const reach = 0.1 + 3.2 * 0.02;
    const chunk = (distance: number) =>
      stage.chunk([[...HOME.map((value, joint) => value + (joint === 0 ? distance : 0)), 0]], {
        secondsPerWaypoint: 0.02,
      });
    const refused = await executor.execute(chunk(reach + 0.001));
    expect(refused).toMatchObject({ outcome: 'reject', reasons: [{ kind: 'jump', joint: 'shoulder_pan' }] });
    expect(stage.robot.commands).toEqual([]);
    await stage.robot.clock.sleep(10);
    expect(kindsOf((await executor.execute(chunk(reach - 0.01))).reasons)).not.toContain('jump');
  });
});
