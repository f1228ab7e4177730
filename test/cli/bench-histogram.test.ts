import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figure, histogramLines, sparkline } from '../../lib/cli/bench-histogram.js';
import { histogramOf } from '../../lib/toolchain/bench/histogram.js';

describe('a histogram on a terminal', () => {
  it('has a line for each bin, with bars in proportion', () => {
    const bins = [2, 1, 0, 1].map((count, at) => ({ fromMs: at + 1, toMs: at + 2, count }));
    expect(histogramLines({ scale: 'linear', bins }, 40)).toEqual([
      '  1.00 … 2.00  2  ██████████████████████',
      '  2.00 … 3.00  1  ███████████',
      '  3.00 … 4.00  0',
      '  4.00 … 5.00  1  ███████████',
    ]);
    expect(histogramLines({ scale: 'linear', bins: [] })).toEqual([]);
  });

  it('fits into 80 columns and shows every bin that is not empty', () => {
    const times = fc.array(fc.double({ min: 1e-3, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(times, (values) => {
        const histogram = histogramOf(values);
        const lines = histogramLines(histogram);
        for (const [at, line] of lines.entries()) {
          expect([...line].length).toBeLessThanOrEqual(80);
          expect(/[█▏▎▍▌▋▊▉]/.test(line)).toBe((histogram.bins[at]?.count ?? 0) > 0);
        }
      }),
    );
  });
});

it('a curve in one line reaches the top at its largest value', () => {
  expect(sparkline([8, 1, 4, 0])).toBe('█▂▅▁');
  expect(sparkline([])).toBe('');
});

it.each([
  [0, '0'],
  [0.04123, '0.0412'],
  [0.4, '0.400'],
  [4.126, '4.13'],
  [41.26, '41.3'],
  [412.6, '413'],
  [41260, '41260'],
])('%d is written as %s', (value, text) => {
  expect(figure(value)).toBe(text);
});
