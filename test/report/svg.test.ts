import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { linearScale, niceTicks } from '../../lib/report/axis.js';
import { quantile } from '../../lib/report/quantile.js';
import { circle, INK, line, polyline, rect, SERIES_COLORS, svgDocument, text } from '../../lib/report/svg.js';

const size = { width: 100, height: 50 };

/** WCAG's contrast of two colours such as #3a86c8, 1 … 21. */
function contrast(one: string, other: string): number {
  const luminance = (color: string) =>
    [0.2126, 0.7152, 0.0722].reduce((sum, weight, channel) => {
      const value = Number.parseInt(color.slice(1 + 2 * channel, 3 + 2 * channel), 16) / 255;
      return sum + weight * (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
    }, 0);
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

describe('svgDocument', () => {
  it('names the image and says in words what it shows', () => {
    const svg = svgDocument({ ...size, title: 'Sizes', description: 'a 3 MB, b 1 MB' }, [
      circle(1, 2, 3, INK),
    ]);
    const { svg: root } = new XMLParser({ ignoreAttributes: false }).parse(svg);
    expect(root).toMatchObject({
      title: 'Sizes',
      desc: 'a 3 MB, b 1 MB',
      '@_role': 'img',
      '@_viewBox': '0 0 100 50',
      circle: { '@_cx': '1', '@_cy': '2', '@_r': '3' },
    });
  });

  it('is well-formed XML whatever the texts are, and shows them as they are', () => {
    const content = fc.string({ unit: 'binary', maxLength: 20 });
    const printable = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(content, printable, (any, shown) => {
        const svg = svgDocument({ ...size, title: any, description: any }, [
          text(1.2345, 2, shown, { anchor: 'end', bold: true }),
          rect(0, 0, 1, 1, { fill: INK, title: any }),
        ]);
        expect(XMLValidator.validate(svg)).toBe(true);
        const { svg: root } = new XMLParser({ trimValues: false, parseTagValue: false }).parse(svg);
        expect(root.text).toBe(shown);
      }),
      { numRuns: 25 },
    );
  });

  it('replaces what XML cannot hold', () => {
    expect(text(0, 0, 'a\u0000\ud800b')).toBe('<text x="0" y="0">a\ufffd\ufffdb</text>');
  });

  it('keeps a tenth of a pixel', () => {
    expect(line([0.123, 1], [2, 3.987])).toContain('x1="0.1" y1="1" x2="2" y2="4"');
    expect(
      polyline([
        [0.123, 1.05],
        [2, 3],
      ]),
    ).toContain('points="0.1,1.1 2,3"');
  });

  it.each([INK, ...SERIES_COLORS])('%s can be seen on white and on dark pages', (color) => {
    const wanted = color === INK ? 4 : 2.8;
    expect(contrast(color, '#ffffff')).toBeGreaterThan(wanted);
    expect(contrast(color, '#0d1117')).toBeGreaterThan(wanted);
  });
});

describe('niceTicks', () => {
  it.each([
    [10, [0, 2, 4, 6, 8, 10]],
    [7.3, [0, 2, 4, 6, 8]],
    [0.3, [0, 0.1, 0.2, 0.3]],
    [0.0021, [0, 0.0005, 0.001, 0.0015, 0.002, 0.0025]],
    [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [0, [0, 1]],
    [Number.NaN, [0, 1]],
    [Number.POSITIVE_INFINITY, [0, 1]],
  ])('covers %d', (most, ticks) => expect(niceTicks(most)).toEqual(ticks));

  it('covers every value with few, evenly spaced round ticks', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e12, noNaN: true }),
        fc.integer({ min: 2, max: 10 }),
        (most, count) => {
          const ticks = niceTicks(most, count);
          const step = ticks[1] ?? 0;
          expect(ticks.at(-1)).toBeGreaterThanOrEqual(most * (1 - 1e-8));
          expect((ticks.at(-1) ?? 0) - step).toBeLessThan(most);
          expect(ticks.length).toBeLessThanOrEqual(count + 1);
          expect([1, 2, 5, 10]).toContain(
            Number((step / 10 ** Math.floor(Math.log10(step * 1.0001))).toFixed(6)),
          );
        },
      ),
    );
  });
});

describe('linearScale', () => {
  it('maps the ends to the ends, and what lies between evenly', () => {
    const scale = linearScale([10, 20], [300, 100]);
    expect([10, 15, 20].map(scale)).toEqual([300, 200, 100]);
  });

  it('maps a range without extent to the start', () => expect(linearScale([3, 3], [7, 9])(3)).toBe(7));
});

describe('quantile', () => {
  it('is the value of that rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect([0, 0.5, 0.99, 1].map((share) => quantile(hundred, share))).toEqual([1, 50, 99, 100]);
    expect(quantile([4], 0.99)).toBe(4);
  });

  it('has no value for nothing', () => expect(() => quantile([], 0.5)).toThrow(RangeError));
});
