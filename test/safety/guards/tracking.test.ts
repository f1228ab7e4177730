import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTracking, type TrackingSample } from '../../../lib/safety/guards/tracking.js';
import { NOT_FINITE, TINY } from './values.js';

const CONFIG = { jointNames: ['base', 'elbow'], pathTolerance: 0.125, goalTolerance: 0.0625 };
const SAMPLE: TrackingSample = { measured: [0, 0], measuredAt: 1234, reference: [0, 0], atGoal: false };
const check = (change: Partial<TrackingSample>) => checkTracking({ ...SAMPLE, ...change }, CONFIG);

describe('checkTracking', () => {
  it.each([0.125, -0.125, 0.0625, ...TINY])('passes %s rad on the path', (error) => {
    expect(check({ measured: [0, error] })).toEqual([]);
  });

  it.each([0.0625, -0.0625, ...TINY])('passes %s rad at the goal', (error) => {
    expect(check({ reference: [error, 0], atGoal: true })).toEqual([]);
  });

  it('stops for a stalled joint and names the worst one', () => {
    expect(check({ measured: [0.25, -0.5] })).toEqual([
      {
        guard: 'tracking',
        outcome: 'stop',
        kind: 'path-tolerance',
        message: 'elbow was measured 0.5 rad from its command at 1234 ms, 0.125 rad are allowed on the path',
        joint: 'elbow',
        value: 0.5,
        limit: 0.125,
      },
    ]);
    expect(check({ measured: [0.1250001, 0] })).toMatchObject([{ kind: 'path-tolerance', joint: 'base' }]);
  });

  it('stops for a joint that misses its goal', () => {
    expect(check({ measured: [0.0625001, 0], atGoal: true })).toMatchObject([
      { outcome: 'stop', kind: 'goal-tolerance', joint: 'base', limit: 0.0625 },
    ]);
  });

  it.each(NOT_FINITE.flatMap((bad) => [0, 1].map((joint) => [bad, joint] as const)))(
    'stops for %s in joint %s',
    (bad, joint) => {
      const row = [0, 0].with(joint, bad);
      for (const change of [{ measured: row }, { reference: row }, { measured: row, reference: row }])
        for (const atGoal of [false, true])
          expect(check({ ...change, atGoal })).toMatchObject([
            { outcome: 'stop', joint: CONFIG.jointNames[joint] },
          ]);
    },
  );

  it('stops when a joint is missing', () => {
    expect(check({ measured: [0] })).toMatchObject([{ outcome: 'stop', joint: 'elbow' }]);
    expect(check({ reference: [] })).toMatchObject([{ outcome: 'stop', joint: 'base' }]);
  });

  it('passes exactly what is within the tolerance in every joint', () => {
    const rad = fc.double({ min: -0.25, max: 0.25, noNaN: true });
    fc.assert(
      fc.property(rad, rad, fc.boolean(), (base, elbow, atGoal) => {
        const worst = Math.max(Math.abs(base), Math.abs(elbow));
        const within = worst <= (atGoal ? 0.0625 : 0.125);
        expect(check({ measured: [base, elbow], atGoal }).length).toBe(within ? 0 : 1);
      }),
    );
  });
});
