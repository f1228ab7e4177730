import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { FrameEncoding } from '../../lib/policy/camera-frame.js';
import type { ImageTensorOptions } from '../../lib/policy/image-tensor.js';
import { randomFrame } from './generated-frame.js';
import { KERNELS, kernelValues } from './image-kernels.js';

interface ReferenceCase {
  readonly name: string;
  readonly encoding: FrameEncoding;
  readonly width: number;
  readonly height: number;
  readonly step?: number;
  readonly seed: number;
  readonly options: ImageTensorOptions;
  /** Where the expected bytes start. */
  readonly at: number;
}

const folder = new URL('../fixtures/opencv/', import.meta.url);
const expected = readFileSync(new URL('reference.bin', folder));
const { cases }: { cases: readonly ReferenceCase[] } = JSON.parse(
  readFileSync(new URL('reference.json', folder), 'utf8'),
);

const withoutAddon = process.env['JETSON_VLA_NO_ADDON'] === '1';
const available = KERNELS.filter((kernel) => kernel === 'typescript' || !withoutAddon);

/** The difference from the reference, value by value. */
function differences(
  kernel: (typeof KERNELS)[number],
  { options, at, seed, ...frame }: ReferenceCase,
): number[] {
  const values = kernelValues(kernel, randomFrame(frame, seed), { ...options, dtype: 'uint8' });
  return Array.from(values, (value, index) => Math.abs(value - (expected[at + index] as number)));
}

function isExact({ options: { resize } }: ReferenceCase): boolean {
  if (resize?.mode === 'none') return true;
  return !resize?.antialias && (resize?.filter === 'bilinear' || resize?.filter === 'nearest');
}

describe('OpenCV reference', () => {
  test('covers every encoding, filter and resize mode', () => {
    const distinct = (key: (one: ReferenceCase) => unknown) => new Set(cases.map(key)).size;
    expect(distinct((one) => one.encoding)).toBe(7);
    expect(distinct((one) => one.options.resize?.filter)).toBe(4);
    expect(distinct((one) => one.options.resize?.mode)).toBe(5);
  });

  describe.each(available)('by the %s kernel:', (kernel) => {
    test.each(cases.filter(isExact))('$name equals OpenCV byte for byte', (one) => {
      const off = differences(kernel, one);
      expect(off.length).toBeGreaterThan(0);
      expect(Math.max(...off)).toBe(0);
    });

    test.each(cases.filter((one) => !isExact(one)))(
      '$name is within one step, and almost everywhere equal',
      (one) => {
        const off = differences(kernel, one);
        expect(off.length).toBeGreaterThan(0);
        expect(Math.max(...off)).toBeLessThanOrEqual(1);
        expect(off.filter((step) => step > 0).length / off.length).toBeLessThan(0.02);
      },
    );
  });
});
