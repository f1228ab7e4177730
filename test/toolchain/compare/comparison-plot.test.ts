import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { ComparedModel, ModelComparison } from '../../../lib/toolchain/compare/compare-models.js';
import { comparisonPlot } from '../../../lib/toolchain/compare/comparison-plot.js';
import { describeErrors, figure } from '../../../lib/toolchain/compare/comparison-text.js';

function compared(name: string, megabytes: number, rest: Partial<ComparedModel> = {}): ComparedModel {
  const bytes = megabytes * 1024 ** 2;
  return { name, file: `/${name}`, format: 'onnx', bytes, megabytes, reductionPercent: 0, ...rest };
}

const errors = (maxAbs: number) => ({ count: 35, maxAbs, meanAbs: maxAbs / 2, cosine: 0.9 });
const comparison: ModelComparison = {
  reference: 'pick@float32',
  samples: { source: 'recorded', count: 2 },
  models: [
    compared('pick@float32', 40, { latencyMs: { runs: 20, p50: 8, p99: 10 } }),
    compared('pick@int8 & <more>', 10, {
      outputs: errors(3),
      actions: errors(0.025),
      latencyMs: { runs: 20, p50: 2, p99: 5 },
    }),
    compared('pick@fp16', 20, { unavailable: { code: 'TENSORRT_NOT_FOUND', message: 'no TensorRT' } }),
    compared('broken.onnx', 30, { actions: errors(Number.POSITIVE_INFINITY) }),
  ],
};

interface Drawn {
  readonly text: readonly (string | { readonly '#text': string })[];
  readonly rect: readonly Readonly<Record<string, string>>[];
  readonly title: string;
  readonly desc: string;
}

function draw(what: ModelComparison): Drawn {
  const svg = comparisonPlot(what);
  expect(XMLValidator.validate(svg)).toBe(true);
  return new XMLParser({ ignoreAttributes: false, processEntities: true, parseTagValue: false }).parse(svg)
    .svg;
}

const texts = ({ text }: Drawn) => text.map((each) => (typeof each === 'string' ? each : each['#text']));

describe('comparisonPlot', () => {
  it('shows every figure as a number and in words', () => {
    const drawn = draw(comparison);
    for (const shown of ['40', '10', '0.025', '∞', '8, 10', '2, 5', 'pick@int8 & <more>'])
      expect(texts(drawn)).toContain(shown);
    expect(texts(drawn)).not.toContain('3');
    expect(drawn.desc).toContain(
      'pick@int8 & <more>: 10 MB, largest error 0.025, latency p50 2 ms, p99 5 ms',
    );
    expect(drawn.desc).toContain('pick@fp16: 20 MB, cannot run on this machine');
    expect(texts(drawn)).toContain(describeErrors(comparison));
  });

  it('draws bars as long as the figures, and none where there is none', () => {
    const { rect } = draw(comparison);
    const widths = (fill: string) =>
      rect.filter((bar) => bar['@_fill'] === fill).map((bar) => Number(bar['@_width']));
    const [size, error, latency] = [...new Set(rect.map((bar) => bar['@_fill'] ?? ''))];
    const [whole = 0, ...others] = widths(size ?? '');
    expect(others.map((width) => width / whole)).toEqual([0.25, 0.5, 0.75]);
    const [p99 = 0, ...faster] = widths(latency === undefined ? '' : (error ?? ''));
    // In the order of drawing: p99 behind p50, model by model; the largest error is infinite, so one bar remains.
    expect([p99, ...faster].map((width) => Number((width / p99).toFixed(2)))).toEqual([1, 0.8, 0.5, 0.2]);
    expect(widths(latency ?? '')).toHaveLength(1);
  });

  it('keeps all text inside, and one row below the other', () => {
    const svg = comparisonPlot({
      ...comparison,
      models: Array.from({ length: 9 }, (_, index) =>
        compared(`a-policy-with-a-long-name@precision-${index}`, 1),
      ),
    });
    const rows = [...svg.matchAll(/<text x="16" y="([\d.]+)">(.*?)<\/text>/g)];
    expect(rows.map(([, , name]) => name)).toEqual(
      Array.from({ length: 9 }, (_, index) => `a-policy-wi…precision-${index}`),
    );
    const ys = rows.map(([, y]) => Number(y));
    const [, height] = /viewBox="0 0 \d+ (\d+)"/.exec(svg) ?? [];
    for (const [index, y] of ys.entries())
      if (index > 0) expect(y - (ys[index - 1] ?? 0)).toBeGreaterThan(20);
    expect(ys.at(-1)).toBeLessThan(Number(height));
  });

  it('says nothing of errors where none were measured', () => {
    const sizes = { models: comparison.models.slice(0, 1) };
    expect(describeErrors(sizes)).toBeUndefined();
    expect(texts(draw(sizes)).filter((content) => content.startsWith('Errors'))).toEqual([]);
  });
});

describe('describeErrors', () => {
  it.each([
    [{ source: 'golden', count: 1 }, 'over 1 golden observation.'],
    [{ source: 'random', count: 32 }, 'over 32 random inputs.'],
  ] as const)('says what the errors were measured with: %o', (samples, text) => {
    expect(describeErrors({ ...comparison, samples })).toContain(text);
  });

  it('tells raw outputs from actions', () => {
    const raw = { ...comparison, models: [compared('a', 1), compared('b', 1, { outputs: errors(1) })] };
    expect(describeErrors(comparison)).toContain('of the actions (rad');
    expect(describeErrors(raw)).toContain('of the raw outputs');
  });
});

describe('figure', () => {
  it.each([
    [0, '0'],
    [1831.42, '1831'],
    [99.95, '100'],
    [12.345, '12.3'],
    [0.0213, '0.0213'],
    [0.000123, '1.23e-4'],
    [-2.5, '-2.5'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NaN, 'NaN'],
  ])('writes %d as %s', (value, text) => expect(figure(value)).toBe(text));
});
