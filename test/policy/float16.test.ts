import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromFloat16Bits, toFloat16Bits } from '../../lib/policy/float16.js';

describe('float16', () => {
  test('knows the landmarks of the format', () => {
    const landmarks: [number, number][] = [
      [0, 0x0000],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [2 ** -14, 0x0400],
      [2 ** -24, 0x0001],
      [Number.POSITIVE_INFINITY, 0x7c00],
      [Number.NEGATIVE_INFINITY, 0xfc00],
    ];
    for (const [value, bits] of landmarks) {
      expect(toFloat16Bits(value)).toBe(bits);
      expect(fromFloat16Bits(bits)).toBe(value);
    }
    expect(toFloat16Bits(1 / 3)).toBe(0x3555);
    expect(fromFloat16Bits(toFloat16Bits(Number.NaN))).toBeNaN();
  });

  test('gives every pattern back that is not NaN', () => {
    const changed = Array.from({ length: 0x10000 }, (_, bits) => bits)
      .filter((bits) => !Number.isNaN(fromFloat16Bits(bits)))
      .filter((bits) => toFloat16Bits(fromFloat16Bits(bits)) !== bits);
    expect(changed).toEqual([]);
  });

  test('rounds a tie to the even pattern', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 0x7bff; bits++) {
      const middle = (fromFloat16Bits(bits) + fromFloat16Bits(bits + 1)) / 2;
      const even = bits % 2 === 0 ? bits : bits + 1;
      if (toFloat16Bits(middle) !== even || toFloat16Bits(-middle) !== (even | 0x8000)) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  test('overflows to infinity from halfway past the largest value', () => {
    expect(toFloat16Bits(65519.999)).toBe(0x7bff);
    expect(toFloat16Bits(65520)).toBe(0x7c00);
    expect(toFloat16Bits(-1e300)).toBe(0xfc00);
  });

  test('flushes to a signed zero up to half the smallest value', () => {
    expect(toFloat16Bits(2 ** -25)).toBe(0);
    expect(toFloat16Bits(-(2 ** -25))).toBe(0x8000);
    expect(toFloat16Bits(2 ** -25 * 1.0000001)).toBe(1);
  });

  test('finds the nearest value', () => {
    const values = fc.oneof(
      fc.double({ min: -65519, max: 65519, noNaN: true }),
      fc.double({ min: -(2 ** -13), max: 2 ** -13, noNaN: true }),
    );
    fc.assert(
      fc.property(values, (value) => {
        const bits = toFloat16Bits(value);
        const distance = Math.abs(fromFloat16Bits(bits) - value);
        for (const neighbour of [bits - 1, bits + 1].filter((n) => (n & 0x7fff) <= 0x7bff && n >= 0))
          expect(Math.abs(fromFloat16Bits(neighbour) - value)).toBeGreaterThanOrEqual(distance);
      }),
      { numRuns: 2000 },
    );
  });
});
