import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkChunkAge } from '../../../lib/safety/guards/chunk-age.js';

const CONFIG = { maxChunkAgeMs: 500 };
const FRESH = { sequence: null, resetAtMs: null };
const kindsOf = (reasons: ReturnType<typeof checkChunkAge>) => reasons.map(({ kind }) => kind);

describe('the age of a chunk', () => {
  const aged = (age: number) => checkChunkAge(1000 + age, { sequence: 7, capturedAt: 1000 }, FRESH, CONFIG);

  it.each([-1000, -0, 0, 5e-324, 500])('passes at %s ms', (age) => {
    expect(aged(age)).toEqual([]);
  });

  it.each([500.5, 1e9, Number.NaN, Infinity])('is refused at %s ms', (age) => {
    expect(aged(age)).toMatchObject([
      {
        guard: 'chunk-age',
        outcome: 'reject',
        kind: 'chunk-stale',
        message: `the observation behind chunk 7 is ${age} ms old, 500 ms are allowed`,
        limit: 500,
      },
    ]);
  });

  it('never makes an older chunk pass', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ min: 0, noNaN: true }), (age, more) => {
        expect(aged(age + more).length).toBeGreaterThanOrEqual(aged(age).length);
      }),
    );
  });
});

describe('the order of chunks', () => {
  const after = (last: number | null, sequence: number) =>
    kindsOf(checkChunkAge(0, { sequence, capturedAt: 0 }, { sequence: last, resetAtMs: null }, CONFIG));

  it('passes the first chunk and every later one, gaps included', () => {
    expect([after(null, 0), after(null, -0), after(0, 1), after(7, 9)]).toEqual([[], [], [], []]);
  });

  it.each([7, 6, 0, -0, 5e-324, Number.NaN, Infinity, -Infinity])(
    'refuses chunk %s after chunk 7',
    (sequence) => {
      expect(after(7, sequence)).toEqual(['out-of-order']);
    },
  );

  it('refuses a number that no later one could be compared with, even at first', () => {
    expect([after(null, Number.NaN), after(null, Infinity)]).toEqual([['out-of-order'], ['out-of-order']]);
    const [reason] = checkChunkAge(0, { sequence: Number.NaN, capturedAt: 0 }, FRESH, CONFIG);
    expect(reason).not.toHaveProperty('limit');
  });

  it('says which chunk came after which', () => {
    const chunk = { sequence: 6, capturedAt: 0 };
    expect(checkChunkAge(0, chunk, { sequence: 7, resetAtMs: null }, CONFIG)).toMatchObject([
      {
        message: expect.stringMatching(/^chunk 6 came after chunk 7, expected a later one/),
        value: 6,
        limit: 7,
      },
    ]);
  });
});

describe('a chunk after a reset', () => {
  const observedAt = (capturedAt: number) =>
    checkChunkAge(1000, { sequence: 1, capturedAt }, { sequence: null, resetAtMs: 900 }, CONFIG);

  it('passes when it was observed later', () => {
    expect(observedAt(900.5)).toEqual([]);
  });

  it.each([899, 900])('is refused when it was observed at %s ms, not after it', (capturedAt) => {
    expect(observedAt(capturedAt)).toEqual([
      {
        guard: 'chunk-age',
        outcome: 'reject',
        kind: 'before-reset',
        message: `chunk 1 was observed at ${capturedAt} ms, expected an observation after the reset at 900 ms`,
        value: capturedAt,
        limit: 900,
      },
    ]);
  });

  it('is refused when nobody knows when it was observed', () => {
    expect(kindsOf(observedAt(Number.NaN))).toEqual(['chunk-stale', 'before-reset']);
  });
});
