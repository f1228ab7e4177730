import { sampleTrajectory } from 'jetson-vla';
import { afterAll, describe, expect, it } from 'vitest';
import { JOINT_NAMES } from '../../../examples/sim/pick-world.js';
import { FaultStage, HOME, type Row, steps } from './fault-stage.js';
import { expectRestInsideLimits } from './watched-robot.js';

const stage = new FaultStage();
afterAll(() => stage[Symbol.dispose]());

/** What a 32-bit float holds of home, so that a limit can be met exactly. */
const CENTRE = HOME.map(Math.fround);
const REACH = 2 ** -4;
const kindsOf = (reasons: readonly { readonly kind: string }[]) => reasons.map(({ kind }) => kind);

/** The next 32-bit float in that direction. */
function beyond(value: number, direction: 1 | -1): number {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, value);
  const away = value >= 0 === direction > 0 ? 1 : -1;
  bits.setUint32(0, bits.getUint32(0) + away);
  return bits.getFloat32(0);
}

/** Limits of 1/16 rad to each side of home. */
const tightLimits = () =>
  stage.sim.limits.map((limits, joint) => {
    const centre = CENTRE[joint] ?? 0;
    return { ...limits, min: Math.fround(centre - REACH), max: Math.fround(centre + REACH) };
  });

const ENDS = JOINT_NAMES.flatMap((name, joint) =>
  ([-1, 1] as const).map((side) => [name, joint, side] as const),
);
const rowWith = (joint: number, value: number): Row => [
  ...CENTRE.map((at, index) => (index === joint ? value : at)),
  0,
];

describe('position limits', () => {
  describe.each(ENDS)('of %s (joint %i, side %i)', (name, joint, side) => {
    const limit = Math.fround((CENTRE[joint] ?? 0) + side * REACH);
    // Half-way, the limit or more, and back.
    const run = (value: number) => {
      const executor = stage.begin({ limits: tightLimits() });
      const rows = [(CENTRE[joint] ?? 0) + (side * REACH) / 2, value, CENTRE[joint] ?? 0];
      return executor.execute(stage.chunk(rows.map((at) => rowWith(joint, at))));
    };

    it('lets the limit itself pass bit for bit', async () => {
      const outcome = await run(limit);
      expect(kindsOf(outcome.reasons)).not.toContain('clamped');
      expect(outcome).toMatchObject({ stopped: false, waypointsRun: 3 });
      expect(stage.robot.sent[1]?.[joint]).toBe(limit);
      expect(stage.warnings).toEqual([]);
    });

    it('clamps the next number beyond it, and 0.049 rad beyond it, and says so', async () => {
      for (const value of [beyond(limit, side), Math.fround(limit + side * 0.049)]) {
        const outcome = await run(value);
        expect(outcome).toMatchObject({ outcome: 'modify', stopped: false, waypointsRun: 3 });
        expect(outcome.reasons).toContainEqual(
          expect.objectContaining({ kind: 'clamped', waypoint: 1, joint: name, value, limit }),
        );
        expect(stage.robot.sent[1]?.[joint]).toBe(limit);
        expect(stage.warnings).toHaveLength(1);
        expect(stage.warnings[0]).toContain(`Joint ${joint} angle ${value} exceeds limits [`);
      }
    });

    it('cuts the chunk before a waypoint that is 0.051 rad beyond it', async () => {
      const outcome = await run(Math.fround(limit + side * 0.051));
      expect(outcome).toMatchObject({
        outcome: 'truncate',
        stopped: true,
        waypointsRun: 1,
        reason: { code: 'CHUNK_UNREACHABLE' },
      });
      expect(outcome.reasons).toContainEqual(
        expect.objectContaining({ kind: 'out-of-limits', waypoint: 1, joint: name, limit }),
      );
      expect(stage.robot.sent).toHaveLength(1);
      expect(stage.speed()).toBeLessThan(0.05);
    });
  });

  it('refuse a chunk whose first waypoint is far outside', async () => {
    const executor = stage.begin({ limits: tightLimits() });
    const rows = [rowWith(1, (CENTRE[1] ?? 0) + 0.2), rowWith(1, CENTRE[1] ?? 0)];
    const outcome = await executor.execute(stage.chunk(rows));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_UNREACHABLE' } });
    expect(stage.robot.commands).toEqual([]);
  });

  it('hold where the model is checked for collisions after the clamp', async () => {
    const executor = stage.begin({ limits: tightLimits() });
    const asked: (readonly number[])[] = [];
    const { collision } = stage.sim;
    const spy = stage.executor({
      limits: tightLimits(),
      collision: {
        reach: collision.reach,
        clearances: (joints) => {
          asked.push(joints);
          return collision.clearances(joints);
        },
      },
    });
    executor.dispose();
    const max = Math.fround((CENTRE[0] ?? 0) + REACH);
    await spy.execute(stage.chunk([rowWith(0, max + 0.04)]));
    expect(asked.length).toBeGreaterThan(0);
    expect(Math.max(...asked.map((joints) => joints[0] ?? Number.NaN))).toBeLessThanOrEqual(max);
  });
});

/** The arm's drives do 3.2 rad/s, 40 rad/s², 4000 rad/s³; half of that is used. */
const SHARE = 0.5;
/** How much faster than its reference a servo runs while it catches up. */
const SERVO = 1.15;

describe('velocity, acceleration and jerk', () => {
  it('a chunk that is too fast is slowed as a whole, by one factor for all joints', async () => {
    const executor = stage.begin({ maxTcpSpeed: false });
    await executor.execute(stage.chunk(steps(HOME, [0], 1)));
    let fastest = 0;
    stage.onStep = () => {
      fastest = Math.max(fastest, stage.speed());
    };
    // 4 rad/s of the base, 1 rad/s of a wrist.
    const chunk = stage.chunk(steps(HOME, [0.2, 0, 0, 0.05], 5), { secondsPerWaypoint: 0.05 });
    const before = stage.robot.trajectories.length;
    const outcome = await executor.execute(chunk);
    expect(outcome).toMatchObject({ outcome: 'modify', stopped: false, waypointsRun: 5 });
    expect(outcome.reasons).toMatchObject([{ guard: 'dynamics', kind: 'slowed' }]);
    expect(outcome.timeScale).toBeLessThan(SHARE);
    const sent = stage.robot.trajectories.slice(before);
    expect(sent).toHaveLength(1);
    const points = sent[0]?.points.slice(1) ?? [];
    expect(points.map(({ positions }) => positions)).toEqual([...chunk].map(({ joints }) => joints));
    expect(points.at(-1)?.timeS).toBeCloseTo((5 * 0.05) / outcome.timeScale, 9);
    // Evenly, but for the ends, which may take longer to set off and to come to rest.
    const gaps = points.map(({ timeS }, index) => timeS - (points[index - 1]?.timeS ?? 0));
    const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0] = gaps;
    expect(third).toBeCloseTo(second, 9);
    expect(fourth).toBeCloseTo(second, 9);
    expect(Math.min(first, fifth)).toBeGreaterThanOrEqual(second - 1e-9);
    for (const trajectory of sent) expectRestInsideLimits(trajectory, stage.sim.limits, SHARE);
    expect(fastest).toBeGreaterThan(0.8 * SHARE * 3.2);
    expect(fastest).toBeLessThan(SERVO * SHARE * 3.2);
  });

  it.each([
    ['velocity', { velocity: 0.4 }, 0.4],
    ['acceleration', { acceleration: 1.2 }, 1.2],
    ['jerk', { jerk: 12 }, 12],
  ] as const)('the slowest joint sets the pace of all: its %s limit alone', async (kind, lower, limit) => {
    const executor = stage.begin({ maxTcpSpeed: false });
    executor.dispose();
    const limits = stage.sim.limits.map((each, joint) => (joint === 5 ? { ...each, ...lower } : each));
    const guarded = stage.executor({ limits, maxTcpSpeed: false });
    await guarded.execute(stage.chunk(steps(HOME, [0], 1)));
    const rows = steps(HOME, [0.06, 0, 0, 0, 0, 0.06], 5);
    const outcome = await guarded.execute(stage.chunk(rows));
    expect(outcome).toMatchObject({ outcome: 'modify', waypointsRun: 5 });
    expect(outcome.timeScale).toBeLessThan(0.95);
    const trajectory = stage.robot.trajectories.at(-1);
    if (trajectory === undefined) throw new Error('nothing was sent');
    expectRestInsideLimits(trajectory, limits, SHARE);
    // Not slower than it has to be: that limit is nearly used.
    const used = worst(trajectory.points, 5)[kind];
    expect(used).toBeGreaterThan(0.9 * SHARE * limit);
    // Both joints ask for the same steps and still make them together.
    for (const { positions } of trajectory.points.slice(1))
      expect((positions[0] ?? 0) - (HOME[0] ?? 0)).toBeCloseTo((positions[5] ?? 0) - (HOME[5] ?? 0), 6);
  });

  it('a chunk that rushes at a position limit comes to rest at it, and not beyond', async () => {
    const max = Math.fround((CENTRE[0] ?? 0) + 0.5);
    stage.begin();
    const limits = stage.sim.limits.map((each, joint) => (joint === 0 ? { ...each, max } : each));
    const executor = stage.executor({ limits, maxTcpSpeed: false });
    let farthest = Number.NEGATIVE_INFINITY;
    let fastest = 0;
    stage.onStep = () => {
      farthest = Math.max(farthest, stage.sim.world.joints()[0] ?? Number.NaN);
      fastest = Math.max(fastest, stage.speed());
    };
    const rows = [0.1, 0.2, 0.3, 0.4, 0.5].map((way) => rowWith(0, (CENTRE[0] ?? 0) + way));
    const outcome = await executor.execute(stage.chunk(rows, { secondsPerWaypoint: 0.05 }));
    expect(outcome).toMatchObject({ outcome: 'modify', stopped: false, waypointsRun: 5 });
    await stage.robot.clock.sleep(300);
    expect(fastest).toBeGreaterThan(1);
    expect(farthest).toBeGreaterThan(max - 0.005);
    expect(farthest).toBeLessThan(max + 0.005);
    for (const { points } of stage.robot.trajectories)
      for (let timeS = 0; timeS < 3; timeS += 0.001)
        expect(sampleTrajectory(points, timeS).positions[0]).toBeLessThanOrEqual(max + 1e-9);
  });

  it('a chunk that would have to run at less than a tenth of its pace is refused', async () => {
    const executor = stage.begin();
    const rows = [...steps(HOME, [0.01], 1), ...steps(HOME, [1.2], 1)];
    const outcome = await executor.execute(stage.chunk(rows, { secondsPerWaypoint: 0.02 }));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_UNREACHABLE' } });
    expect(outcome.reasons).toMatchObject([{ guard: 'dynamics' }]);
    expect(stage.robot.commands).toEqual([]);
  });

  it.each([
    ['goes on', 0.05],
    ['turns back', -0.05],
  ])(
    'a chunk that takes over in mid-motion and %s starts with its position, speed and acceleration',
    async (_, step) => {
      const executor = stage.begin({ maxTcpSpeed: false });
      await executor.execute(stage.chunk(steps(HOME, [0], 1)));
      let fastest = 0;
      let sharpest = 0;
      let last = stage.sim.world.jointVelocities();
      stage.onStep = () => {
        const velocities = stage.sim.world.jointVelocities();
        const change = Math.max(...velocities.map((value, joint) => Math.abs(value - (last[joint] ?? 0))));
        last = velocities;
        fastest = Math.max(fastest, stage.speed());
        sharpest = Math.max(sharpest, change / stage.sim.world.timestep);
      };
      await stage.submit(executor, stage.chunk(steps(HOME, [0.05], 10), { secondsPerWaypoint: 0.1 }));
      await stage.tickFor(executor, 460);
      const at = executor.referenceAt(stage.robot.clock.now())?.positions ?? [];
      const first = stage.robot.trajectories.at(-1);
      const taken = await stage.submit(
        executor,
        stage.chunk(steps(at, [step], 8), { secondsPerWaypoint: 0.1 }),
      );
      expect(['pass', 'modify']).toContain(taken.outcome);
      expect(taken.waypointsSent).toBeGreaterThan(5);
      const second = stage.robot.trajectories.at(-1);
      if (first === undefined || second === undefined || first === second)
        throw new Error('nothing took over');
      const before = sampleTrajectory(first.points, (second.startMs - first.startMs) / 1000);
      const [start] = second.points;
      for (const what of ['positions', 'velocities', 'accelerations'] as const)
        expect(start?.[what]).toEqual(before[what]);
      expect(Math.abs(before.velocities[0] ?? 0)).toBeGreaterThan(0.3);
      expectRestInsideLimits(second, stage.sim.limits, SHARE);
      await stage.tickFor(executor, 2500);
      expect(executor.latched).toBeUndefined();
      expect(fastest).toBeLessThan(SERVO * SHARE * 3.2);
      expect(sharpest).toBeLessThan(40);
      expect(stage.speed()).toBeLessThan(0.01);
    },
  );
});

function worst(points: Parameters<typeof sampleTrajectory>[0], joint: number) {
  const peak = { velocity: 0, acceleration: 0, jerk: 0 };
  let last = sampleTrajectory(points, 0).accelerations[joint] ?? Number.NaN;
  for (let timeS = 0.001; timeS < (points.at(-1)?.timeS ?? 0); timeS += 0.001) {
    const { velocities, accelerations } = sampleTrajectory(points, timeS);
    const acceleration = accelerations[joint] ?? Number.NaN;
    peak.velocity = Math.max(peak.velocity, Math.abs(velocities[joint] ?? Number.NaN));
    peak.acceleration = Math.max(peak.acceleration, Math.abs(acceleration));
    peak.jerk = Math.max(peak.jerk, Math.abs(acceleration - last) / 0.001);
    last = acceleration;
  }
  return peak;
}
