import { describe, expect, it } from 'vitest';
import { errorOf } from './error-of.js';
import { fullManifest, minimalManifest, withValue } from './minimal-manifest.js';
import { greyFrame, inputTensors, policyOf } from './policy-fixture.js';

const MODEL = ['stages', 'models', 0] as const;
const minimal = {
  images: { wrist: greyFrame(32, 24, 51) },
  instruction: 'pick the red block',
  capturedAt: 5,
};
const full = {
  images: { top: greyFrame(8, 8, 255) },
  instruction: 'Pick the block',
  state: [0, Math.PI / 2, 0, 0, Math.PI / 2, 0, 0.25],
  capturedAt: 5,
};

describe('Policy.inputShapes and encode', () => {
  it('make an image and token ids for the minimal policy', () => {
    const policy = policyOf(minimalManifest());
    expect(policy.inputShapes(minimal)).toEqual({ image: [1, 224, 224, 3], text: [1, 16] });
    const inputs = inputTensors(policy, minimal);
    expect(policy.encode(minimal, inputs)).toEqual({ unknownWords: [], truncated: false });
    const pixels = Array.from(inputs['image']?.data ?? [], Number);
    expect(pixels.every((value) => Math.abs(value - 0.2) < 1e-6)).toBe(true);
    expect([...(inputs['text']?.data ?? [])].slice(0, 5)).toEqual([2n, 4n, 5n, 8n, 0n]);
  });

  it('tell the caller of unknown words and cut text', () => {
    const policy = policyOf(withValue(minimalManifest(), ['inputs', 'text', 'truncate'], true));
    const observation = { ...minimal, instruction: `${'pick '.repeat(16)} Sponge` };
    expect(policy.encode(observation, inputTensors(policy, observation))).toEqual({
      unknownWords: ['Sponge'],
      truncated: true,
    });
  });

  it('stack cameras, mask the absent one and resolve open sizes', () => {
    const policy = policyOf(fullManifest());
    expect(policy.inputShapes(full)).toEqual({
      images: [1, 2, 3, 4, 4],
      masks: [1, 2],
      state: [1, 1, 8],
      tokens: [1, 12],
      token_mask: [1, 12],
      embodiment: [1],
    });
    const inputs = inputTensors(policy, full);
    policy.encode(full, inputs);
    const images = Array.from(inputs['images']?.data ?? [], Number);
    expect(images.slice(0, 48).filter((_, index) => index % 16 === 0)).toEqual([
      expect.closeTo((1 - 0.485) / 0.229, 5),
      expect.closeTo((1 - 0.456) / 0.224, 5),
      expect.closeTo((1 - 0.406) / 0.225, 5),
    ]);
    expect(images.slice(48).every((value) => value === -1)).toBe(true);
    expect([...(inputs['masks']?.data ?? [])]).toEqual([1, 0]);
    expect([...(inputs['embodiment']?.data ?? [])]).toEqual([3]);
    // "Task:" is unknown to the tokenizer; the suffix id comes last, the padding first.
    expect([...(inputs['tokens']?.data ?? [])]).toEqual([0n, 0n, 0n, 0n, 0n, 0n, 0n, 1n, 2n, 4n, 8n, 5n]);
    expect([...(inputs['token_mask']?.data ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it('convert the state from rad and 0..1 to the units of the policy, normalise it, then pad with 0', () => {
    const policy = policyOf(fullManifest());
    const inputs = inputTensors(policy, full);
    policy.encode(full, inputs);
    const [pan, lift, , , wrist, , gripper, padding] = Array.from(inputs['state']?.data ?? [], Number);
    expect(pan).toBeCloseTo((0 - 1) / 10, 5);
    expect(lift).toBeCloseTo((90 - 2) / 20, 5);
    expect(wrist).toBeCloseTo(1, 5);
    // 0.25 closed is 75 of open 100 … closed 0.
    expect(gripper).toBeCloseTo(0.5, 5);
    expect(padding).toBe(0);
  });

  it('write float16 states and images as bit patterns', () => {
    let json = withValue(fullManifest(), [...MODEL, 'inputs', 2, 'dtype'], 'float16');
    json = withValue(json, [...MODEL, 'inputs', 0, 'dtype'], 'float16');
    const policy = policyOf(json);
    const inputs = inputTensors(policy, full);
    policy.encode(full, inputs);
    expect(inputs['state']?.data[4]).toBe(0x3c00);
    expect(inputs['images']?.data[95]).toBe(0xbc00);
  });

  it('leave the length of the text open where it is not padded', () => {
    let json = withValue(minimalManifest(), ['inputs', 'text', 'padTo'], 'none');
    json = withValue(json, ['inputs', 'text', 'maxLength'], 16);
    json = withValue(json, [...MODEL, 'inputs', 1, 'shape'], ['batch', 'tokens']);
    expect(policyOf(json).inputShapes(minimal)['text']).toEqual([1, 4]);
  });

  it('give the text itself to a model that takes strings', () => {
    let json = withValue(minimalManifest(), ['inputs', 'text'], { mode: 'string' });
    json = withValue(json, [...MODEL, 'inputs', 1], {
      name: 'text',
      dtype: 'string',
      shape: [1, 1],
      from: 'text.string',
    });
    const policy = policyOf(json);
    const inputs = inputTensors(policy, minimal);
    policy.encode(minimal, inputs);
    expect(inputs['text']).toEqual({ dtype: 'string', shape: [1, 1], data: ['pick the red block'] });
  });

  it('join the channels of two cameras along an inner axis', () => {
    const cameras = ['a', 'b'].map((id) => ({ id, resize: { h: 2, w: 2 }, scale: 1 }));
    let json = withValue(minimalManifest(), ['inputs', 'cameras'], cameras);
    json = withValue(json, [...MODEL, 'inputs', 0, 'shape'], [1, 2, 2, 6]);
    json = withValue(json, [...MODEL, 'inputs', 0, 'from'], { concat: ['camera:a', 'camera:b'], axis: 3 });
    const policy = policyOf(json);
    const observation = { ...minimal, images: { a: greyFrame(2, 2, 1), b: greyFrame(2, 2, 9) } };
    const inputs = inputTensors(policy, observation);
    policy.encode(observation, inputs);
    expect([...(inputs['image']?.data ?? [])].join('')).toBe('111999'.repeat(4));
  });

  it.each([
    [
      'a missing camera',
      { ...minimal, images: { front: greyFrame(8, 8, 1) } },
      'INVALID_ARGUMENT',
      '"wrist"',
    ],
    ['no instruction', { images: minimal.images, capturedAt: 1 }, 'INVALID_ARGUMENT', 'instruction'],
    ['no capture time', { ...minimal, capturedAt: Number.NaN }, 'INVALID_ARGUMENT', 'capturedAt'],
    ['too many words', { ...minimal, instruction: 'pick '.repeat(17) }, 'INSTRUCTION_TOO_LONG', '17'],
    [
      'a truncated frame',
      { ...minimal, images: { wrist: { ...greyFrame(8, 8, 1), height: 9 } } },
      'INVALID_IMAGE',
      '',
    ],
  ])('refuse %s', (_, observation, code, text) => {
    const error = errorOf(() => policyOf(minimalManifest()).inputShapes(observation));
    expect(error.code).toBe(code);
    expect(error.message).toContain(text);
    expect(error.hint).toBeTruthy();
  });

  it.each([
    ['missing', undefined, 'got nothing'],
    ['too short', [1, 2], 'got 2'],
    ['not finite', [0, 0, Number.NaN, 0, 0, 0, 0], 'elbow'],
  ])('refuse a state that is %s', (_, state, text) => {
    const { state: _state, ...rest } = full;
    const observation = state === undefined ? rest : { ...rest, state };
    const error = errorOf(() => policyOf(fullManifest()).inputShapes(observation));
    expect(error.code).toBe('INVALID_STATE');
    expect(error.message).toContain(text);
  });

  it('refuse tensors of another shape or type, naming the input', () => {
    const policy = policyOf(minimalManifest());
    const error = errorOf(() =>
      policy.encode(minimal, {
        ...inputTensors(policy, minimal),
        text: { dtype: 'int32', shape: [1, 16], data: new Int32Array(16) },
      }),
    );
    expect(error.message).toBe('input text: expected int64 [1,16], got int32 [1,16]');
  });
});
