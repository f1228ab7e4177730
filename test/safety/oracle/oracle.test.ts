import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TrajectoryPoint } from '../../../lib/trajectory/joint-trajectory.js';
import { CommandHistory } from './commanded.js';
import { judgeForm, judgeLimits } from './motion-oracle.js';
import { type Jet, NewtonQuintic } from './newton-quintic.js';
import { judgeClearance, planarClearance } from './planar-oracle.js';
import { type RequestFacts, whyNothing } from './request-oracle.js';
import { judgePath, judgeSeam } from './seam-oracle.js';

const limits = { min: [-1], max: [1], velocity: [1], acceleration: [2], jerk: [20] };

function point(timeS: number, p: number, v = 0, a = 0): TrajectoryPoint {
  return { timeS, positions: [p], velocities: [v], accelerations: [a] };
}

const calm = [point(0, 0), point(2, 0.5)];

describe('the quintic of the oracle', () => {
  const value = fc.double({ min: -3, max: 3, noNaN: true });
  const end = fc.record({ p: value, v: value, a: value });

  it('meets both ends, and its derivatives are those of its positions', () => {
    fc.assert(
      fc.property(end, end, fc.double({ min: 0.1, max: 2, noNaN: true }), (from, to, h) => {
        const curve = new NewtonQuintic(from, to, h);
        const at = (u: number): Jet => {
          const jet = { p: 0, v: 0, a: 0, j: 0 };
          curve.at(u, jet);
          return jet;
        };
        expect(at(0).p).toBeCloseTo(from.p, 9);
        expect(at(0).v).toBeCloseTo(from.v, 9);
        expect(at(0).a).toBeCloseTo(from.a, 9);
        expect(at(1).p).toBeCloseTo(to.p, 9);
        expect(at(1).v).toBeCloseTo(to.v, 7);
        expect(at(1).a).toBeCloseTo(to.a, 5);
        const step = 1e-4;
        for (const u of [0.2, 0.5, 0.9]) {
          const [before, here, after] = [at(u - step), at(u), at(u + step)];
          const scale = 1 + Math.abs(here.v) + Math.abs(here.a) + Math.abs(here.j);
          expect(Math.abs((after.p - before.p) / (2 * step * h) - here.v) / scale).toBeLessThan(1e-3);
          expect(Math.abs((after.v - before.v) / (2 * step * h) - here.a) / scale).toBeLessThan(1e-3);
          expect(Math.abs((after.a - before.a) / (2 * step * h) - here.j) / scale).toBeLessThan(1e-2);
        }
      }),
    );
  });
});

describe('the oracle lets a calm motion pass', () => {
  it('and objects to what is no trajectory', () => {
    expect(judgeForm(calm, 1)).toEqual([]);
    expect(judgeForm([], 1)).toHaveLength(1);
    expect(judgeForm([point(0, 0), point(0, 1)], 1)).toHaveLength(1);
    expect(judgeForm([point(0.1, 0), point(1, 1)], 1)).toHaveLength(1);
    expect(judgeForm([point(0, 0), point(1, Number.NaN)], 1)).toHaveLength(1);
    expect(judgeForm([point(0, 0), point(1, 1, 0.1)], 1)).toHaveLength(1);
    expect(judgeForm([point(0, 0), point(1, 1, 0, 0.1)], 1)).toHaveLength(1);
  });

  const loose = { min: [-1e3], max: [1e3], velocity: [1e3], acceleration: [1e3], jerk: [1e3] };

  it.each([
    ['position', { max: [1] }, [point(0, 0), point(9, 1.1)]],
    ['position', { min: [-1] }, [point(0, 0), point(1, 0, -8), point(2, 0)]],
    ['velocity', { velocity: [1] }, [point(0, -0.9), point(1.5, 0.3)]],
    ['acceleration', { acceleration: [2] }, [point(0, 0), point(0.6, 0.3)]],
    ['jerk', { jerk: [20] }, [point(0, 0), point(0.8, 0.5)]],
    ['approach', { max: [1], acceleration: [2] }, [point(0, 0.5, 0.9), point(2, 0.999, 0, 0)]],
  ])('and objects to too much %s', (what, tight, points) => {
    expect(judgeLimits(calm, limits)).toEqual([]);
    expect(judgeLimits(points, loose)).toEqual([]);
    expect(judgeLimits(points, { ...loose, ...tight })).toEqual([expect.stringContaining(what)]);
  });

  it('and lets a joint outside its positions come back, not go further out', () => {
    expect(judgeLimits([point(0, 1.2), point(3, 0.9)], limits)).toEqual([]);
    expect(judgeLimits([point(0, 1.2), point(3, 1.25)], limits)).toHaveLength(1);
    expect(judgeLimits([point(0, 1.2), point(2, 0.9), point(5, 1.1)], limits)).toHaveLength(1);
  });
});

describe('the seam between two commands', () => {
  const measured = { positions: [0.25], velocities: [0] };
  const judged = (points: readonly TrajectoryPoint[], at: number, startMs = at, resting = false) => {
    const history = new CommandHistory([0.25]);
    if (!resting) history.add({ trajectory: { startMs: 0, points: calm }, at: 0 });
    const trajectory = { startMs, points };
    return judgeSeam({ history, trajectory, at, measured, startTolerance: 0.1, limits });
  };
  // The middle of a quintic from rest to rest: v = 15/8 of the mean, a = 0.
  const middle = point(0, 0.25, (15 / 8) * 0.25);

  it('is smooth, or an escape', () => {
    expect(judged([middle, point(1, 0.5)], 1000)).toEqual([]);
    expect(judged([point(0, 0.26, middle.velocities[0]), point(1, 0.5)], 1000)).toHaveLength(1);
    expect(judged([point(0, 0.25, 0.4), point(1, 0.5)], 1000)).toHaveLength(1);
    expect(judged([point(0, 0.25, middle.velocities[0], 0.1), point(1, 0.5)], 1000)).toHaveLength(1);
  });

  it('is judged when a late command arrives', () => {
    expect(judged([point(0, 0.25), point(1, 0.5)], 100, 0, true).length).toBeGreaterThan(0);
    expect(judged([point(0, 0.25), point(1, 0.5)], 100, 100, true)).toEqual([]);
    expect(judged([point(0, 0.4), point(1, 0.5)], 100, 100, true).length).toBeGreaterThan(0);
  });

  it('of a changed pace stays on the path', () => {
    const history = new CommandHistory([0, 0]);
    const two = (timeS: number, x: number, y: number): TrajectoryPoint => ({
      timeS,
      positions: [x, y],
      velocities: [0, 0],
      accelerations: [0, 0],
    });
    history.add({ trajectory: { startMs: 0, points: [two(0, 0, 0), two(1, 1, 1)] }, at: 0 });
    const path = (points: readonly TrajectoryPoint[]) =>
      judgePath({ history, trajectory: { startMs: 100, points }, at: 100 });
    expect(path([two(0, 0.5, 0.5), two(3, 0.9, 0.9)])).toEqual([]);
    expect(path([two(0, 0.5, 0.5), two(3, 0.9, 0.8)])).toHaveLength(1);
  });
});

describe('the surroundings', () => {
  const arm = { lengths: [0.5, 0.5], radius: 0.02 };
  const disc = { from: [0.8, 0.3], to: [0.8, 0.3], radius: 0.05 } as const;
  const turn = (to: number): TrajectoryPoint[] =>
    [0, to].map((angle, timeS) => ({
      timeS,
      positions: [angle, 0],
      velocities: [0, 0],
      accelerations: [0, 0],
    }));
  const margins = { environment: 0.02, self: 0.01 };

  it('are as far as plain geometry says', () => {
    expect(planarClearance(arm, [0, 0], [disc])[0]).toBeCloseTo(0.3 - 0.05 - 0.02, 12);
    expect(planarClearance(arm, [0, 0], [{ from: [0.5, -1], to: [0.5, 1], radius: 0.001 }])[0]).toBeCloseTo(
      -0.021,
      12,
    );
    const folded = { lengths: [0.4, 0.3, 0.4], radius: 0.02 };
    expect(planarClearance(folded, [0, Math.PI / 2, Math.PI / 2], [])[1]).toBeCloseTo(0.3 - 0.04, 12);
  });

  it('are kept at a distance along the whole curve', () => {
    expect(judgeClearance(arm, turn(0.1), [disc], margins)).toEqual([]);
    expect(judgeClearance(arm, turn(1.5), [disc], margins)).toHaveLength(1);
  });
});

describe('nothing may be sent for a request', () => {
  const good: RequestFacts = {
    nowMs: 1000,
    capturedAt: 900,
    inferenceMs: 50,
    sequence: 3,
    jointNames: ['a'],
    jointUnits: ['rad'],
    waypoints: [{ joints: [0], gripper: undefined }],
    measured: { positions: [0], stamp: 1000 },
    lastSent: { sequence: 2, capturedAt: 800 },
    resetAtMs: 100,
    latched: false,
    sameImage: { count: 1, moved: 0 },
    auditWorks: true,
  };

  it('but for a good one', () => {
    expect(whyNothing(good, ['a'])).toBeUndefined();
  });

  it.each<[string, Partial<RequestFacts>]>([
    ['a latch', { latched: true }],
    ['a full disk', { auditWorks: false }],
    ['an old chunk', { capturedAt: 499, inferenceMs: 400, lastSent: undefined }],
    ['an old image', { capturedAt: 700, lastSent: undefined }],
    ['a future image', { capturedAt: 1051 }],
    ['old joints', { measured: { positions: [0], stamp: 899 } }],
    ['future joints', { measured: { positions: [0], stamp: 1051 } }],
    ['joints without numbers', { measured: { positions: [Number.NaN], stamp: 1000 } }],
    ['a repeated number', { sequence: 2 }],
    ['a number that is none', { sequence: Number.NaN }],
    ['a repeated stamp', { lastSent: { sequence: 2, capturedAt: 900 } }],
    ['an image from before the reset', { resetAtMs: 900 }],
    ['other joints', { jointNames: ['b'] }],
    ['other units', { jointUnits: ['deg'] }],
    ['no waypoint', { waypoints: [] }],
    ['a missing joint', { waypoints: [{ joints: [], gripper: 0 }] }],
    ['NaN', { waypoints: [{ joints: [Number.NaN], gripper: 0 }] }],
    ['a frozen camera', { sameImage: { count: 11, moved: 0 } }],
    ['an image without the motion', { sameImage: { count: 2, moved: 0.021 } }],
  ])('because of %s', (_, facts) => {
    expect(whyNothing({ ...good, ...facts }, ['a'])).toBeDefined();
  });
});
