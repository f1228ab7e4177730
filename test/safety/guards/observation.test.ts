import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObservation, type ObservationTimes } from '../../../lib/safety/guards/observation.js';

const CONFIG = { maxFutureMs: 50, maxImageAgeMs: 200, maxJointAgeMs: 100 };
const FIRST = { capturedAt: null };
const NOW = 10_000;
const GOOD: ObservationTimes = { nowMs: NOW, capturedAt: NOW - 150, inferenceMs: 120, jointStamp: NOW - 5 };
const check = (change: Partial<ObservationTimes>, capturedAt: number | null = null) =>
  checkObservation({ ...GOOD, ...change }, { capturedAt }, CONFIG);
const kinds = (change: Partial<ObservationTimes>, capturedAt: number | null = null) =>
  check(change, capturedAt).map(({ kind }) => kind);

describe('checkObservation', () => {
  it.each<[string, Partial<ObservationTimes>, readonly string[]]>([
    ['a fresh image and fresh joints', {}, []],
    ['an image from now', { capturedAt: NOW, inferenceMs: 0 }, []],
    ['an image 50 ms in the future', { capturedAt: NOW + 50, inferenceMs: 0 }, []],
    ['an image 50.5 ms in the future', { capturedAt: NOW + 50.5, inferenceMs: 0 }, ['future-stamp']],
    ['a camera clock that is 1 s ahead', { capturedAt: NOW + 1000 }, ['future-stamp']],
    ['an image that waited 200 ms', { capturedAt: NOW - 200, inferenceMs: 0 }, []],
    ['an image that waited 200.5 ms', { capturedAt: NOW - 200.5, inferenceMs: 0 }, ['image-stale']],
    ['an image that waited 200 ms beside its inference', { capturedAt: NOW - 320 }, []],
    ['an image that waited 201 ms beside its inference', { capturedAt: NOW - 321 }, ['image-stale']],
    ['a camera clock that is 1 s behind', { capturedAt: NOW - 1000 }, ['image-stale']],
    ['an inference that took longer than the image is old', { inferenceMs: 1e4 }, []],
    ['joints 100 ms old', { jointStamp: NOW - 100 }, []],
    ['joints 100.5 ms old', { jointStamp: NOW - 100.5 }, ['joints-stale']],
    ['joints 50 ms in the future', { jointStamp: NOW + 50 }, []],
    ['joints 50.5 ms in the future', { jointStamp: NOW + 50.5 }, ['joints-future']],
    ['image and joints of yesterday', { capturedAt: 0, jointStamp: 0 }, ['image-stale', 'joints-stale']],
  ])('judges %s', (_, change, expected) => {
    expect(kinds(change)).toEqual(expected);
  });

  it.each<[string, number, readonly string[]]>([
    ['newer than the last one', GOOD.capturedAt - 0.5, []],
    ['the last one again', GOOD.capturedAt, ['repeated-stamp']],
    ['older than the last one', GOOD.capturedAt + 40, ['repeated-stamp']],
  ])('judges an image that is %s', (_, last, expected) => {
    expect(kinds({}, last)).toEqual(expected);
  });

  it('says what was allowed, what came and in which unit, and where JSON can hold it', () => {
    expect(check({ capturedAt: NOW - 400, inferenceMs: 150 }, NOW - 300)).toEqual([
      {
        guard: 'observation',
        outcome: 'reject',
        kind: 'image-stale',
        message: 'the image is 400 ms old and 150 ms of that were inference, beside which 200 ms are allowed',
        value: 250,
        limit: 200,
      },
      {
        guard: 'observation',
        outcome: 'reject',
        kind: 'repeated-stamp',
        message: 'the image was captured at 9600 ms, expected a newer one than the last, of 9700 ms',
        value: 9600,
        limit: 9700,
      },
    ]);
    const [reason] = check({ jointStamp: Number.NaN });
    expect(reason).toMatchObject({ message: 'the measured joint state is NaN ms old, 100 ms are allowed' });
    expect(reason).not.toHaveProperty('value');
  });

  const slots = ['nowMs', 'capturedAt', 'inferenceMs', 'jointStamp'] as const;
  it.each(slots.flatMap((slot) => [Number.NaN, Infinity, -Infinity].map((value) => [slot, value] as const)))(
    'never passes %s = %s',
    (slot, value) => {
      // An inference of −∞ ms makes an image endlessly old.
      expect(check({ [slot]: value }).length).toBeGreaterThan(0);
    },
  );

  it('never passes times that are all infinite, or a last stamp that is NaN', () => {
    const all = { nowMs: Infinity, capturedAt: Infinity, jointStamp: Infinity };
    expect(kinds(all)).toEqual(['image-stale', 'joints-stale']);
    expect(kinds({}, Number.NaN)).toEqual(['repeated-stamp']);
  });

  it('takes −0 and denormal times for 0', () => {
    const denormal = 5e-324;
    expect(kinds({ nowMs: -0, capturedAt: denormal, inferenceMs: -0, jointStamp: -denormal })).toEqual([]);
  });

  it('never calls an older observation better', () => {
    const ms = fc.double({ min: 0, max: 2000, noNaN: true });
    fc.assert(
      fc.property(ms, ms, ms, (age, more, inferenceMs) => {
        const stale = (by: number) =>
          checkObservation(
            { nowMs: NOW, capturedAt: NOW - by, inferenceMs, jointStamp: NOW - by },
            FIRST,
            CONFIG,
          ).map(({ kind }) => kind);
        expect(stale(age + more)).toEqual(expect.arrayContaining(stale(age)));
      }),
    );
  });
});
