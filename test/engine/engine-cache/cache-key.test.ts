import { describe, expect, it } from 'vitest';
import { type CacheKeyInputs, engineCacheKey } from '../../../lib/engine/engine-cache/cache-key.js';

const device = {
  ordinal: 0,
  name: 'Orin',
  computeCapability: '8.7',
  integrated: true,
  totalMemoryBytes: 8 * 2 ** 30,
};
const INPUTS: CacheKeyInputs = {
  sha256: { '.': 'a', 'weights.bin': 'b' },
  info: { version: '10.3.0', device },
  options: { precision: ['fp16'], tf32: true, stronglyTyped: false },
  profiles: [{ text: { min: [1, 1], opt: [1, 16], max: [1, 64] } }],
};

describe('the key of an engine in the cache', () => {
  it('is the same for the same inputs, in whatever order they are named', () => {
    const key = engineCacheKey(INPUTS);
    expect(key).toMatch(/^[\da-f]{32}$/);
    expect(
      engineCacheKey({
        profiles: [{ text: { max: [1, 64], opt: [1, 16], min: [1, 1] } }],
        options: { stronglyTyped: false, tf32: true, precision: ['fp16'] },
        info: { device: { ...device, totalMemoryBytes: 0, ordinal: 1 }, version: '10.3.0' },
        sha256: { 'weights.bin': 'b', '.': 'a' },
      }),
    ).toBe(key);
  });

  it.each<[string, Partial<CacheKeyInputs>]>([
    ['model', { sha256: { ...INPUTS.sha256, '.': 'c' } }],
    ['weights beside the model', { sha256: { ...INPUTS.sha256, 'weights.bin': 'c' } }],
    ['TensorRT', { info: { version: '10.3.1', device } }],
    ['GPU', { info: { version: '10.3.0', device: { ...device, name: 'Thor' } } }],
    ['compute capability', { info: { version: '10.3.0', device: { ...device, computeCapability: '11.0' } } }],
    ['precision', { options: { ...INPUTS.options, precision: [] } }],
    ['TF32', { options: { ...INPUTS.options, tf32: false } }],
    ['typing', { options: { ...INPUTS.options, stronglyTyped: true } }],
    ['workspace', { options: { ...INPUTS.options, workspaceMiB: 64 } }],
    ['optimisation level', { options: { ...INPUTS.options, optimisationLevel: 5 } }],
    ['profile', { profiles: [{ text: [1, 16] }] }],
    ['number of profiles', { profiles: undefined }],
  ])('is another one for another %s', (_what, changes) => {
    expect(engineCacheKey({ ...INPUTS, ...changes })).not.toBe(engineCacheKey(INPUTS));
  });
});
