import { describe, expect, it, vi } from 'vitest';
import { VLAError } from '../../lib/errors.js';
import { TrajectoryPlayer } from '../../lib/robot/trajectory-player.js';
import { VirtualClock } from '../../lib/robot/virtual-clock.js';
import type { JointReference, JointTrajectory } from '../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../lib/trajectory/sample-trajectory.js';

const point = (timeS: number, position: number, velocity = 0) => ({
  timeS,
  positions: [position],
  velocities: [velocity],
  accelerations: [0],
});

/** From one position to another in `durationS` seconds, at rest at the end. */
const motion = (startMs: number, from: number, to: number, durationS: number, velocity = 0) =>
  ({ startMs, points: [point(0, from, velocity), point(durationS, to)] }) satisfies JointTrajectory;

function setUp(send: (reference: JointReference) => void | Promise<void> = () => {}) {
  const clock = new VirtualClock();
  const sent: { at: number; position: number; velocity: number }[] = [];
  const onError = vi.fn<(error: VLAError) => void>();
  const player = new TrajectoryPlayer({
    clock,
    onError,
    send: (reference) => {
      const [position = Number.NaN] = reference.positions;
      const [velocity = Number.NaN] = reference.velocities;
      sent.push({ at: clock.now(), position, velocity });
      return send(reference);
    },
  });
  return { clock, sent, onError, player };
}

describe('TrajectoryPlayer', () => {
  it('sends the trajectory’s own states at its rate, the last one at rest, and then nothing', async () => {
    const { clock, sent, player } = setUp();
    const trajectory = motion(20, 0, 1, 0.1);
    await player.follow(trajectory);
    expect(clock.now()).toBe(0);
    await clock.sleep(500);
    expect(sent.map(({ at }) => at)).toEqual([20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120]);
    for (const { at, position, velocity } of sent) {
      const expected = sampleTrajectory(trajectory.points, (at - 20) / 1000);
      expect([position, velocity]).toEqual([expected.positions[0], expected.velocities[0]]);
    }
    expect(sent.at(-1)).toMatchObject({ position: 1, velocity: 0 });
    expect(clock.sleepers).toBe(0);
  });

  it('joins a trajectory that has started already on the way', async () => {
    const { clock, sent, player } = setUp();
    await clock.sleep(55);
    await player.follow(motion(5, 0, 1, 0.1));
    await clock.sleep(100);
    expect(sent[0]).toMatchObject({ at: 55, position: 0.5 });
  });

  it('goes on with the old trajectory until the new one starts, without a gap', async () => {
    const { clock, sent, player } = setUp();
    const first = motion(0, 0, 1, 0.2);
    await player.follow(first);
    await clock.sleep(25);
    const { positions, velocities } = sampleTrajectory(first.points, 0.1);
    const second = motion(100, positions[0] ?? 0, 5, 0.1, velocities[0]);
    await player.follow(second);
    await clock.sleep(1000);
    expect(sent.map(({ at }) => at)).toEqual(Array.from({ length: 21 }, (_, tick) => 10 * tick));
    for (const { at, position } of sent) {
      const { startMs, points } = at < 100 ? first : second;
      expect(position).toBe(sampleTrajectory(points, (at - startMs) / 1000).positions[0]);
    }
  });

  it('lets a newer trajectory take the place of one that waits for a later start', async () => {
    const { clock, sent, player } = setUp();
    await player.follow(motion(0, 0, 1, 0.1));
    await player.follow(motion(80, 1, -2, 0.1));
    await player.follow(motion(50, 1, 3, 0.1));
    await clock.sleep(1000);
    expect(sent.at(-1)).toMatchObject({ at: 150, position: 3 });
    expect(sent.every(({ position }) => position >= 0)).toBe(true);
  });

  it('sends nothing after a stop, and plays what comes right after it', async () => {
    const { clock, sent, player } = setUp();
    await player.follow(motion(0, 0, 1, 0.5));
    await clock.sleep(45);
    player.stop();
    expect(clock.sleepers).toBe(0);
    await clock.sleep(100);
    expect(sent).toHaveLength(5);
    await player.follow(motion(145, 0, 1, 0.5));
    await clock.sleep(12);
    player.stop();
    await player.follow(motion(157, 7, 8, 0.02));
    await clock.sleep(1000);
    expect(sent.at(-1)).toMatchObject({ position: 8, velocity: 0 });
    expect(clock.sleepers).toBe(0);
  });

  it('never has two set points under way: those that fall due during a slow one are left out', async () => {
    let pending = 0;
    let most = 0;
    const { clock, sent, player } = setUp(async () => {
      most = Math.max(most, ++pending);
      await clock.sleep(24);
      pending--;
    });
    await player.follow(motion(0, 0, 1, 0.1));
    await clock.sleep(1000);
    expect(most).toBe(1);
    expect(sent.map(({ at }) => at)).toEqual([0, 24, 48, 72, 96, 120]);
    expect(sent.at(-1)).toMatchObject({ position: 1, velocity: 0 });
  });

  it('plays on in the same loop when it is stopped and told anew during a slow set point', async () => {
    let pending = 0;
    let most = 0;
    const { clock, sent, player } = setUp(async () => {
      most = Math.max(most, ++pending);
      await clock.sleep(30);
      pending--;
    });
    await player.follow(motion(0, 0, 1, 0.1));
    await clock.sleep(5);
    player.stop();
    await player.follow(motion(5, 4, 6, 0.01));
    await clock.sleep(1000);
    expect(most).toBe(1);
    expect(sent.map(({ position }) => position)).toEqual([0, 6]);
  });

  it('ends playing when sending fails, tells so at once and at the next follow, and then plays again', async () => {
    const fault = new Error('the cable is loose');
    let broken = false;
    const { clock, sent, onError, player } = setUp(() => {
      if (broken) throw fault;
    });
    await player.follow(motion(0, 0, 1, 0.2));
    await clock.sleep(35);
    broken = true;
    await clock.sleep(100);
    expect(sent).toHaveLength(5);
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'ROBOT_FAILED', cause: fault }),
    );
    await expect(player.follow(motion(200, 0, 1, 0.1))).rejects.toBe(onError.mock.calls[0]?.[0]);
    await clock.sleep(200);
    expect(sent).toHaveLength(5);
    broken = false;
    // What had failed is over: nothing is sent before the new start.
    await player.follow(motion(375, 0, 2, 0.1));
    await clock.sleep(500);
    expect(sent[5]).toMatchObject({ at: 375, position: 0 });
    expect(sent.at(-1)).toMatchObject({ position: 2, velocity: 0 });
  });

  it('reports the listener’s own error together with the failure that it was told of', async () => {
    const { clock, onError, player } = setUp(() => Promise.reject(new Error('no')));
    onError.mockImplementation(() => {
      throw new Error('listener');
    });
    await player.follow(motion(0, 0, 1, 0.2));
    await clock.sleep(10);
    const error = await player.follow(motion(0, 0, 1, 0.2)).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'CALLBACK_FAILED' });
    expect((error as VLAError).cause).toMatchObject({
      errors: [{ message: 'listener' }, { code: 'ROBOT_FAILED' }],
    });
  });

  it('refuses a trajectory without points or start, and rates out of range', async () => {
    const { clock, player } = setUp();
    await expect(player.follow({ startMs: 0, points: [] })).rejects.toBeInstanceOf(VLAError);
    await expect(player.follow(motion(Number.NaN, 0, 1, 1))).rejects.toThrow(/finite startMs/);
    expect(() => new TrajectoryPlayer({ clock, rateHz: 0, send: () => {} })).toThrow(/rate/);
    expect(clock.sleepers).toBe(0);
  });
});
