import { describe, expect, it } from 'vitest';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const NAMES = ['base', 'elbow'];
const limits = NAMES.map((name) => ({ name, min: -3, max: 3, velocity: 8, acceleration: 80, jerk: 4000 }));

/** Time, and where the base was, when the gripper was told something. */
interface Grip {
  readonly kind: string;
  readonly at: number;
  readonly base: number;
}

/** A robot at rest with its gripper open, and a way to send chunks while it moves. */
async function setUp({ gripperMs = 100 } = {}) {
  const robot = new FakeRobot(NAMES);
  robot.gripperMs = gripperMs;
  const executor = new SafeVLAExecutor(robot, { limits, onWarning: () => {}, audit: false });
  await executor.execute(chunkOf(robot, [[0, 0, 0]]));
  const start = robot.time;
  const grips: Grip[] = [];
  robot.onCall = (kind) => {
    if (kind === 'open' || kind === 'close')
      grips.push({ kind, at: robot.time - start, base: robot.positions[0] ?? Number.NaN });
  };
  const progressAt0 = executor.progressAt(start);
  let sequence = 2;
  /** Rows of base angle and gripper, one step of 0.2 s apart, seen `seenMs` after the start. */
  const submit = (rows: readonly (readonly [number, number])[], seenMs: number) => {
    const chunk = chunkOf(
      robot,
      rows.map(([base, gripper]) => [base, 0, gripper]),
      { capturedAt: start + seenMs, sequence: sequence++ },
    );
    const progress = executor.progressAt(start + seenMs) + 1;
    return executor.submit({ chunk, waypoints: [...chunk], progress, instruction: '' });
  };
  const runUntil = async (ms: number) => {
    while (robot.time - start < ms) {
      await robot.virtualClock.sleep(20);
      await executor.tick();
    }
  };
  const progress = () => executor.progressAt(robot.time) - progressAt0;
  return { robot, executor, grips, submit, runUntil, progress };
}

describe('a chunk that arrives late', () => {
  it('closes the gripper at the waypoint that asked for it, though that lies behind', async () => {
    const { grips, submit, runUntil } = await setUp();
    await submit(
      [
        [0.1, 0],
        [0.2, 0],
        [0.3, 0],
        [0.4, 0],
      ],
      0,
    );
    await runUntil(400);
    // Seen at 0.1 rad, it wants to close at 0.16 and then to go on; by now the arm is at 0.2.
    const { waypointsSent } = await submit(
      [
        [0.16, 1],
        [0.3, 1],
        [0.4, 1],
      ],
      200,
    );
    await runUntil(2000);
    expect(waypointsSent).toBe(3);
    expect(grips).toEqual([{ kind: 'close', at: expect.any(Number), base: expect.closeTo(0.16, 6) }]);
  });

  it('goes on to its own end afterwards, and progress never falls', async () => {
    const { robot, submit, runUntil, progress } = await setUp();
    await submit(
      [
        [0.1, 0],
        [0.2, 0],
        [0.3, 0],
        [0.4, 0],
      ],
      0,
    );
    await runUntil(400);
    await submit(
      [
        [0.16, 1],
        [0.3, 1],
        [0.5, 1],
      ],
      200,
    );
    let before = progress();
    for (let ms = 420; ms < 2000; ms += 20) {
      await runUntil(ms);
      expect(progress()).toBeGreaterThanOrEqual(before);
      before = progress();
    }
    expect(robot.positions[0]).toBeCloseTo(0.5, 6);
    expect(before).toBeCloseTo(4, 9);
  });

  it.each([
    ['before the gripper was told', 380],
    ['while the fingers moved', 500],
  ])('does not open again what was closed, when it looked %s', async (_, seenMs) => {
    const { grips, submit, runUntil } = await setUp({ gripperMs: 200 });
    await submit(
      [
        [0.1, 0],
        [0.2, 1],
      ],
      0,
    );
    await runUntil(seenMs + 180);
    const { reasons } = await submit(
      [
        [0.1, 0],
        [0.2, 0],
        [0.3, 0],
        [0.4, 0],
      ],
      seenMs,
    );
    await runUntil(2500);
    expect(reasons.map(({ kind }) => kind)).toContain('unseen');
    expect(grips.map(({ kind }) => kind)).toEqual(['close']);
  });

  it('leaves out what leads up to a grip that has been made', async () => {
    const { robot, grips, submit, runUntil } = await setUp({ gripperMs: 200 });
    await submit(
      [
        [0.1, 0],
        [0.2, 1],
      ],
      0,
    );
    await runUntil(500);
    expect(grips).toHaveLength(1);
    const { waypointsSent } = await submit(
      [
        [0.19, 0],
        [0.18, 1],
        [0.3, 1],
      ],
      380,
    );
    await runUntil(2000);
    expect(waypointsSent).toBe(1);
    // The fingers were told at about 420 ms and took 200; one step of 200 ms later the arm is there.
    const arrival = robot.trajectories.at(-1);
    expect(arrival?.points.at(-1)).toMatchObject({ timeS: 0.2, positions: [expect.closeTo(0.3, 6), 0] });
    expect(grips).toHaveLength(1);
  });
});
