import { describe, expect, it } from 'vitest';
import { resolveProfiles } from '../../lib/toolchain/build-profiles.js';
import { errorOf } from '../policy/error-of.js';

const image = { name: 'image', shape: ['batch', 3, 'h', 'w'] };
const state = { name: 'state', shape: ['batch', 7] };
const fixed = { name: 'text', shape: [1, 16] };

describe('resolveProfiles', () => {
  it('needs none for a static model', () => {
    expect(resolveProfiles([fixed])).toEqual([]);
  });

  it('makes a batch of 1 of a batch that is open', () => {
    expect(resolveProfiles([fixed, state])).toEqual([
      [{ name: 'state', min: [1, 7], opt: [1, 7], max: [1, 7] }],
    ]);
  });

  it.each(['batch', 'batch_size', 'N', 'b'])('takes "%s" of a vector for its batch', (name) => {
    expect(resolveProfiles([{ name: 'x', shape: [name] }])).toEqual([
      [{ name: 'x', min: [1], opt: [1], max: [1] }],
    ]);
  });

  it.each([['length'], [-1]])('does not guess the length of a vector [%s]', (length) => {
    expect(errorOf(() => resolveProfiles([{ name: 'x', shape: [length] }])).code).toBe('INVALID_ARGUMENT');
  });

  it('completes a given profile with the inputs that are open in the batch alone', () => {
    const range = { min: [1, 3, 64, 64], opt: [1, 3, 224, 224], max: [4, 3, 512, 512] };
    expect(resolveProfiles([image, state, fixed], { image: range })).toEqual([
      [
        { name: 'image', ...range },
        { name: 'state', min: [1, 7], opt: [1, 7], max: [1, 7] },
      ],
    ]);
  });

  it('takes a bare shape for all three', () => {
    const [profile] = resolveProfiles([image], { image: [1, 3, 8, 8] });
    expect(profile).toEqual([{ name: 'image', min: [1, 3, 8, 8], opt: [1, 3, 8, 8], max: [1, 3, 8, 8] }]);
  });

  it.each([
    [
      'an input that the model lacks',
      { imagee: [1, 3, 8, 8] },
      /no input "imagee".*image \[batch, 3, h, w\]/,
    ],
    ['another rank', { image: [3, 8, 8] }, /profiles\.image\.min.*image \[batch, 3, h, w\].*\[3,8,8\]/],
    ['another fixed size', { image: [1, 4, 8, 8] }, /image \[batch, 3, h, w\]/],
    ['a size below 0', { image: [1, 3, -8, 8] }, /whole numbers/],
    ['half a pixel', { image: [1, 3, 0.5, 8] }, /whole numbers/],
    ['no numbers', { image: JSON.parse('["a", 3, 8, 8]') }, /whole numbers/],
    [
      'bounds upside down',
      { image: { min: [1, 3, 9, 9], opt: [1, 3, 8, 8], max: [1, 3, 9, 9] } },
      /min ≤ opt ≤ max.*9, 8, 9/,
    ],
  ])('refuses %s', (_what, profile, message) => {
    const error = errorOf(() => resolveProfiles([image], profile));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });

  it('says which of several profiles is wrong', () => {
    const profiles = [{ image: [1, 3, 8, 8] }, { image: [8, 8] }];
    expect(errorOf(() => resolveProfiles([image], profiles)).message).toContain('profiles[1].image');
  });
});
