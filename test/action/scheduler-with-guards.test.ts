import { describe, expect, it } from 'vitest';
import { ChunkScheduler } from '../../lib/action/chunk-scheduler.js';
import type { MergeStrategy } from '../../lib/action/merge-strategies.js';
import type { ChunkSchedulerOptions } from '../../lib/action/scheduler-options.js';
import type { ChunkSpan } from '../../lib/action/scheduler-outcome.js';
import { SafeVLAExecutor } from '../../lib/safety/safe-vla-executor.js';
import { FakeInferrer } from '../fakes/fake-inferrer.js';
import { chunkOf, FakeRobot } from '../fakes/fake-robot.js';

const NAMES = ['a', 'b'];
const LIMITS = NAMES.map((name) => ({ name, min: -3, max: 3, velocity: 2, acceleration: 10, jerk: 200 }));

/** A policy that drives all joints on at 0.1 rad/s from where it sees them. */
class Ramp extends FakeInferrer {
  gripperAt: (sequence: number, k: number) => number = () => 0;

  constructor(readonly robot: FakeRobot) {
    super(robot);
  }

  override async infer(...args: Parameters<FakeInferrer['infer']>) {
    const seen = this.robot.positions;
    const { sequence, capturedAt } = await super.infer(...args);
    const rows = Array.from({ length: this.horizon }, (_, k) => [
      ...seen.map((value) => value + 0.02 * (k + 1)),
      this.gripperAt(sequence, k),
    ]);
    return chunkOf(this.robot, rows, { capturedAt, sequence });
  }
}

function setUp(options: ChunkSchedulerOptions = {}) {
  const robot = new FakeRobot(NAMES);
  const motion = new SafeVLAExecutor(robot, { limits: LIMITS, onWarning: () => {} });
  const inferrer = new Ramp(robot);
  const spans: ChunkSpan[] = [];
  const onChunk = (span: ChunkSpan) => {
    spans.push(span);
  };
  const scheduler = new ChunkScheduler(inferrer, robot, motion, { timeLimitMs: 4000, ...options, onChunk });
  return { robot, motion, inferrer, scheduler, spans };
}

const velocities = async (robot: FakeRobot) => (await robot.jointState()).velocities;

describe.each(['replace', 'weightedAverage', 'ensemble', 'fusion'] as const)(
  '%s through the guards',
  (merge) => {
    it('keeps the arm moving from chunk to chunk, with nothing refused', async () => {
      const { scheduler, spans, robot } = setUp({ merge });
      const outcome = await scheduler.run('go on');
      expect(spans.flatMap(({ reasons }) => reasons.filter((reason) => reason.outcome !== 'modify'))).toEqual(
        [],
      );
      expect(outcome).toMatchObject({ end: 'timeLimit', rejects: 0, starvations: 0, worstPauseMs: 0 });
      expect(outcome.reason).toBeUndefined();
      // 4 s at 0.1 rad/s, less the start.
      expect(robot.positions[0]).toBeGreaterThan(0.3);
      expect(robot.positions[0]).toBeLessThan(0.42);
      expect(await velocities(robot)).toEqual([0, 0]);
      expect(robot.log).not.toContain('stop');
    });
  },
);

it('an abort brakes the arm along its path', async () => {
  const abort = new AbortController();
  const { scheduler, robot } = setUp();
  void robot.virtualClock.sleep(1300).then(() => abort.abort());
  const outcome = await scheduler.run('go on', { signal: abort.signal });
  expect(outcome).toMatchObject({ end: 'aborted' });
  expect(outcome.reason?.code).toBe('ABORTED');
  expect(await velocities(robot)).toEqual([0, 0]);
  expect(robot.log).not.toContain('stop');
  expect(robot.virtualClock.sleepers).toBe(0);
});

it('an abort while the gripper closes leaves out the rest of the chunk', async () => {
  const abort = new AbortController();
  const { scheduler, robot, inferrer } = setUp();
  robot.gripperMs = 400;
  inferrer.horizon = 10;
  inferrer.gripperAt = (_, k) => (k >= 2 ? 1 : 0);
  let at: readonly number[] = [];
  robot.onCall = (call) => {
    if (call !== 'close') return;
    at = robot.positions;
    void robot.virtualClock.sleep(100).then(() => abort.abort());
  };
  const outcome = await scheduler.run('go on', { signal: abort.signal });
  expect(outcome).toMatchObject({ end: 'aborted' });
  expect(at.length).toBe(2);
  expect(robot.positions).toEqual(at);
});

describe('after the gripper has changed', () => {
  async function grasp({ gripperMs = 100, inferMs = 100, closesAt = 2 } = {}) {
    const merged: { newest: number; older: readonly number[] }[] = [];
    const merge: MergeStrategy = {
      name: 'newest',
      keep: () => 10,
      merge: (chunks) => {
        const captured = chunks.map(({ chunk }) => chunk.capturedAt);
        merged.push({ newest: captured.at(-1) ?? Number.NaN, older: captured.slice(0, -1) });
        return chunks.at(-1)?.waypoints ?? [];
      },
    };
    const { scheduler, robot, inferrer, spans } = setUp({ merge, timeLimitMs: 6000 });
    robot.gripperMs = gripperMs;
    inferrer.delayMs = inferMs;
    inferrer.horizon = 10;
    let toldAt = Number.NaN;
    robot.onCall = (call) => {
      if (call === 'close') toldAt = robot.time;
    };
    let first: number | undefined;
    inferrer.gripperAt = (sequence, k) => {
      first ??= sequence;
      return sequence !== first || k >= closesAt ? 1 : 0;
    };
    await scheduler.run('grasp');
    return { merged, spans, doneAt: toldAt + gripperMs };
  }

  it('the next chunk is asked for at once, however much is left', async () => {
    const { spans, doneAt } = await grasp();
    // The one that closes has 7 of 10 waypoints left by then, and 5 is when another is due by itself.
    expect(spans[1]?.capturedAt).toBeGreaterThanOrEqual(doneAt);
    expect(spans[1]?.capturedAt).toBeLessThan(doneAt + 60);
  });

  it.each([
    ['within a chunk', {}],
    ['with slow fingers', { gripperMs: 700 }],
    ['while the next chunk is on its way', { inferMs: 190, closesAt: 4 }],
  ])('chunks from before and after it are not merged: %s', async (_, timing) => {
    const { merged, doneAt } = await grasp(timing);
    const after = merged.filter(({ newest }) => newest >= doneAt);
    expect(after.some(({ older }) => older.length > 0)).toBe(true);
    for (const { older } of after)
      for (const captured of older) expect(captured).toBeGreaterThanOrEqual(doneAt);
  });
});
