import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DelayEstimator } from '../../lib/action/delay-estimator.js';

const same = (value: number) => ({ actions: value, ms: value * 100 });

describe('the delay estimate', () => {
  it('has a stated value before there are samples, through the warm-up', () => {
    const delays = new DelayEstimator();
    expect(delays.estimate).toEqual({ actions: 1, ms: 200 });
    delays.record(same(50));
    delays.record(same(40));
    expect(delays.estimate).toEqual({ actions: 1, ms: 200 });
    delays.record(same(2));
    expect(delays.estimate).toEqual(same(2));
  });

  it('is the 95th percentile by nearest rank', () => {
    const delays = new DelayEstimator({ warmUp: 0, window: 100 });
    for (let value = 1; value <= 100; value++) delays.record(same(value));
    expect(delays.estimate).toEqual(same(95));
  });

  it('forgets what has left the window', () => {
    const delays = new DelayEstimator({ warmUp: 0, window: 3 });
    for (const value of [90, 1, 2, 3]) delays.record(same(value));
    expect(delays.estimate).toEqual(same(3));
  });

  it('takes consumed actions and milliseconds each by itself', () => {
    const delays = new DelayEstimator({ warmUp: 0, quantile: 1 });
    delays.record({ actions: 3, ms: 100 });
    delays.record({ actions: 1, ms: 300 });
    expect(delays.estimate).toEqual({ actions: 3, ms: 300 });
  });

  it('covers at least 95 % of its window and is one of its samples', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 80 }), (values) => {
        const delays = new DelayEstimator({ warmUp: 0, window: 50 });
        for (const value of values) delays.record(same(value));
        const window = values.slice(-50);
        const { actions } = delays.estimate;
        expect(window).toContain(actions);
        const covered = window.filter((value) => value <= actions).length;
        expect(covered).toBeGreaterThanOrEqual(0.95 * window.length - 1e-9);
      }),
    );
  });

  it.each([
    ['window', { window: 0 }],
    ['warmUp', { warmUp: -1 }],
    ['quantile', { quantile: 0 }],
    ['quantile', { quantile: 1.1 }],
    ['initial', { initial: { actions: Number.NaN, ms: 1 } }],
  ])('refuses a wrong %s', (name, options) => {
    expect(() => new DelayEstimator(options)).toThrow(`delay.${name}`);
  });

  it('refuses a delay that is none', () => {
    const delays = new DelayEstimator();
    expect(() => delays.record({ actions: -1, ms: 1 })).toThrow(/finite, 0 or more, got -1 actions/);
    expect(() => delays.record({ actions: 1, ms: Number.NaN })).toThrow(/NaN ms/);
  });
});
