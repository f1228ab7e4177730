import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordingSource, replayingSource } from '../../../lib/safety/collision/answer-log.js';
import { checkerSource } from '../../../lib/safety/collision/checker-source.js';
import type { Clearances, CollisionChecker } from '../../../lib/safety/collision/collision-checker.js';
import { judgeSceneAge } from '../../../lib/safety/collision/scene-age.js';
import { sweptCollision } from '../../../lib/safety/collision/swept-collision.js';
import { disc, PlanarWorld, throughRests } from './planar-world.js';

const POINTS = throughRests([[0], [1]]);
const clearances = (environment: number, self: number): Clearances => ({
  environment: { distance: environment, a: 'hand', b: 'table' },
  self: { distance: self, a: 'hand', b: 'elbow' },
});
const checker = (answer: CollisionChecker['clearances']): CollisionChecker => ({
  reach: [1],
  clearances: answer,
});
const judge = (answer: CollisionChecker['clearances']) =>
  sweptCollision(POINTS, 0.5, checkerSource(checker(answer), { budgetMs: 10_000 }));

describe('sweptCollision', () => {
  it('keeps 20 mm from the surroundings and 10 mm from itself', async () => {
    expect(await judge(() => clearances(0.026, 0.016))).toMatchObject({ free: true });
    expect(await judge(([q = 0]) => clearances(q > 0.5 ? 0.0199 : 0.1, 1))).toMatchObject({
      free: false,
      reason: {
        guard: 'collision',
        outcome: 'truncate',
        kind: 'collision-predicted',
        value: 0.0199,
        limit: 0.02,
      },
    });
    expect(await judge(([q = 0]) => clearances(1, q > 0.5 ? 0.0099 : 0.1))).toMatchObject({
      free: false,
      reason: {
        kind: 'collision-predicted',
        value: 0.0099,
        limit: 0.01,
        message: expect.stringMatching(/10\.0 mm from itself, but hand comes within 9\.9 mm of elbow at/),
      },
    });
  });

  it('hands on the gripper, and counts Infinity as the slow distance', async () => {
    const seen = new Set<number | undefined>();
    const result = await judge((_, gripper) => {
      seen.add(gripper);
      return clearances(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    });
    expect(result).toMatchObject({ free: true, nearest: { distance: 0.1 } });
    // 0.08 m free on either side: one question for each 0.16 m of motion at the least.
    expect(result.queries).toBeGreaterThanOrEqual(6);
    expect([...seen]).toEqual([0.5]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no scene');
      },
      'checker-threw',
      /no scene/,
    ],
    [
      'throws text',
      () => {
        throw 'lost';
      },
      'checker-threw',
      /lost/,
    ],
    ['rejects', () => Promise.reject(new Error('gone')), 'checker-threw', /gone/],
    ['gives NaN', () => clearances(Number.NaN, 1), 'checker-invalid', /environment/],
    ['gives −Infinity', () => clearances(1, Number.NEGATIVE_INFINITY), 'checker-invalid', /self/],
    ['gives nothing', () => undefined, 'checker-invalid', /undefined/],
    ['gives text', () => 'free', 'checker-invalid', /free/],
    ['leaves one out', () => ({ environment: { distance: 1, a: '', b: '' } }), 'checker-invalid', /self/],
    ['resolves to garbage', () => Promise.resolve({ environment: 3 }), 'checker-invalid', /environment/],
  ])('rejects when the checker %s', async (_, broken, kind, message) => {
    const source = checkerSource({ reach: [1], clearances: vi.fn(broken) as CollisionChecker['clearances'] });
    expect(await sweptCollision(POINTS, undefined, source)).toMatchObject({
      free: false,
      freeUntilS: 0,
      reason: { guard: 'checker-health', outcome: 'reject', kind, message: expect.stringMatching(message) },
    });
  });

  it('rejects when the queries run out', async () => {
    const source = checkerSource(
      checker(() => clearances(0.03, 1)),
      { budgetMs: 10_000 },
    );
    expect(await sweptCollision(POINTS, 0, source, { maxQueries: 3 })).toMatchObject({
      free: false,
      reason: { guard: 'checker-health', outcome: 'reject', kind: 'query-budget' },
    });
  });

  it('refuses a margin below 0', async () => {
    const source = checkerSource(checker(() => clearances(1, 1)));
    await expect(sweptCollision(POINTS, 0, source, { selfMargin: -1 })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(() =>
      checkerSource(
        checker(() => clearances(1, 1)),
        { budgetMs: 0 },
      ),
    ).toThrow(/budgetMs/);
    expect(() =>
      checkerSource(
        checker(() => clearances(1, 1)),
        { slowDistance: 0 },
      ),
    ).toThrow(/slowDistance/);
  });
});

describe('a checker that takes too long', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const late = {
    free: false,
    reason: { guard: 'checker-health', outcome: 'reject', kind: 'checker-timeout' },
  };
  const now = () => Date.now();

  it('is given up after its budget, and leaves no timer behind', async () => {
    const hung = checkerSource(
      checker(() => new Promise(() => {})),
      { now },
    );
    const judged = sweptCollision(POINTS, 0, hung);
    await vi.advanceTimersByTimeAsync(49);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await judged).toMatchObject({ ...late, queries: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may answer or fail afterwards without harm', async () => {
    let fail = (_: Error) => {};
    const slow = checkerSource(
      checker(
        () =>
          new Promise((_, reject) => {
            fail = reject;
          }),
      ),
      { now },
    );
    const judged = sweptCollision(POINTS, 0, slow);
    await vi.advanceTimersByTimeAsync(50);
    expect(await judged).toMatchObject(late);
    fail(new Error('too late'));
    await vi.advanceTimersByTimeAsync(1);
  });

  it('has one budget for all questions, whether it answers now or later', async () => {
    const blocking = checker(() => {
      vi.setSystemTime(Date.now() + 20);
      return clearances(0.05, 1);
    });
    expect(await sweptCollision(POINTS, 0, checkerSource(blocking, { now }))).toMatchObject({
      ...late,
      queries: 3,
    });
    const slow = checker(
      () =>
        new Promise((resolve) => {
          setTimeout(() => resolve(clearances(0.05, 1)), 20);
        }),
    );
    const judged = sweptCollision(POINTS, 0, checkerSource(slow, { now }));
    await vi.advanceTimersByTimeAsync(60);
    expect(await judged).toMatchObject({ ...late, queries: 3 });
  });
});

describe('recorded answers', () => {
  const world = new PlanarWorld([0.5, 0.4], 0.02, [disc(0.7, 0.5, 0.1)]);
  const points = throughRests([
    [-0.5, 0.2],
    [1, -0.2],
  ]);

  it('survive JSON and replay to the same verdict, failures too', async () => {
    let asked = 0;
    const dying: CollisionChecker = {
      reach: world.reach,
      clearances: (joints) => {
        if (++asked > 3) throw new Error('dead');
        return world.clearances(joints);
      },
    };
    for (const live of [world, dying]) {
      const recorder = recordingSource(checkerSource(live, { budgetMs: 10_000 }));
      const judged = await sweptCollision(points, 0, recorder);
      const answers = JSON.parse(JSON.stringify(recorder.answers));
      expect(await sweptCollision(points, 0, replayingSource(live.reach, answers))).toEqual(judged);
      expect(recorder.answers).toHaveLength(judged.queries);
    }
  });

  it('fail the replay when they are cut short', async () => {
    expect(await sweptCollision(points, 0, replayingSource(world.reach, []))).toMatchObject({
      free: false,
      reason: { kind: 'replay-exhausted' },
    });
  });
});

describe('judgeSceneAge', () => {
  it('passes a scene that does not move, a fresh one, and one that is 500 ms old', () => {
    for (const stamp of [undefined, 1000, 500, 1050]) expect(judgeSceneAge(stamp, 1000)).toBeUndefined();
  });

  it.each([
    [499, 'scene-stale'],
    [1051, 'scene-from-future'],
    [Number.NaN, 'scene-stamp-invalid'],
    [Number.NEGATIVE_INFINITY, 'scene-stamp-invalid'],
  ])('rejects a scene stamped %d ms at 1000 ms as %s', (stamp, kind) => {
    expect(judgeSceneAge(stamp, 1000)).toMatchObject({ guard: 'checker-health', outcome: 'reject', kind });
  });
});
