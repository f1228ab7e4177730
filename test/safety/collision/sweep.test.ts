import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkerSource } from '../../../lib/safety/collision/checker-source.js';
import type { ClearanceField, FieldAnswer } from '../../../lib/safety/collision/clearance-field.js';
import { type SweepResult, sweepCurve } from '../../../lib/safety/collision/sweep.js';
import { collisionField } from '../../../lib/safety/collision/swept-collision.js';
import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { sampleTrajectory } from '../../../lib/trajectory/sample-trajectory.js';
import {
  arm,
  curves,
  disc,
  obstacles,
  PlanarWorld,
  places,
  plate,
  throughRests,
  uniform,
} from './planar-world.js';

const DIP = 0.001;
const RESOLUTION = 0.005;

const field = (world: PlanarWorld): ClearanceField =>
  collisionField(checkerSource(world, { budgetMs: 1e6, slowDistance: 10 }), undefined);

/** The distances of a world's two kinds, as measured; Infinity where there is no pair. */
const distancesAt = (world: PlanarWorld, points: readonly TrajectoryPoint[], timeS: number): number[] => {
  const { environment, self } = world.clearances(sampleTrajectory(points, timeS).positions);
  return [environment.distance, self.distance];
};

/** The smallest distances at `steps` + 1 instants up to a time. */
const leastUntil = (
  world: PlanarWorld,
  points: readonly TrajectoryPoint[],
  untilS: number,
  steps: number,
): number[] => {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let step = 0; step <= steps; step++)
    distancesAt(world, points, (untilS * step) / steps).forEach((distance, channel) => {
      least[channel] = Math.min(least[channel] ?? 0, distance);
    });
  return least;
};

const endOf = (points: readonly TrajectoryPoint[]): number => points.at(-1)?.timeS ?? 0;

const provenUntil = (result: SweepResult, points: readonly TrajectoryPoint[]): number =>
  result.free ? endOf(points) : result.freeUntilS;

/** A field of one channel with the given distance. */
const plain = (distance: (joint: number) => number, margin = 0.02): ClearanceField => ({
  reach: [1],
  margins: [margin],
  measure: ([joint = 0]): FieldAnswer => ({ samples: [{ distance: distance(joint), pair: ['a', 'b'] }] }),
});

describe('sweepCurve', () => {
  it('finds a plate of 2 mm that stands between two free waypoints', async () => {
    const world = new PlanarWorld([0.5, 0.4], 0.02, [plate([0.6, 0], [1.2, 0], 0.002)]);
    const points = throughRests([
      [-0.5, 0.2],
      [0.5, -0.2],
    ]);
    for (const timeS of [0, 0.5]) expect(distancesAt(world, points, timeS)[0]).toBeGreaterThan(0.15);
    const result = await sweepCurve(points, field(world));
    expect(result).toMatchObject({
      free: false,
      cause: 'collision',
      nearest: { channel: 0, pair: ['link1', 'plate'] },
    });
    const until = provenUntil(result, points);
    expect(until).toBeGreaterThan(0.1);
    expect(distancesAt(world, points, until)[0]).toBeGreaterThanOrEqual(0.02);
    expect(distancesAt(world, points, until)[0]).toBeLessThan(0.03);
  });

  it.each([2, 3])('misses no collision of an arm with %d links under dense sampling', async (joints) => {
    let free = 0;
    let blocked = 0;
    await fc.assert(
      fc.asyncProperty(obstacles, curves(joints), async (around, points) => {
        // Starts inside a margin have a test of their own.
        const clear = around.filter(
          (one) => (distancesAt(arm(joints, [one]), points, 0)[0] ?? 0) > 0.02 + DIP,
        );
        const world = arm(joints, clear);
        fc.pre((distancesAt(world, points, 0)[1] ?? 0) > 0.01 + DIP);
        const result = await sweepCurve(points, field(world), { maxQueries: 5000 });
        if (result.free) free++;
        else blocked++;
        const least = leastUntil(world, points, provenUntil(result, points), 300);
        expect(least[0]).toBeGreaterThanOrEqual(0.02 - 1e-9);
        expect(least[1]).toBeGreaterThanOrEqual(0.01 - 1e-9);
      }),
      { numRuns: 150 },
    );
    expect(free).toBeGreaterThan(0);
    expect(blocked).toBeGreaterThan(10);
  });

  it('stops no path that stays further away than margin and resolution', async () => {
    await fc.assert(
      fc.asyncProperty(places, curves(2), async ([x, y], points) => {
        // A disc as large as the path leaves room for. Between two samples the arm comes a little closer than at both.
        const [room = 0] = leastUntil(arm(2, [disc(x, y, 0)]), points, endOf(points), 3000);
        const radius = room - 0.02 - RESOLUTION - 0.004;
        const world = arm(2, radius > 0 ? [disc(x, y, radius)] : []);
        expect(await sweepCurve(points, field(world), { maxQueries: 20_000 })).toMatchObject({ free: true });
      }),
      { numRuns: 40 },
    );
  });

  it('lets an arm that starts too close leave, and never lets it come closer', async () => {
    let left = 0;
    let held = 0;
    const closeness = uniform(-0.005, 0.02);
    await fc.assert(
      fc.asyncProperty(places, closeness, curves(2), async ([x, y], start, points) => {
        const [room = 0] = distancesAt(arm(2, [disc(x, y, 0)]), points, 0);
        fc.pre(room - start > 0.002);
        const world = arm(2, [disc(x, y, room - start)]);
        const result = await sweepCurve(points, field(world), { maxQueries: 5000 });
        const until = provenUntil(result, points);
        if (until > 0) left++;
        else held++;
        const [least = 0] = leastUntil(world, points, until, 300);
        expect(least).toBeGreaterThanOrEqual(Math.min(0.02, start - DIP) - 1e-9);
        // Touching is never on the way out of a distance that was above 0.
        if (start > 1e-9) expect(least).toBeGreaterThan(0);
        expect(distancesAt(world, points, until)[0]).toBeGreaterThanOrEqual(Math.min(0.02, start) - 1e-9);
      }),
      { numRuns: 100 },
    );
    expect(left).toBeGreaterThan(0);
    expect(held).toBeGreaterThan(0);
  });

  it.each([0.015, 0.002, 0.0001, 0, -0.004])('leaves from a distance of %d m', async (start) => {
    const away = await sweepCurve(
      throughRests([[0], [0.3]]),
      plain((joint) => start + 0.5 * joint),
    );
    expect(away).toMatchObject({ free: true });
  });

  it.each([0.015, 0.002, 0, -0.004])('does not approach from a distance of %d m', async (start) => {
    const result = await sweepCurve(
      throughRests([[0], [0.3]]),
      plain((joint) => start - 0.5 * joint),
    );
    expect(result).toMatchObject({ free: false, cause: 'collision', freeUntilS: 0 });
  });

  it('does not let a row of small moves creep into the margin', async () => {
    let at = 0.019;
    for (let move = 0; move < 50; move++) {
      const points = throughRests([[0], [0.0008]]);
      const from = at;
      const result = await sweepCurve(
        points,
        plain((joint) => from - joint),
      );
      const reached = sampleTrajectory(points, provenUntil(result, points)).positions[0] ?? 0;
      at = from - reached;
    }
    expect(at).toBe(0.019);
  });

  it('does not go back into the margin once it has left it', async () => {
    const back = throughRests([[0], [0.1], [0.01]]);
    const result = await sweepCurve(
      back,
      plain((joint) => 0.005 + joint),
    );
    expect(result).toMatchObject({ free: false, cause: 'collision' });
    expect(provenUntil(result, back)).toBeGreaterThan(0.5);
  });

  it('passes an arm that stands still, wherever it is', async () => {
    for (const distance of [1, 0.02, 0.0205, 0.01, 0, -0.1])
      expect(
        await sweepCurve(
          throughRests([[0.2], [0.2]]),
          plain(() => distance),
        ),
      ).toMatchObject({ free: true });
  });

  it('asks about a single point, and about few points where there is room', async () => {
    expect(
      await sweepCurve(
        throughRests([[0.2]]),
        plain(() => 1),
      ),
    ).toMatchObject({ free: true, queries: 1 });
    const roomy = await sweepCurve(
      throughRests([[0], [1]]),
      plain(() => 0.52),
    );
    expect(roomy).toMatchObject({ free: true });
    expect(roomy.queries).toBeLessThanOrEqual(4);
  });

  it('fails, and does not pass, when the queries run out', async () => {
    const points = throughRests([[0], [2]]);
    const result = await sweepCurve(
      points,
      plain(() => 0.04),
      { maxQueries: 5 },
    );
    expect(result).toMatchObject({
      free: false,
      cause: 'failed',
      queries: 5,
      failure: { kind: 'query-budget' },
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'fails when a distance is %d',
    async (bad) => {
      const result = await sweepCurve(
        throughRests([[0], [1]]),
        plain((joint) => (joint > 0.5 ? bad : 0.1)),
      );
      expect(result).toMatchObject({ free: false, cause: 'failed', failure: { kind: 'invalid-answer' } });
      expect(provenUntil(result, throughRests([[0], [1]]))).toBeLessThan(0.5);
    },
  );

  it('fails when a channel has no answer', async () => {
    const missing: ClearanceField = { reach: [1], margins: [0, 0], measure: () => ({ samples: [] }) };
    expect(await sweepCurve(throughRests([[0], [1]]), missing)).toMatchObject({ cause: 'failed' });
  });

  it('depends on the answers alone: asked twice, it asks the same and finds the same', async () => {
    await fc.assert(
      fc.asyncProperty(obstacles, curves(2), async (around, points) => {
        const world = arm(2, around);
        const run = async () => {
          const asked: (readonly number[])[] = [];
          const inner = field(world);
          const result = await sweepCurve(points, {
            ...inner,
            measure: (joints) => {
              asked.push(joints);
              return inner.measure(joints);
            },
          });
          return { result, asked };
        };
        expect(await run()).toEqual(await run());
      }),
      { numRuns: 30 },
    );
  });

  it('takes the same path through answers that come later', async () => {
    const world = new PlanarWorld([0.5, 0.4], 0.02, [disc(0.7, 0.5, 0.1)]);
    const points = throughRests([
      [-0.5, 0.2],
      [1, -0.2],
    ]);
    const now = field(world);
    const later: ClearanceField = { ...now, measure: async (joints) => now.measure(joints) };
    expect(await sweepCurve(points, later)).toEqual(await sweepCurve(points, now));
  });

  it.each([
    ['no point', [], { reach: [1] }, {}],
    ['a reach of another length', throughRests([[0]]), { reach: [1, 1] }, {}],
    ['a reach that is not finite', throughRests([[0]]), { reach: [Number.NaN] }, {}],
    ['a resolution of 0', throughRests([[0]]), { reach: [1] }, { resolution: 0 }],
    ['half a query', throughRests([[0]]), { reach: [1] }, { maxQueries: 0.5 }],
  ])('refuses %s', async (_, points, given, options) => {
    await expect(sweepCurve(points, { ...plain(() => 1), ...given }, options)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});
