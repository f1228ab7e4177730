import { ChunkScheduler, type ChunkSpan } from 'jetson-vla';
import { afterAll, describe, expect, it } from 'vitest';
import { FaultStage, HOME, steps } from './fault-stage.js';

const stage = new FaultStage();
afterAll(() => stage[Symbol.dispose]());

/** To the side, 0.1 rad in all. */
const ASIDE = steps(HOME, [0.02, 0, 0, 0, 0, 0]);
const further = () => steps(stage.sim.world.joints(), [0.02, 0, 0, 0, 0, 0]);
const kindsOf = (reasons: readonly { readonly kind: string }[]) => reasons.map(({ kind }) => kind);

describe('stale observation', () => {
  it('a frozen camera: the same pixels under new stamps while the arm moves', async () => {
    const executor = stage.begin();
    stage.robot.sim.faults.freezeCamera();
    const first = await stage.robot.camera.capture();
    expect((await executor.execute(stage.chunk(ASIDE, { frame: first }))).outcome).toBe('pass');
    const sent = stage.robot.commands.length;
    const second = await stage.robot.camera.capture();
    expect(second.capturedAt).toBeGreaterThan(first.capturedAt ?? Number.NaN);
    const outcome = await executor.execute(stage.chunk(further(), { frame: second }));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_STALE' } });
    expect(kindsOf(outcome.reasons)).toEqual(['frozen-frame']);
    expect(stage.robot.commands).toHaveLength(sent);

    stage.robot.sim.faults.clear();
    const live = await stage.robot.camera.capture();
    expect((await executor.execute(stage.chunk(further(), { frame: live }))).outcome).toBe('pass');
  });

  it('a frozen camera beside an arm at rest: no more than the allowed count of equal images', async () => {
    const executor = stage.begin({ maxIdenticalFrames: 3 });
    stage.robot.sim.faults.freezeCamera();
    const outcomes: string[] = [];
    for (let look = 0; look < 5; look++) {
      const frame = await stage.robot.camera.capture();
      outcomes.push((await executor.execute(stage.chunk(steps(HOME, []), { frame }))).outcome);
      await stage.robot.clock.sleep(20);
    }
    expect(outcomes).toEqual(['pass', 'pass', 'pass', 'reject', 'reject']);
  });

  it('a repeated stamp: a camera that repeats image and stamp', async () => {
    const executor = stage.begin();
    stage.robot.sim.faults.freezeCamera({ stamps: true });
    const first = await stage.robot.camera.capture();
    const short = ASIDE.slice(0, 1).map((row) =>
      row.map((value, joint) => value + (joint === 0 ? -0.01 : 0)),
    );
    expect(
      (await executor.execute(stage.chunk(short, { frame: first, secondsPerWaypoint: 0.1 }))).outcome,
    ).toBe('pass');
    const sent = stage.robot.commands.length;
    const outcome = await executor.execute(
      stage.chunk(further(), { frame: await stage.robot.camera.capture(), inferenceMs: 300 }),
    );
    expect(outcome.outcome).toBe('reject');
    // Seen from the same place, the same picture is nothing to wonder at: the stamp alone gives it away.
    expect(kindsOf(outcome.reasons)).toEqual(['repeated-stamp']);
    expect(stage.robot.commands).toHaveLength(sent);
  });

  it.each([
    [1000, ['future-stamp']],
    [51, ['future-stamp']],
    [-1000, ['image-stale', 'chunk-stale']],
    [-201, ['image-stale']],
  ])('a camera clock that has jumped by %s ms', async (offset, kinds) => {
    const executor = stage.begin();
    await stage.robot.clock.sleep(2000);
    const capturedAt = stage.robot.clock.now() + offset;
    const outcome = await executor.execute(stage.chunk(ASIDE, { capturedAt }));
    expect(outcome).toMatchObject({ outcome: 'reject', reason: { code: 'CHUNK_STALE' } });
    expect(kindsOf(outcome.reasons)).toEqual(kinds);
    expect(stage.robot.commands).toEqual([]);
  });

  it.each([50, -200])('a camera clock that is off by %s ms is borne', async (offset) => {
    const executor = stage.begin();
    await stage.robot.clock.sleep(2000);
    const capturedAt = stage.robot.clock.now() + offset;
    expect((await executor.execute(stage.chunk(ASIDE, { capturedAt }))).outcome).toBe('pass');
  });

  it.each([
    [1000, 'joints-future'],
    [-1000, 'joints-stale'],
    [-101, 'joints-stale'],
    [Number.NaN, 'joints-stale'],
  ])('a joint clock that has jumped by %s ms', async (offset, kind) => {
    const executor = stage.begin();
    await stage.robot.clock.sleep(2000);
    stage.robot.distort = (state) => ({ ...state, stamp: state.stamp + offset });
    const outcome = await executor.execute(stage.chunk(ASIDE));
    expect(outcome.outcome).toBe('reject');
    expect(kindsOf(outcome.reasons)).toEqual([kind]);
    expect(stage.robot.commands).toEqual([]);
  });

  it('a joint state that is told late', async () => {
    const executor = stage.begin();
    stage.robot.sim.faults.delayState(150);
    await stage.robot.jointState();
    await stage.robot.clock.sleep(150);
    const outcome = await executor.execute(stage.chunk(ASIDE));
    expect(kindsOf(outcome.reasons)).toEqual(['joints-stale']);
    expect(stage.robot.commands).toEqual([]);
  });

  it('joint encoders that freeze in the middle of a motion stop it: nobody knows where the arm is', async () => {
    const executor = stage.begin();
    const running = executor.execute(stage.chunk(steps(HOME, [0.05], 10)));
    await stage.robot.clock.sleep(500);
    const frozen = await stage.robot.jointState();
    stage.robot.distort = () => frozen;
    const outcome = await running;
    expect(outcome).toMatchObject({ outcome: 'stop', stopped: true });
    expect(executor.latched).toBeDefined();
    expect(stage.robot.clock.now()).toBeLessThan(1000);
    await stage.robot.clock.sleep(500);
    expect(stage.speed()).toBeLessThan(0.01);
  });
});

describe('stale chunk', () => {
  it('delayed: refused from 501 ms on, and not before', async () => {
    for (const [delayMs, outcome] of [
      [500, 'pass'],
      [501, 'reject'],
    ] as const) {
      const executor = stage.begin();
      const chunk = stage.chunk(ASIDE, { inferenceMs: delayMs });
      await stage.robot.clock.sleep(delayMs);
      const result = await executor.execute(chunk);
      expect(result.outcome).toBe(outcome);
      if (outcome === 'reject') expect(kindsOf(result.reasons)).toEqual(['chunk-stale']);
      expect(stage.robot.commands.length > 0).toBe(outcome === 'pass');
    }
  });

  it('duplicated: the second is refused', async () => {
    const executor = stage.begin();
    const chunk = stage.chunk(steps(HOME, [0.01], 1));
    expect((await executor.execute(chunk)).outcome).toBe('pass');
    const sent = stage.robot.commands.length;
    const again = stage.chunk(steps(HOME, [0.01], 1), { sequence: chunk.sequence });
    const outcome = await executor.execute(again);
    expect(kindsOf(outcome.reasons)).toEqual(['out-of-order']);
    expect((await executor.execute(chunk)).outcome).toBe('reject');
    expect(stage.robot.commands).toHaveLength(sent);
  });

  it('reordered: the one that was overtaken is refused, whatever its stamp says', async () => {
    const executor = stage.begin();
    const early = stage.chunk(ASIDE, { sequence: 1, inferenceMs: 400 });
    await stage.robot.clock.sleep(50);
    const late = stage.chunk(steps(HOME, [0.01], 1), { sequence: 2 });
    expect((await executor.execute(late)).outcome).toBe('pass');
    const sent = stage.robot.commands.length;
    const overtaken = await executor.execute(early);
    expect(overtaken.outcome).toBe('reject');
    expect(kindsOf(overtaken.reasons)).toContain('out-of-order');
    const wrongNumber = await executor.execute(stage.chunk(further(), { sequence: 1 }));
    expect(kindsOf(wrongNumber.reasons)).toEqual(['out-of-order']);
    expect(stage.robot.commands).toHaveLength(sent);
  });

  it('steps that have elapsed by the time it can start are left out', async () => {
    const executor = stage.begin();
    await stage.submit(executor, stage.chunk(steps(HOME, [0.02], 10)));
    await stage.tickFor(executor, 600);
    const seen = stage.robot.clock.now();
    const at = executor.referenceAt(seen)?.positions ?? [];
    const next = stage.chunk(steps(at, [0.02], 10), { capturedAt: seen, inferenceMs: 500 });
    await stage.tickFor(executor, 500);
    const submission = await stage.submit(executor, next);
    // 500 ms of inference and 40 ms of lead are 2.7 steps of 200 ms; the third is too close to be reached.
    expect(submission).toMatchObject({ outcome: 'pass', waypointsSent: 7 });
    const last = stage.robot.trajectories.at(-1)?.points ?? [];
    expect(last.at(1)?.positions).toEqual([...next].at(3)?.joints);
    expect(last).toHaveLength(8);
    await stage.tickFor(executor, 2500);
    expect(executor.latched).toBeUndefined();
  });

  it('one with nothing left is refused, and the motion before it runs to its end', async () => {
    const executor = stage.begin();
    const goal = steps(HOME, [0.02], 10);
    await stage.submit(executor, stage.chunk(goal));
    await stage.tickFor(executor, 300);
    const next = stage.chunk(steps(HOME, [0.02], 5), { secondsPerWaypoint: 0.2, inferenceMs: 450 });
    const waypoints = [...next].slice(0, 2);
    const progress = executor.progressAt(next.capturedAt) + 1;
    await stage.tickFor(executor, 450);
    const sent = stage.robot.commands.length;
    const submission = await executor.submit({ chunk: next, waypoints, progress, instruction: '' });
    expect(submission.outcome).toBe('reject');
    expect(kindsOf(submission.reasons)).toEqual(['elapsed']);
    expect(stage.robot.commands).toHaveLength(sent);
    await stage.tickFor(executor, 3000);
    expect(stage.sim.world.joints()[0]).toBeCloseTo(goal.at(-1)?.[0] ?? Number.NaN, 2);
  });

  it('a scheduler whose inference takes 300 ms drops what has elapsed and moves on without a stop', async () => {
    const executor = stage.begin();
    const { clock } = stage.robot;
    const inferrer = {
      infer: async ({ capturedAt }: { capturedAt?: number }) => {
        const from = executor.referenceAt(clock.now())?.positions ?? HOME;
        const chunk = stage.chunk(steps(from, [0.02], 8), {
          capturedAt: capturedAt ?? clock.now(),
          inferenceMs: 300,
        });
        await clock.sleep(300);
        return chunk;
      },
    };
    const spans: ChunkSpan[] = [];
    const scheduler = new ChunkScheduler(inferrer, stage.robot, executor, {
      merge: 'replace',
      timeLimitMs: 3000,
      onChunk: (span) => {
        spans.push(span);
      },
    });
    const outcome = await scheduler.run('aside');
    expect(outcome).toMatchObject({ end: 'timeLimit', rejects: 0 });
    expect(spans.length).toBeGreaterThan(2);
    for (const span of spans.slice(1)) expect(span.delayMs).toBeGreaterThanOrEqual(300);
    // A policy that is 300 ms behind would creep if it began with steps of the past: 0.1 rad/s for 3 s, less the start.
    expect(stage.sim.world.joints()[0]).toBeGreaterThan((HOME[0] ?? 0) + 0.2);
    await clock.sleep(200);
    expect(stage.speed()).toBeLessThan(0.01);
  });
});
