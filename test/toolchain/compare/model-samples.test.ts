import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { observationLine } from '../../../lib/policy/observation-file.js';
import type { TensorInfo, TensorMap } from '../../../lib/policy/tensor.js';
import { modelSamples } from '../../../lib/toolchain/compare/model-samples.js';
import { type ModelTarget, resolveModels } from '../../../lib/toolchain/compare/model-target.js';
import { randomInputs } from '../../../lib/toolchain/compare/random-inputs.js';
import { numbersOf } from '../../../lib/toolchain/compare/tensor-values.js';
import { seededRandom } from '../../../lib/toolchain/seeded-random.js';
import { frame, writeBundle } from '../../engine/bundle.js';
import { model, temporaryDirectory } from '../../engine/fixtures.js';
import { rejectionOf } from '../../policy/error-of.js';
import { bundleOfTwo } from './altered-model.js';

async function only(argument: string): Promise<ModelTarget> {
  const [target] = await resolveModels(argument);
  if (!target) throw new Error('expected a target');
  return target;
}

const shapes = (tensors: TensorMap) =>
  Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]));

describe('modelSamples', () => {
  it('encodes recorded observations as the bundle says', async () => {
    const file = join(await temporaryDirectory(), 'recorded.jsonl');
    const line = observationLine({ images: { hand_eye: frame([255, 0, 0]) }, instruction: 'open' });
    await writeFile(file, line + line);
    const { source, samples, observations, policy } = await modelSamples(
      await only(`${await bundleOfTwo(0, 0)}@float32`),
      { observations: file, count: 8, seed: 0 },
    );
    expect({ source, samples: samples.length, observations: observations.length }).toEqual({
      source: 'recorded',
      samples: 2,
      observations: 2,
    });
    expect(policy?.manifest.id).toBe('fixture');
    expect(samples.map(shapes)[1]).toEqual({ image: ['float32', 1, 8, 8, 3], text: ['int64', 1, 1] });
    expect([...(samples[0]?.['image']?.data ?? [])].slice(0, 3)).toEqual([1, 0, 0]);
    expect(samples[0]?.['image']?.data).not.toBe(samples[1]?.['image']?.data);
  });

  it('makes random inputs of the sizes that a bundle without golden observations tells', async () => {
    const { source, samples } = await modelSamples(await only(await writeBundle()), { count: 1, seed: 0 });
    expect(source).toBe('random');
    expect(samples.map(shapes)).toEqual([{ image: ['float32', 1, 8, 8, 3], text: ['int64', 1, 8] }]);
  });

  it('takes the golden observations of a bundle without others', async () => {
    const target = await only(`${await bundleOfTwo(0, 0)}@altered`);
    expect(await modelSamples(target, { count: 8, seed: 0 })).toMatchObject({
      source: 'golden',
      samples: [{ image: { shape: [1, 8, 8, 3] } }],
    });
  });

  it('encodes recorded observations for a bare model by the default contract', async () => {
    const file = join(await temporaryDirectory(), 'recorded.jsonl');
    await writeFile(file, observationLine({ images: { image: frame() }, instruction: 'open' }));
    const options = { observations: file, count: 1, seed: 0 };
    const { source, samples, policy } = await modelSamples(await only(model('default-nchw')), options);
    expect(source).toBe('recorded');
    expect(policy).toBeDefined();
    expect(samples.map(shapes)).toEqual([{ image: ['float32', 1, 3, 8, 8], text: ['int64', 1, 1] }]);
    expect((await rejectionOf(modelSamples(await only(model('image-only')), options))).code).toBe(
      'MODEL_MISMATCH',
    );
  });

  it('makes the same random samples for the same seed, and others for another', async () => {
    const target = await only(model('default-nchw'));
    const made = await Promise.all([1, 1, 2].map((seed) => modelSamples(target, { count: 3, seed })));
    expect(made[0]?.samples).toHaveLength(3);
    expect(made[0]).toMatchObject({ source: 'random', observations: [] });
    expect(made[1]).toEqual(made[0]);
    expect(made[2]?.samples).not.toEqual(made[0]?.samples);
    expect(made[0]?.samples[0]).not.toEqual(made[0]?.samples[1]);
  });

  it('says what is missing when there are no such recordings', async () => {
    const target = await only(model('default-nchw'));
    const error = await rejectionOf(
      modelSamples(target, { observations: '/nowhere.jsonl', count: 1, seed: 0 }),
    );
    expect(error.code).toBe('BUNDLE_NOT_FOUND');
  });
});

describe('randomInputs', () => {
  const inputs: readonly TensorInfo[] = [
    { name: 'image', dtype: 'float16', shape: ['n', 3, 'h', 20] },
    { name: 'pixels', dtype: 'uint8', shape: [-1, -1, 5, 3] },
    { name: 'state', dtype: 'float32', shape: ['n', 6, 'h'] },
    { name: 'ids', dtype: 'int64', shape: ['n', -1] },
    { name: 'mask', dtype: 'bool', shape: [2, 40] },
    { name: 'bias', dtype: 'bfloat16', shape: [300] },
    { name: 'signed', dtype: 'int8', shape: [2000] },
    { name: 'task', dtype: 'string', shape: [1] },
  ];

  it('fills open sizes in: one batch, images of 224, texts of 16, the same size for the same name', () => {
    expect(shapes(randomInputs(inputs, seededRandom(1)))).toEqual({
      image: ['float16', 1, 3, 224, 20],
      pixels: ['uint8', 1, 224, 5, 3],
      state: ['float32', 1, 6, 224],
      ids: ['int64', 1, 16],
      mask: ['bool', 2, 40],
      bias: ['bfloat16', 300],
      signed: ['int8', 2000],
      task: ['string', 1],
    });
  });

  it.each([
    ['image', 0, 1, 0.001],
    ['pixels', 0, 255, 0],
    ['state', -1, 1, 0.01],
    ['ids', 0, 1, 0],
    ['mask', 0, 1, 0],
    ['bias', -1, 1, 0.05],
    ['signed', -128, 127, 0],
  ])('draws %s from %d to %d', (name, low, high, slack) => {
    const tensor = randomInputs(inputs, seededRandom(7))[name];
    const values = tensor ? Array.from(numbersOf(tensor)).slice(0, 9000) : [];
    const [least, most] = [Math.min(...values), Math.max(...values)];
    expect(least).toBeGreaterThanOrEqual(low);
    expect(least).toBeLessThanOrEqual(low + slack);
    expect(most).toBeLessThanOrEqual(high);
    expect(most).toBeGreaterThanOrEqual(high - slack);
  });

  it('has an instruction for a model that reads text itself', () => {
    expect(randomInputs(inputs, seededRandom(1))['task']?.data).toEqual(['pick up the block']);
  });
});
