import type { EnginePassport } from '../engine/engine-passport.js';
import { elementCount } from '../policy/tensor.js';
import { seededRandom } from './seeded-random.js';

/** Values of one sample by input name, with the shapes that they have. */
export type RandomInputs = Readonly<Record<string, { shape: readonly number[]; values: Float64Array }>>;

/**
 * Inputs for an engine at the shapes that it is fastest with: floats from 0 to 1, 8-bit numbers from 0 to 255, and
 * other whole numbers 0 or 1, which every vocabulary has. The same seed gives the same values.
 */
export function randomInputs(inputs: EnginePassport['inputs'], seed: number): RandomInputs {
  const next = seededRandom(seed);
  return Object.fromEntries(
    inputs.map(({ name, dtype, shape, profiles }) => {
      const sizes = profiles?.[0]?.opt ?? shape;
      const values = Float64Array.from({ length: elementCount(sizes) }, () => {
        if (/^(float|bfloat)/.test(dtype)) return next();
        return Math.floor(next() * (dtype === 'uint8' ? 256 : 2));
      });
      return [name, { shape: sizes, values }];
    }),
  );
}
