import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeviationTally } from '../../lib/toolchain/deviation.js';

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 30 });
const pairs = fc.array(
  fc.tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: -1e6, max: 1e6, noNaN: true })),
  { minLength: 1, maxLength: 40 },
);

function deviation(wanted: readonly number[], got: readonly number[]) {
  const tally = new DeviationTally();
  tally.add(wanted, got);
  return tally.summary();
}

describe('DeviationTally', () => {
  it('agrees with the formulas written out', () => {
    fc.assert(
      fc.property(pairs, (both) => {
        const [wanted, got] = [both.map(([w]) => w), both.map(([, g]) => g)];
        const { count, maxAbs, meanAbs, cosine } = deviation(wanted, got);
        const differences = both.map(([w, g]) => Math.abs(w - g));
        expect(count).toBe(both.length);
        expect(maxAbs).toBe(Math.max(...differences));
        expect(meanAbs).toBeCloseTo(differences.reduce((a, b) => a + b, 0) / both.length, 6);
        const norm = (list: readonly number[]) => Math.hypot(...list);
        // Tiny values vanish when they are squared.
        if (norm(wanted) < 1e-100 || norm(got) < 1e-100) return;
        const dot = both.reduce((sum, [w, g]) => sum + (w / norm(wanted)) * (g / norm(got)), 0);
        expect(cosine).toBeCloseTo(dot, 9);
      }),
    );
  });

  it('is the same in both directions, and in as many pieces as one likes', () => {
    fc.assert(
      fc.property(pairs, fc.nat(40), (both, cut) => {
        const [wanted, got] = [both.map(([w]) => w), both.map(([, g]) => g)];
        const whole = deviation(wanted, got);
        expect(deviation(got, wanted)).toEqual(whole);
        const tally = new DeviationTally();
        tally.add(wanted.slice(0, cut), got.slice(0, cut));
        tally.add(wanted.slice(cut), got.slice(cut));
        expect(tally.summary()).toEqual(whole);
      }),
    );
  });

  it('finds nothing between equal values, and a cosine of exactly ±1 at most', () => {
    fc.assert(
      fc.property(values, (list) => {
        expect(deviation(list, list)).toMatchObject({ maxAbs: 0, meanAbs: 0 });
        const { cosine } = deviation(
          list,
          list.map((value) => -3 * value),
        );
        expect(Math.abs(cosine)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it.each([
    [
      [1, Number.NaN],
      [1, 2],
    ],
    [
      [1, 2],
      [Number.NaN, 2],
    ],
    [[Number.NaN], [Number.NaN]],
    [[Number.POSITIVE_INFINITY], [Number.POSITIVE_INFINITY]],
    [[1], [Number.NEGATIVE_INFINITY]],
  ])('does not overlook what is no number: %j and %j', (wanted, got) => {
    expect(deviation(wanted, got).maxAbs).toBe(Number.POSITIVE_INFINITY);
    const tally = new DeviationTally();
    tally.add(wanted, got);
    tally.add([1, 2], [1, 2]);
    expect(tally.summary().maxAbs).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes two zero vectors for equal and one for unlike any other', () => {
    expect(deviation([0, 0], [0, -0]).cosine).toBe(1);
    expect(deviation([0, 0], [1, 0]).cosine).toBe(0);
    expect(new DeviationTally().summary()).toEqual({ count: 0, maxAbs: 0, meanAbs: 0, cosine: 1 });
  });

  it('refuses lists of different lengths', () => {
    expect(() => deviation([1, 2], [1])).toThrow('expected 2 values, got 1');
  });
});
