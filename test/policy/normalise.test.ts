import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Norm } from '../../lib/policy/manifest-vector.js';
import { denormalise, normalise } from '../../lib/policy/normalise.js';
import { errorOf } from './error-of.js';

type Eps = Extract<Norm, { mode: 'mean_std' }>['eps'];

const value = fc.double({ min: -1000, max: 1000, noNaN: true });
const spread = fc.double({ min: 0.01, max: 100, noNaN: true });
const exactEps = fc.record<Eps>({
  value: fc.constantFrom(0, 1e-8, 1e-3),
  on: fc.constantFrom<Eps['on']>('both', 'zero_range'),
});

function norms(low: number, range: number, eps: Eps): Norm[] {
  return [
    { slice: [0, 1], mode: 'identity' },
    { slice: [1, 2], mode: 'mean_std', mean: [low], std: [range], eps },
    { slice: [2, 3], mode: 'min_max', min: [low], max: [low + range], eps },
    { slice: [3, 4], mode: 'quantile', q: [0.01, 0.99], lo: [low], hi: [low + range], eps },
  ];
}

describe('normalise and denormalise', () => {
  it('are inverses when the same eps is used both ways', () => {
    fc.assert(
      fc.property(value, value, spread, exactEps, (x, low, range, eps) => {
        const row = Float64Array.of(x, x, x, x);
        normalise(row, norms(low, range, eps));
        denormalise(row, norms(low, range, eps));
        for (const got of row) expect(Math.abs(got - x)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)));
      }),
    );
  });

  it('follow LeRobot with eps on the way in only', () => {
    const eps: Eps = { value: 0.5, on: 'forward' };
    const norm: Norm[] = [{ slice: [0, 1], mode: 'mean_std', mean: [1], std: [2], eps }];
    const row = Float64Array.of(6);
    normalise(row, norm);
    expect(row[0]).toBeCloseTo((6 - 1) / 2.5);
    denormalise(row, norm);
    expect(row[0]).toBeCloseTo(2 * 2 + 1);
  });

  it('follow openpi with eps both ways', () => {
    const norm = norms(1, 2, { value: 0.5, on: 'both' });
    const row = Float64Array.of(0, 0, 6, 6);
    normalise(row, norm);
    expect(row[2]).toBeCloseTo((2 * 5) / 2.5 - 1);
    denormalise(row, norm);
    expect([...row]).toEqual([0, expect.closeTo(0), expect.closeTo(6), expect.closeTo(6)]);
  });

  it('use eps only where the range is zero with zero_range', () => {
    const eps: Eps = { value: 0.25, on: 'zero_range' };
    const norm: Norm[] = [{ slice: [0, 2], mode: 'min_max', min: [3, 0], max: [3, 4], eps }];
    const row = Float64Array.of(3.25, 1);
    normalise(row, norm);
    expect([...row]).toEqual([1, -0.5]);
  });

  it('maps the limits of a range to -1 and 1', () => {
    const norm: Norm[] = [
      { slice: [0, 2], mode: 'min_max', min: [-2, -2], max: [6, 6], eps: { value: 0, on: 'forward' } },
    ];
    const row = Float64Array.of(-2, 6);
    normalise(row, norm);
    expect([...row]).toEqual([-1, 1]);
  });

  it('clips the normalised values, on the way in and on the way back', () => {
    const norm: Norm[] = [
      { slice: [0, 1], mode: 'mean_std', mean: [10], std: [2], eps: { value: 0, on: 'both' }, clip: [-1, 1] },
    ];
    const row = Float64Array.of(100);
    normalise(row, norm);
    expect(row[0]).toBe(1);
    row[0] = 5;
    denormalise(row, norm);
    expect(row[0]).toBe(12);
  });

  it('takes the statistics of the step where they differ per step', () => {
    const norm: Norm[] = [
      {
        slice: [0, 1],
        mode: 'mean_std',
        mean: [[1], [100]],
        std: [[1], [10]],
        eps: { value: 0, on: 'both' },
      },
    ];
    const rows = [0, 1].map((step) => {
      const row = Float64Array.of(2);
      denormalise(row, norm, step);
      return row[0];
    });
    expect(rows).toEqual([3, 120]);
  });

  it('leaves columns outside every slice alone', () => {
    const row = Float64Array.of(7, 8);
    normalise(row, [{ slice: [1, 2], mode: 'mean_std', mean: [8], std: [1], eps: { value: 0, on: 'both' } }]);
    expect([...row]).toEqual([7, 0]);
  });

  it('refuses sin_cos, which changes the number of values', () => {
    const error = errorOf(() => normalise(Float64Array.of(1), [{ slice: [0, 1], mode: 'sin_cos' }]));
    expect(error.code).toBe('UNSUPPORTED_POLICY');
  });
});
