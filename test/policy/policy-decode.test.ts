import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFloat16Bits } from '../../lib/policy/float16.js';
import { errorOf } from './error-of.js';
import { fullManifest, minimalManifest, withValue } from './minimal-manifest.js';
import { policyOf, rowsTensor } from './policy-fixture.js';

const seen = { images: {}, capturedAt: 1234 };
const meta = { sequence: 7 };
const degrees = (value: number) => (value * Math.PI) / 180;

/** Five rows whose first column counts and whose gripper is given. */
const rows = (gripper: number) => [0, 1, 2, 3, 4].map((step) => [step / 10, 1, 2, 3, 4, 5, gripper]);

describe('Policy.decode', () => {
  it('gives an action chunk in rad with the stamps of the observation', () => {
    const chunk = policyOf(minimalManifest()).decode({ actions: rowsTensor(rows(0.8)) }, seen, meta);
    expect(chunk.shape).toEqual([1, 5, 7]);
    expect([chunk.capturedAt, chunk.sequence, chunk.secondsPerWaypoint]).toEqual([1234, 7, 0.5]);
    expect(chunk.jointUnits).toEqual(new Array(6).fill('rad'));
    expect(chunk.at(2).joints[0]).toBeCloseTo(0.2);
    expect(chunk.at(2).gripper).toBeCloseTo(0.8);
  });

  it.each([
    [{ open: 0, closed: 1 }, 0.8, 0.8],
    [{ open: 1, closed: 0 }, 0.8, 0.2],
    [{ open: 100, closed: 0 }, 75, 0.25],
    [{ open: -1, closed: 1 }, 0, 0.5],
    [{ open: 0, closed: 1 }, 1.7, 1],
    [{ open: 0, closed: 1 }, -3, 0],
    [{ open: 0, closed: 1, activation: 'sigmoid' }, Math.log(3), 0.75],
    [{ open: 1, closed: 0, activation: 'sigmoid', binarizeAt: 0.5 }, Math.log(3), 0],
    [{ open: 0, closed: 1, binarizeAt: 0.3 }, 0.4, 1],
  ])('brings a gripper %j at %d to %d, 0 being open', (gripper, raw, want) => {
    const json = withValue(minimalManifest(), ['action', 'dims', 6, 'gripper'], gripper);
    const chunk = policyOf(json).decode({ actions: rowsTensor(rows(raw)) }, seen, meta);
    expect(chunk.at(0).gripper).toBeCloseTo(want, 5);
  });

  it('denormalises, then converts degrees, then adds the state at the start of the chunk', () => {
    const state = [1, 2, 3, 4, 5, 6, 0];
    const output = rowsTensor(new Array(4).fill([10, 0, 0, 0, 0, 0, -1, 99]));
    const chunk = policyOf(fullManifest()).decode({ actions: output }, { ...seen, state }, meta);
    expect(chunk.shape).toEqual([1, 3, 7]);
    for (const { joints, gripper } of chunk) {
      // 10 × (2 + 1e-6) + 1 degrees from 1 rad.
      expect(joints[0]).toBeCloseTo(1 + degrees(21), 4);
      expect(joints[1]).toBeCloseTo(2 + degrees(1), 4);
      expect(gripper).toBe(1);
    }
  });

  it('adds each step to the one before with delta_prev, starting at the first step that is used', () => {
    let json = withValue(fullManifest(), ['action', 'groups', 0, 'ref'], 'delta_prev');
    json = withValue(json, ['action', 'norm'], []);
    const output = rowsTensor([50, 1, 2, 3].map((delta) => [delta, 0, 0, 0, 0, 0, 0, 0]));
    const state = [1, 0, 0, 0, 0, 0, 0];
    const chunk = policyOf(json).decode({ actions: output }, { ...seen, state }, meta);
    const pan = [...chunk].map(({ joints }) => joints[0]);
    expect(pan).toEqual([1, 3, 6].map((sum) => expect.closeTo(1 + degrees(sum), 5)));
  });

  it('needs the state for relative actions', () => {
    const output = rowsTensor(new Array(4).fill(new Array(8).fill(0)));
    const error = errorOf(() => policyOf(fullManifest()).decode({ actions: output }, seen, meta));
    expect(error.code).toBe('INVALID_STATE');
  });

  it('reads float16 outputs', () => {
    const json = withValue(minimalManifest(), ['stages', 'models', 0, 'outputs', 0, 'dtype'], 'float16');
    const data = Uint16Array.from(rows(1).flat(), toFloat16Bits);
    const actions = { dtype: 'float16' as const, shape: [1, 5, 7], data };
    expect(policyOf(json).decode({ actions }, seen, meta).at(0).joints).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is the inverse of how a data set was normalised and laid out, whatever the values', () => {
    const policy = policyOf(fullManifest());
    const angle = fc.float({ min: -3, max: 3, noNaN: true });
    const step = fc.tuple(fc.array(angle, { minLength: 6, maxLength: 6 }), fc.boolean());
    const steps = fc.array(step, { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(steps, fc.array(angle, { minLength: 6, maxLength: 6 }), (targets, start) => {
        const output = targets.map(([joints, closed]) => [
          ...joints.map((joint, index) => ((joint - (start[index] ?? 0)) / degrees(1) - 1) / (2 + 1e-6)),
          closed ? -1 : 1,
          0,
        ]);
        const chunk = policy.decode({ actions: rowsTensor(output) }, { ...seen, state: [...start, 0] }, meta);
        targets.slice(1).forEach(([joints, closed], index) => {
          const got = chunk.at(index);
          expect(got.gripper).toBe(closed ? 1 : 0);
          joints.forEach((joint, column) => {
            expect(got.joints[column]).toBeCloseTo(joint, 4);
          });
        });
      }),
    );
  });

  const bad = rows(0);
  bad[3] = [0, Number.NaN, 0, 0, 0, 0, 0];
  it.each([
    ['no such output', {}, 'got nothing'],
    [
      'another type',
      { actions: { dtype: 'int32' as const, shape: [1, 5, 7], data: new Int32Array(35) } },
      'int32',
    ],
    ['too few steps', { actions: rowsTensor(rows(0).slice(1)) }, '[1,4,7]'],
    ['too little data', { actions: { ...rowsTensor(rows(0)), data: new Float32Array(3) } }, '3 values'],
    ['NaN', { actions: rowsTensor(bad) }, 'step 3, column 1'],
    ['infinity', { actions: rowsTensor(rows(Number.POSITIVE_INFINITY)) }, 'Infinity'],
  ])('refuses outputs with %s', (_, outputs, text) => {
    const error = errorOf(() => policyOf(minimalManifest()).decode(Object(outputs), seen, meta));
    expect(error.code).toBe('INVALID_OUTPUT');
    expect(error.message).toContain(text);
    expect(error.hint).toBeTruthy();
  });

  it('refuses values that overflow when denormalised', () => {
    const norm = { slice: [0, 1], mode: 'mean_std', mean: [0], std: [1e38] };
    const policy = policyOf(withValue(minimalManifest(), ['action', 'norm'], [norm]));
    const overflowing = rows(0).map((row) => row.with(0, 1e3));
    const error = errorOf(() => policy.decode({ actions: rowsTensor(overflowing) }, seen, meta));
    expect(error.code).toBe('INVALID_OUTPUT');
    expect(error.message).toContain('pan');
  });
});
