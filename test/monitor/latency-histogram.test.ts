import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencyHistogram } from '../../lib/monitor/latency-histogram.js';

function filled(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

function nearestRank(values: readonly number[], p: number): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(p * values.length) - 1] ?? Number.NaN;
}

describe('LatencyHistogram', () => {
  it('knows nothing before the first latency', () => {
    const histogram = new LatencyHistogram();
    expect([histogram.count, histogram.mean, histogram.max, histogram.percentile(0.5)]).toEqual([
      0,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('has percentiles within 1 % of the sorted list, from 1 µs to 10⁷ ms', () => {
    const latency = fc.double({ min: -3, max: 7, noNaN: true }).map((exponent) => 10 ** exponent);
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.01, 0.5, 0.9, 0.99, 1),
        (values, p) => {
          const exact = nearestRank(values, p);
          const estimate = filled(values).percentile(p) ?? Number.NaN;
          expect(Math.abs(estimate - exact) / exact).toBeLessThanOrEqual(0.01 + 1e-9);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('tells the largest latency in range from one beyond it', () => {
    expect(Math.abs((filled([9.99e6, 9.99e6, 1e9]).percentile(0.5) ?? 0) / 9.99e6 - 1)).toBeLessThanOrEqual(
      0.01,
    );
  });

  it('has the exact mean, maximum and count', () => {
    const histogram = filled([1, 2, 4.5]);
    expect([histogram.mean, histogram.max, histogram.count]).toEqual([2.5, 4.5, 3]);
  });

  it('is exact for a single latency, and stays within the range of those recorded', () => {
    expect(filled([3.21]).percentile(0.5)).toBe(3.21);
    expect(filled([0, 0]).percentile(0.99)).toBe(0);
    expect(filled([1e9, 2e9]).percentile(0.5)).toBe(2e9);
    expect(filled([1e-5, 5]).percentile(0.5)).toBeLessThanOrEqual(1e-3);
  });
});
