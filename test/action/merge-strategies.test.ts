import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlacedChunk } from '../../lib/action/chunk-timeline.js';
import {
  ensemble,
  fusion,
  type MergeStrategy,
  mergeStrategy,
  replace,
  weightedAverage,
} from '../../lib/action/merge-strategies.js';
import { errorOf } from '../policy/error-of.js';
import { placed } from './placed.js';

const merged = (strategy: MergeStrategy, chunks: readonly PlacedChunk[]) =>
  strategy.merge(chunks).map(({ joints }) => joints[0] ?? Number.NaN);

/** Rounds away what single precision of the chunks leaves. */
const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 6));

describe('replace', () => {
  it('takes the newest chunk as it is', () => {
    const newest = placed([5, 6], 1);
    expect(replace.merge([placed([1, 2], 0), newest])).toBe(newest.waypoints);
  });
});

describe('weightedAverage', () => {
  it('is 0.3 old + 0.7 new on the overlap and the new one alone after the end of the old', () => {
    const old = placed([1, 2, 3], 0);
    const next = placed([10, 20, 30], 1);
    // Due at 2, 3, 4; the old one has 2, 3 there and ends at 3.
    expect(merged(weightedAverage(), [old, next])).toEqual(
      close([0.3 * 2 + 0.7 * 10, 0.3 * 3 + 0.7 * 20, 30]),
    );
  });

  it('samples the old chunk between its waypoints when the grids are offset by a part of a step', () => {
    const old = placed([1, 2, 4], 0);
    const next = placed([0, 0, 0], 0.5);
    // Due at 1.5, 2.5, 3.5; the old one is 1.5 and 3 there, and has ended before 3.5.
    expect(merged(weightedAverage(), [old, next])).toEqual(close([0.45, 0.9, 0]));
  });

  it('blends with what was sent, which is itself a blend', () => {
    const old = { ...placed([1, 1], 0), planned: [9, 9].map((joint) => ({ joints: [joint], gripper: 0 })) };
    expect(merged(weightedAverage(0.5), [old, placed([1, 1], 0)])).toEqual(close([5, 5]));
  });

  it('has the presets average and conservative', () => {
    const chunks = [placed([0, 0], 0), placed([10, 10], 0)];
    expect(merged(mergeStrategy('average'), chunks)).toEqual(close([5, 5]));
    expect(merged(mergeStrategy('conservative'), chunks)).toEqual(close([3, 3]));
    expect(merged(mergeStrategy('weightedAverage'), chunks)).toEqual(close([7, 7]));
  });
});

describe('ensemble', () => {
  it('weights all predictions for an instant with exp(−0.01·i), the oldest first', () => {
    const chunks = [placed([1, 2, 3, 4], 0), placed([5, 6, 7, 8], 1), placed([9, 10, 11, 12], 2)];
    const [w1, w2] = [Math.exp(-0.01), Math.exp(-0.02)];
    // Due at 3, 4, 5, 6: three predictions, three, two, one.
    expect(merged(ensemble(), chunks)).toEqual(
      close([
        (3 + w1 * 6 + w2 * 9) / (1 + w1 + w2),
        (4 + w1 * 7 + w2 * 10) / (1 + w1 + w2),
        (8 + w1 * 11) / (1 + w1),
        12,
      ]),
    );
  });

  it('equals the online form of ACT, where a cumulative mean takes one prediction after the other', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 5, maxLength: 5 }), {
          minLength: 1,
          maxLength: 5,
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (rows, m) => {
          const chunks = rows.map((row, index) => placed(row, index));
          const result = merged(ensemble(m), chunks);
          const newest = rows.length - 1;
          for (let k = 0; k < 5; k++) {
            let mean = 0;
            let sum = 0;
            let count = 0;
            for (const [index, row] of rows.entries()) {
              const action = row[newest + k - index];
              if (action === undefined) continue;
              const weight = Math.exp(-m * count);
              mean = (mean * sum + action * weight) / (sum + weight);
              sum += weight;
              count++;
            }
            expect(result[k]).toBeCloseTo(mean, 8);
          }
        },
      ),
    );
  });

  it('keeps as many chunks as can overlap: one per waypoint', () => {
    expect(ensemble().keep(5)).toBe(5);
  });
});

describe('fusion', () => {
  it('weights with exp(−0.1·waypoints of age), over the newest three at most', () => {
    const chunks = [
      placed([100, 100, 100, 100, 100], 0),
      placed([1, 2, 3, 4, 5], 0.5),
      placed([11, 12, 13, 14, 15], 1),
      placed([21, 22, 23, 24, 25], 2),
    ];
    const [w1, w2] = [Math.exp(-0.15), Math.exp(-0.1)];
    // Due at 3 … 7. The second has 2.5, 3.5, 4.5 there and ends at 5.5; the third 12 … 15 and ends at 6.
    expect(merged(fusion(), chunks)).toEqual(
      close([
        (w1 * 2.5 + w2 * 12 + 21) / (w1 + w2 + 1),
        (w1 * 3.5 + w2 * 13 + 22) / (w1 + w2 + 1),
        (w1 * 4.5 + w2 * 14 + 23) / (w1 + w2 + 1),
        (w2 * 15 + 24) / (w2 + 1),
        25,
      ]),
    );
  });
});

const ALL = ['replace', 'weightedAverage', 'average', 'conservative', 'ensemble', 'fusion'];

describe.each(ALL)('%s', (name) => {
  const strategy = mergeStrategy(name);

  it('leaves a first chunk bit for bit as it is', () => {
    const first = placed([0.1, 0.2, 0.3], 0.7);
    expect(strategy.merge([first])).toEqual(first.waypoints);
  });

  it('keeps the gripper of the newest chunk, because a mean would delay it', () => {
    const chunks = [placed([1, 1], 0, { gripper: 0 }), placed([1, 1], 0.4, { gripper: 1 })];
    expect(strategy.merge(chunks).map(({ gripper }) => gripper)).toEqual([1, 1]);
  });

  it('stays between the smallest and the largest prediction and keeps the number of waypoints', () => {
    const chunk = fc.record({
      values: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 6 }),
      base: fc.double({ min: 0, max: 6, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(chunk, { minLength: 1, maxLength: 5 }), (raw) => {
        const chunks = [...raw]
          .sort((a, b) => a.base - b.base)
          .map(({ values, base }) => placed(values, base));
        const values = chunks.flatMap(({ waypoints }) => waypoints.map(({ joints }) => joints[0] ?? 0));
        const result = merged(strategy, chunks);
        expect(result).toHaveLength(chunks.at(-1)?.waypoints.length ?? 0);
        for (const value of result) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
        }
      }),
    );
  });

  it('changes nothing about chunks that agree', () => {
    const line = (base: number) => placed([base + 1, base + 2, base + 3, base + 4], base);
    expect(merged(strategy, [0, 0.5, 1.25].map(line))).toEqual(close([2.25, 3.25, 4.25, 5.25]));
  });
});

describe('choosing a strategy', () => {
  it('refuses real-time chunking loudly, because one model has no denoising step to guide', () => {
    const error = errorOf(() => mergeStrategy('rtc'));
    expect(error.code).toBe('UNSUPPORTED_POLICY');
    expect(error.message).toContain('denoising step');
    expect(error.hint).toContain('weightedAverage');
  });

  it.each([
    ['an unknown name', () => mergeStrategy('best'), /expected replace, .* got "best"/],
    ['a name of every object', () => mergeStrategy('toString'), /got "toString"/],
    ['a share above 1', () => weightedAverage(1.5), /newShare must be 0 … 1, got 1.5/],
    ['no share', () => weightedAverage(Number.NaN), /newShare/],
    ['a negative m', () => ensemble(-1), /m must be finite/],
    ['an endless decay', () => fusion(Number.POSITIVE_INFINITY), /decay must be finite/],
    ['nothing to merge', () => replace.merge([]), /at least one chunk/],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
