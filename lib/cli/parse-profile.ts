import { VLAError } from '../errors.js';
import type { OptimisationProfile, ShapeRange } from '../toolchain/build-profiles.js';

/** `text=1x1:1x16:1x77,image=1x3x224x224` as an optimisation profile. */
export function parseProfile(text: string): OptimisationProfile {
  return Object.fromEntries(text.split(',').map((entry) => parseInput(entry, text)));
}

function parseInput(entry: string, text: string): [name: string, range: ShapeRange] {
  // Names of tensors may hold colons and equals signs; shapes cannot.
  const match = /^(.+)=([\dx]+)(?::([\dx]+):([\dx]+))?$/.exec(entry.trim());
  const [, name, min, opt = min, max = min] = match ?? [];
  if (name === undefined || min === undefined || opt === undefined || max === undefined)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `--profile: expected NAME=MIN:OPT:MAX or NAME=SHAPE, separated by commas, got ${text}`,
      { hint: 'Such as --profile text=1x1:1x16:1x77,image=1x3x224x224' },
    );
  return [name, { min: sizes(min), opt: sizes(opt), max: sizes(max) }];
}

function sizes(shape: string): number[] {
  return shape.split('x').map((size) => (size === '' ? Number.NaN : Number(size)));
}
