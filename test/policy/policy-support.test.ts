import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../lib/policy/manifest.js';
import { Policy } from '../../lib/policy/policy.js';
import type { TensorInfo } from '../../lib/policy/tensor.js';
import { errorOf } from './error-of.js';
import { fullManifest, minimalManifest, withValue } from './minimal-manifest.js';
import { policyOf, tokenizer } from './policy-fixture.js';

const MODEL = ['stages', 'models', 0] as const;
const grip = { name: 'grip', slice: [6, 7], space: 'gripper' };

describe('new Policy', () => {
  it.each<[string, readonly (string | number)[], unknown]>([
    ['inputs.observationOffsets', ['inputs', 'observationOffsets'], [-1, 0]],
    [
      'inputs.text.stateInPrompt',
      ['inputs', 'text', 'stateInPrompt'],
      { bins: 256, range: [-1, 1], dims: 8, belowRange: -1 },
    ],
    [
      'inputs.state.norm[0].mode',
      ['inputs', 'state'],
      { dims: [{ name: 'a', unit: 'rad' }], norm: [{ slice: [0, 1], mode: 'sin_cos' }] },
    ],
    ['action.postTransform', ['action', 'postTransform'], 'aloha'],
    ['action.dims', ['action', 'dims', 5, 'gripper'], { open: 0, closed: 1 }],
    [
      'action.groups[0].space',
      ['action', 'groups'],
      [{ name: 'ee', slice: [0, 6], space: 'ee_pose', rotation: 'quat_xyzw' }, grip],
    ],
    [
      'action.groups[0].quantity',
      ['action', 'groups'],
      [{ name: 'arm', slice: [0, 6], space: 'joint', quantity: 'velocity' }, grip],
    ],
    [
      'stages.models[0].inputs[0].from',
      [...MODEL, 'inputs', 0],
      { name: 'x', dtype: 'float32', shape: [1], from: 'noise' },
    ],
    ['stages.models[0].inputs[0].dtype', [...MODEL, 'inputs', 0, 'dtype'], 'bfloat16'],
    ['stages.models[0].inputs[1].dtype', [...MODEL, 'inputs', 1, 'dtype'], 'float32'],
    ['stages.models[0].inputs[1].shape', [...MODEL, 'inputs', 1, 'shape'], ['b', 'n', 'm']],
    ['stages.models[0].outputs[0].dtype', [...MODEL, 'outputs', 0, 'dtype'], 'int32'],
  ])('refuses by name what is valid but does not run: %s', (where, path, value) => {
    let base = withValue(minimalManifest(), ['inputs', 'text', 'maxLength'], 16);
    if (where.includes('stateInPrompt')) base = fullManifest();
    if (where === 'inputs.state.norm[0].mode')
      base = withValue(base, [...MODEL, 'inputs', 0], {
        name: 'state',
        dtype: 'float32',
        shape: [1, 2],
        from: 'state',
      });
    const { manifest } = parseManifest(withValue(base, path, value));
    const error = errorOf(() => new Policy(manifest, { tokenizer }));
    expect(error.code).toBe('UNSUPPORTED_POLICY');
    expect(error.message.split('\n').map((line) => line.split(': ')[0])).toEqual([where]);
    expect(error.hint).toBeTruthy();
  });

  it('names all of them at once', () => {
    let json = withValue(minimalManifest(), ['action', 'postTransform'], 'aloha');
    json = withValue(json, ['inputs', 'observationOffsets'], [-2, 0]);
    expect(errorOf(() => policyOf(json)).message.split('\n')).toHaveLength(2);
  });

  it('asks for the tokenizer that token ids need', () => {
    const { manifest } = parseManifest(minimalManifest());
    expect(errorOf(() => new Policy(manifest)).code).toBe('TOKENIZER_MISSING');
  });
});

describe('Policy.checkModel', () => {
  const inputs: TensorInfo[] = [
    { name: 'image', dtype: 'float32', shape: [1, 224, 224, 3] },
    { name: 'text', dtype: 'int64', shape: [-1, 'tokens'] },
  ];
  const outputs: TensorInfo[] = [
    { name: 'actions', dtype: 'float32', shape: ['batch', 5, 7] },
    { name: 'attention', dtype: 'float32', shape: [1] },
  ];
  const policy = policyOf(minimalManifest());

  it('accepts a model whose open sizes and further outputs leave room', () => {
    expect(() => policy.checkModel(inputs, outputs)).not.toThrow();
  });

  it.each<[string, readonly TensorInfo[], readonly TensorInfo[], string]>([
    [
      'another type',
      [{ name: 'image', dtype: 'uint8', shape: [1, 224, 224, 3] }, ...inputs.slice(1)],
      outputs,
      'input image: expected float32, the model has uint8',
    ],
    [
      'another size',
      [{ name: 'image', dtype: 'float32', shape: [1, 3, 224, 224] }, ...inputs.slice(1)],
      outputs,
      'input image: expected shape [1,224,224,3], the model has [1,3,224,224]',
    ],
    [
      'another rank',
      [{ name: 'image', dtype: 'float32', shape: [224, 224, 3] }, ...inputs.slice(1)],
      outputs,
      'input image: expected shape',
    ],
    ['a missing input', inputs.slice(1), outputs, 'input image: the manifest names it, the model has text'],
    [
      'a further input',
      [...inputs, { name: 'state', dtype: 'float32', shape: [1] }],
      outputs,
      'input state: the model takes it',
    ],
    ['a missing output', inputs, [], 'output actions: the manifest names it, the model has none'],
  ])('refuses a model with %s', (_, modelInputs, modelOutputs, text) => {
    const error = errorOf(() => policy.checkModel(modelInputs, modelOutputs));
    expect(error.code).toBe('MODEL_MISMATCH');
    expect(error.message).toContain(text);
    expect(error.hint).toBeTruthy();
  });
});
