import type { ActionChunk, ActionDim } from 'jetson-vla';
import { afterAll, describe, expect, it } from 'vitest';
import { FaultStage, HOME, steps } from './fault-stage.js';

const stage = new FaultStage();
afterAll(() => stage[Symbol.dispose]());

const WAYPOINTS = 5;
const WIDTH = 7;
const SLOTS = Array.from({ length: WAYPOINTS * WIDTH }, (_, slot) => slot);
const ROWS = steps(HOME, [0.02, 0.01, -0.01, 0.02, 0.01, -0.02]);
const joint = (name: string): ActionDim => ({ name, kind: 'joint', unit: 'rad' });
const GRIPPER: ActionDim = { name: 'gripper', kind: 'gripper', unit: 'unit' };
const NAMES = ['shoulder_pan', 'shoulder_lift', 'elbow', 'wrist_roll', 'wrist_pitch', 'tool_roll'];

describe('structure', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s at any of the 35 values of a chunk is refused when it is made',
    (value) => {
      stage.begin();
      for (const slot of SLOTS) {
        const data = Float32Array.from(ROWS.flat());
        data[slot] = value;
        expect(() => stage.chunkOn(data)).toThrow(expect.objectContaining({ code: 'CHUNK_INVALID' }));
      }
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s that is written to any of its 35 values later is refused, and nothing is sent',
    async (value) => {
      stage.begin();
      for (const slot of SLOTS) {
        const data = Float32Array.from(ROWS.flat());
        const chunk = stage.chunkOn(data);
        data[slot] = value;
        const outcome = await stage.executor().execute(chunk);
        expect(outcome).toMatchObject({
          outcome: 'reject',
          stopped: true,
          waypointsRun: 0,
          reason: { code: 'CHUNK_INVALID' },
          reasons: [{ guard: 'structure', kind: 'structure' }],
        });
        expect(outcome.reasons[0]?.message).toContain(`waypoint ${Math.floor(slot / WIDTH)}`);
      }
      expect(stage.robot.commands).toEqual([]);
    },
  );

  it.each([
    ['-0', -0],
    ['the smallest denormal', 2 ** -149],
    ['the largest denormal', -(2 ** -126 - 2 ** -149)],
  ])('%s at any of the 35 values reaches the robot bit for bit', async (_, value) => {
    stage.begin();
    // Upright, where every joint is near 0.
    stage.sim.world.setJointTarget(HOME.map(() => 0));
    await stage.robot.clock.sleep(2500);
    const upright = Array.from({ length: WAYPOINTS }, () => [...HOME.map(() => 0.002), 0]);
    for (const slot of SLOTS) {
      const data = Float32Array.from(upright.flat());
      data[slot] = value;
      const chunk = stage.chunkOn(data, { secondsPerWaypoint: 0.1 });
      const before = stage.robot.sent.length;
      const outcome = await stage.executor().execute(chunk);
      expect(outcome).toMatchObject({ outcome: 'pass', waypointsRun: WAYPOINTS, timeScale: 1 });
      const sent = stage.robot.sent.slice(before);
      // toEqual tells 0 from −0.
      expect(sent).toEqual([...chunk].map(({ joints }) => joints));
      const [row, column] = [Math.floor(slot / WIDTH), slot % WIDTH];
      if (column < WIDTH - 1) expect(Object.is(sent[row]?.[column], value)).toBe(true);
      else expect(stage.robot.kinds.at(-1)).not.toBe('close');
    }
  });

  it('a shape of two axes cannot be asked for: chunks have three', () => {
    const shape: readonly number[] = [WAYPOINTS, WIDTH];
    expect(() => stage.begin({ chunkShape: shape as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining('5,7') }),
    );
  });

  it('a chunk of the shape that was asked for runs', async () => {
    const executor = stage.begin({ chunkShape: [1, WAYPOINTS, WIDTH] });
    expect((await executor.execute(stage.chunk(ROWS))).outcome).toBe('pass');
  });

  it.each([
    ['(1, 4, 7)', ROWS.slice(1), [...NAMES.map(joint), GRIPPER]],
    ['(1, 5, 8)', ROWS.map((row) => [...row, 0]), [...NAMES.map(joint), GRIPPER, joint('extra')]],
    ['(1, 5, 6)', ROWS.map((row) => row.slice(0, 6)), NAMES.map(joint)],
  ])('one of shape %s is refused', async (shape, rows, dims) => {
    const executor = stage.begin({ chunkShape: [1, WAYPOINTS, WIDTH] });
    const outcome = await executor.execute(stage.chunk(rows, { dims }));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_INVALID' } });
    expect(outcome.reasons).toMatchObject([{ guard: 'structure', kind: 'shape' }]);
    expect(outcome.reasons[0]?.message).toContain(`[${shape.slice(1, -1)}]`);
    expect(stage.robot.commands).toEqual([]);
  });

  it.each([
    ['joints in another order', [...NAMES].reverse()],
    ['joints of another robot', NAMES.map((name) => `left_${name}`)],
    ['one joint too few', NAMES.slice(1)],
    ['one joint too many', [...NAMES, 'rail']],
  ])('%s are refused', async (_, names) => {
    const executor = stage.begin();
    const rows = ROWS.map((row) => [...names.map((_, index) => row[index] ?? 0), 0]);
    const chunk = stage.chunk(rows, { dims: [...names.map(joint), GRIPPER] });
    expect(await executor.execute(chunk)).toMatchObject({
      outcome: 'reject',
      reason: { code: 'CHUNK_INVALID' },
    });
    expect(stage.robot.commands).toEqual([]);
  });

  it('joints in degrees are refused', async () => {
    const executor = stage.begin();
    const dims = [...NAMES.map((name) => ({ ...joint(name), unit: 'deg' })), GRIPPER];
    expect((await executor.execute(stage.chunk(ROWS, { dims }))).reason?.code).toBe('CHUNK_INVALID');
    expect(stage.robot.commands).toEqual([]);
  });

  it('a number that is not a chunk is no argument', async () => {
    const executor = stage.begin();
    const plain = { data: ROWS.flat(), shape: [1, 5, 7] };
    await expect(executor.execute(plain as unknown as ActionChunk)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  it('values of a type that has no fractions are refused when the chunk is made', () => {
    stage.begin();
    const integers = BigInt64Array.from({ length: WAYPOINTS * WIDTH }, () => 0n);
    expect(() => stage.chunkOn(integers as unknown as Float32Array)).toThrow(
      expect.objectContaining({ code: 'CHUNK_INVALID' }),
    );
  });

  it('two refusals in a row are borne, and a good chunk forgets them; the third stops and latches', async () => {
    const executor = stage.begin();
    const bad = () =>
      executor.execute(stage.chunk(ROWS, { dims: [...[...NAMES].reverse().map(joint), GRIPPER] }));
    expect((await bad()).outcome).toBe('reject');
    expect((await bad()).outcome).toBe('reject');
    expect((await executor.execute(stage.chunk(ROWS))).outcome).toBe('pass');
    await stage.robot.clock.sleep(10);
    expect((await bad()).outcome).toBe('reject');
    expect((await bad()).outcome).toBe('reject');
    const third = await bad();
    expect(third).toMatchObject({ outcome: 'stop', reason: { code: 'CHUNK_INVALID' } });
    expect(third.reasons.map(({ kind }) => kind)).toContain('three-in-a-row');
    expect(executor.latched?.code).toBe('CHUNK_INVALID');
    const sent = stage.robot.trajectories.length;
    await stage.robot.clock.sleep(10);
    const good = await executor.execute(stage.chunk(ROWS));
    expect(good).toMatchObject({ outcome: 'reject', reasons: [{ guard: 'latch' }] });
    expect(stage.robot.trajectories).toHaveLength(sent);
  });
});
