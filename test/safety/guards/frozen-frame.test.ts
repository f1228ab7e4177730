import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFrozenFrame, type FrameMemory } from '../../../lib/safety/guards/frozen-frame.js';

const CONFIG = { maxIdenticalFrames: 3 };
const SEEN = { fingerprint: 7, positions: [0, 1] };

/** Feeds observations one after the other and returns the kinds of each. */
function run(
  seen: readonly { readonly fingerprint: number | null; readonly positions: readonly number[] }[],
  config: { readonly maxIdenticalFrames: number | null } = CONFIG,
) {
  let frame: FrameMemory = null;
  return seen.map((each) => {
    const result = checkFrozenFrame(each, frame, config);
    frame = result.frame;
    return result.reasons.map(({ message }) => message);
  });
}

const at = (...positions: readonly number[]) => ({ fingerprint: 7, positions });

describe('checkFrozenFrame', () => {
  it('passes the first frame and remembers it', () => {
    expect(checkFrozenFrame(SEEN, null, CONFIG)).toEqual({
      reasons: [],
      frame: { fingerprint: 7, count: 1, positions: [0, 1] },
    });
  });

  it('remembers positions that later writes cannot reach', () => {
    const positions = [0, 1];
    const { frame } = checkFrozenFrame({ fingerprint: 7, positions }, null, CONFIG);
    positions[0] = 9;
    expect(frame?.positions).toEqual([0, 1]);
  });

  it.each([
    ['by 0.02 rad', 0.02, false],
    ['by −0.02 rad', -0.02, false],
    ['by a little more', 0.020001, true],
    ['back by a little more', -0.020001, true],
    ['by NaN', Number.NaN, true],
    ['by −∞', -Infinity, true],
  ])('judges the same frame after a joint has moved %s', (_, motion, frozen) => {
    const [, second] = run([at(0, 0), at(0, motion)]);
    expect(second).toHaveLength(frozen ? 1 : 0);
  });

  it('refuses the same frame at once when the arm has moved', () => {
    const { reasons } = checkFrozenFrame(at(0, 1.5), { ...SEEN, count: 1 }, CONFIG);
    expect(reasons).toEqual([
      {
        guard: 'observation',
        outcome: 'reject',
        kind: 'frozen-frame',
        message: 'the image is the same as before, although a joint has moved by 0.5 rad, more than 0.02 rad',
        value: 0.5,
        limit: 0.02,
      },
    ]);
  });

  it('adds up slow motion over a run of identical frames', () => {
    const found = run([at(0), at(0.008), at(0.016), at(0.024)], { maxIdenticalFrames: null });
    expect(found.map((messages) => messages.length)).toEqual([0, 0, 0, 1]);
  });

  it('refuses the same frame from the fourth time on when three are allowed, until another comes', () => {
    const other = { fingerprint: 8, positions: [0, 0] };
    const same = at(0, 0);
    const found = run([same, same, same, same, same, other, same, same, same, same]);
    expect(found.map((messages) => messages.length)).toEqual([0, 0, 0, 1, 1, 0, 0, 0, 0, 1]);
    expect(found[3]).toEqual(['the image is the same for the 4th time in a row, 3 are allowed']);
  });

  it('passes any number of identical frames of a resting arm when it was told to', () => {
    const found = run(Array(50).fill(at(0, 0)), { maxIdenticalFrames: null });
    expect(found.flat()).toEqual([]);
  });

  it('does not judge frames without a fingerprint, and goes on after them', () => {
    const unknown = { fingerprint: null, positions: [5, 5] };
    const found = run([at(0, 0), unknown, unknown, at(0, 1)]);
    expect(found.map((messages) => messages.length)).toEqual([0, 0, 0, 1]);
  });

  it('takes a fingerprint of 0 for a fingerprint', () => {
    const zero = { fingerprint: 0, positions: [0] };
    expect(run([zero, { ...zero, positions: [1] }])[1]).toHaveLength(1);
  });

  it('takes another number of joints for motion', () => {
    expect(run([at(0, 0), at(0)])[1]).toHaveLength(1);
  });

  it('never refuses frames that differ, however the arm moves', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.double(), { minLength: 2, maxLength: 2 })), (path) => {
        const seen = path.map((positions, fingerprint) => ({ fingerprint, positions }));
        expect(run(seen).flat()).toEqual([]);
      }),
    );
  });

  it('remembers plain data', () => {
    const { frame } = checkFrozenFrame(SEEN, { ...SEEN, count: 2 }, CONFIG);
    expect(JSON.parse(JSON.stringify(frame))).toEqual(frame);
  });
});
