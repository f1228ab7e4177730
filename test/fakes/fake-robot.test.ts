import { beforeEach, describe, expect, it } from 'vitest';
import { FakeRobot } from './fake-robot.js';

const point = (timeS: number, position: number) => ({
  timeS,
  positions: [position, 0],
  velocities: [0, 0],
  accelerations: [0, 0],
});

describe('FakeRobot', () => {
  let robot: FakeRobot;
  beforeEach(async () => {
    robot = new FakeRobot(['base', 'elbow']);
    await robot.follow({ startMs: 10_100, points: [point(0, 0), point(1, 2)] });
  });

  it('is where its trajectory is, from the start time on, and rests at its end', async () => {
    await robot.clock.sleep(100);
    expect(await robot.jointState()).toEqual({ positions: [0, 0], velocities: [0, 0], stamp: 10_100 });
    await robot.clock.sleep(500);
    const { positions, velocities } = await robot.jointState();
    expect(positions[0]).toBeCloseTo(1, 9);
    expect(velocities[0]).toBeCloseTo(3.75, 9);
    await robot.clock.sleep(5000);
    expect(await robot.jointState()).toEqual({ positions: [2, 0], velocities: [0, 0], stamp: 15_600 });
  });

  it('goes on as before until a new trajectory starts', async () => {
    robot.time = 10_500;
    await robot.follow({ startMs: 10_700, points: [point(0, 5)] });
    robot.time = 10_600;
    expect(robot.positions[0]).toBeCloseTo(1, 9);
    robot.time = 10_700;
    expect(robot.positions[0]).toBe(5);
  });

  it('stays where it is when stopped, and drops what was still to come', async () => {
    robot.time = 10_600;
    await robot.follow({ startMs: 11_000, points: [point(0, 5)] });
    await robot.stop();
    robot.time = 12_000;
    const { positions, velocities } = await robot.jointState();
    expect(positions[0]).toBeCloseTo(1, 9);
    expect(velocities).toEqual([0, 0]);
    expect(robot.log).toEqual([[2, 0], [5, 0], 'stop']);
    expect(robot.commands.map(({ at }) => at)).toEqual([10_000, 10_600, 10_600]);
  });

  it('does not move when a command fails, and says which ones came', async () => {
    robot.failOn('follow').time = 10_050;
    await expect(robot.follow({ startMs: 10_050, points: [point(0, 7)] })).rejects.toThrow(
      'follow is broken',
    );
    expect(robot.positions[0]).toBe(0);
    expect(robot.trajectories).toHaveLength(2);
  });

  it('can stall a joint and be somewhere else', async () => {
    robot.time = 10_600;
    robot.stall(0).teleport([0, 0.5]);
    robot.time = 11_000;
    const { positions, velocities } = await robot.jointState();
    expect(positions[0]).toBeCloseTo(1, 9);
    expect(positions[1]).toBe(0.5);
    expect(velocities[0]).toBe(0);
  });

  it('can tell old, frozen and broken states', async () => {
    robot.time = 10_700;
    robot.stateDelayMs = 100;
    const old = await robot.jointState();
    expect(old.stamp).toBe(10_600);
    expect(old.positions[0]).toBeCloseTo(1, 9);
    robot.stateDelayMs = 0;
    robot.distort = (state) => ({ ...state, velocities: [Number.NaN, 0] });
    robot.freezeState();
    robot.time = 11_000;
    const frozen = await robot.jointState();
    expect(frozen.stamp).toBe(10_700);
    expect(frozen.velocities[0]).toBeNaN();
  });

  it('can freeze its camera, whose pictures differ otherwise', async () => {
    const first = await robot.camera.capture();
    robot.time = 10_001;
    const second = await robot.camera.capture();
    expect(second.data).not.toEqual(first.data);
    robot.freezeCamera();
    robot.time = 10_002;
    expect(await robot.camera.capture()).toEqual({ ...second, capturedAt: 10_002 });
    robot.freezeCamera({ stamps: true });
    robot.time = 10_003;
    expect((await robot.camera.capture()).capturedAt).toBe(10_002);
  });
});
