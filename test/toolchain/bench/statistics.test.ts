import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distributionOf, median } from '../../../lib/toolchain/bench/distribution.js';
import { histogramOf } from '../../../lib/toolchain/bench/histogram.js';
import { medianRatio, type Round } from '../../../lib/toolchain/bench/median-ratio.js';
import { settledAfter } from '../../../lib/toolchain/bench/warm-up.js';
import { seededRandom } from '../../../lib/toolchain/seeded-random.js';

const times = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 200 });

describe('a distribution', () => {
  it('has the nearest-rank quantiles of 1 … 100', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(distributionOf(values)).toEqual({
      count: 100,
      mean: 50.5,
      std: expect.closeTo(Math.sqrt((100 ** 2 - 1) / 12), 9),
      p50: 50,
      p90: 90,
      p99: 99,
      min: 1,
      max: 100,
    });
  });

  it('is in order, of values that were measured, and leaves the list as it is', () => {
    fc.assert(
      fc.property(times, (values) => {
        const before = [...values];
        const { min, p50, p90, p99, max, mean } = distributionOf(values) ?? {};
        expect(values).toEqual(before);
        const figures = [min, p50, p90, p99, max].map(Number);
        expect(figures).toEqual(figures.toSorted((a, b) => a - b));
        for (const value of figures) expect(values).toContain(value);
        expect(mean).toBeGreaterThanOrEqual(Number(min) * (1 - 1e-9));
        expect(mean).toBeLessThanOrEqual(Number(max) * (1 + 1e-9));
      }),
    );
  });

  it('is none without values', () => {
    expect(distributionOf([])).toBeUndefined();
    expect(median([])).toBeNaN();
  });
});

describe('a histogram', () => {
  it('counts every value once, in bins side by side from the smallest to the largest', () => {
    fc.assert(
      fc.property(times, (values) => {
        const { bins } = histogramOf(values);
        expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(values.length);
        expect(bins[0]?.fromMs).toBe(Math.min(...values));
        expect(bins.at(-1)?.toMs).toBe(Math.max(...values));
        expect(bins.length).toBeLessThanOrEqual(14);
        for (const [index, { fromMs, toMs, count }] of bins.entries()) {
          if (index > 0) expect(fromMs).toBe(bins[index - 1]?.toMs);
          const inside = values.filter((v) => (v > fromMs || (index === 0 && v === fromMs)) && v <= toMs);
          expect(count).toBe(inside.length);
        }
      }),
    );
  });

  it('has bins that grow where one outlier would push all the rest into the first', () => {
    const { scale, bins } = histogramOf([1, 1.1, 1.2, 1.3, 2, 100]);
    expect(scale).toBe('log');
    const ratios = bins.map(({ fromMs, toMs }) => toMs / fromMs);
    for (const ratio of ratios) expect(ratio).toBeCloseTo(ratios[0] ?? 0, 9);
    expect(histogramOf([1, 2, 3, 4]).scale).toBe('linear');
  });
});

describe('the ratio of two medians', () => {
  /** Rounds of noisy times, of which theirs take `factor` times as long; some rounds are slow for both. */
  const rounds = (factor: number, seed: number, count = 20): Round[] => {
    const random = seededRandom(seed);
    const noisy = (ms: number) => Array.from({ length: 30 }, () => ms * (1 + 0.3 * random() ** 4));
    return Array.from({ length: count }, () => {
      const busy = random() < 0.2 ? 2 : 1;
      return { ours: noisy(busy), theirs: noisy(factor * busy) };
    });
  };

  it('and its interval tell a real difference', () => {
    const { ratio, low, high } = medianRatio(rounds(1.5, 7)) ?? {};
    expect(ratio).toBeCloseTo(1 / 1.5, 1);
    expect(Number(low)).toBeLessThanOrEqual(Number(ratio));
    expect(Number(high)).toBeGreaterThanOrEqual(Number(ratio));
    expect(Number(high)).toBeLessThan(1);
  });

  it('has an interval with 1 in it for nearly all pairs that are the same', () => {
    const containing = Array.from({ length: 20 }, (_, seed) => medianRatio(rounds(1, seed))).filter(
      (result) => result !== undefined && result.low <= 1 && result.high >= 1,
    );
    expect(containing.length).toBeGreaterThanOrEqual(16);
  });

  it('is the same for the same rounds, and turns over when the sides do', () => {
    const some = rounds(1.2, 3);
    expect(medianRatio(some)).toEqual(medianRatio(some));
    const turned = some.map(({ ours, theirs }) => ({ ours: theirs, theirs: ours }));
    expect(medianRatio(turned)?.ratio).toBeCloseTo(1 / Number(medianRatio(some)?.ratio), 9);
  });

  it('is none with fewer than five rounds of both', () => {
    expect(medianRatio(rounds(2, 1, 4))).toBeUndefined();
    const halves = rounds(2, 1, 9).map((round, at) => (at % 2 === 0 ? { ...round, theirs: [] } : round));
    expect(medianRatio(halves)).toBeUndefined();
  });
});

describe('a policy is warm', () => {
  it('once five in a row are within a tenth of the steady latency', () => {
    expect(settledAfter([50, 20, 12, 10.9, 10, 10, 10.5, 10, 10], 10)).toBe(3);
    expect(settledAfter([10, 10, 10, 10, 10], 10)).toBe(0);
  });

  it('in spite of one that is late by chance', () => {
    expect(settledAfter([50, 10, 10, 40, 10, 10, 10], 10)).toBe(1);
  });

  it('never, when it goes on being slow, or nobody looked long enough', () => {
    expect(settledAfter([50, 40, 30, 25, 20, 20, 20], 10)).toBeUndefined();
    expect(settledAfter([10, 10, 10], 10)).toBeUndefined();
    expect(settledAfter([], Number.NaN)).toBeUndefined();
  });
});
