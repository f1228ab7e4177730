import type { PolicyManifest } from '../policy/manifest-schema.js';
import { type ModelInput, modelsOf } from '../policy/manifest-stages.js';
import { sourceShape } from '../policy/source-shape.js';
import type { ShapeRange } from '../toolchain/build-profiles.js';
import type { OnnxInput } from '../toolchain/onnx-inputs.js';
import { BARE_IMAGE_SIDE, BARE_TEXT_LENGTH } from './bare-model.js';

/** By the names of inputs. */
type ShapeRanges = Readonly<Record<string, ShapeRange>>;

interface Sizes {
  readonly min: number;
  readonly opt: number;
  readonly max: number;
}

/** What an instruction usually comes to; kernels are chosen for it. */
const USUAL_TOKENS = 16;

/**
 * The optimisation profile that a policy needs, as far as its manifest tells: batch 1, the sizes of its cameras and
 * state, every length of text up to `maxLength`, and `profiles` of the model, by the names of dimensions. Inputs that
 * it does not tell enough about are left out.
 */
export function policyProfile(manifest: PolicyManifest, inputs: readonly OnnxInput[]): ShapeRanges {
  const [first] = modelsOf(manifest.stages);
  const model = first?.model;
  return profileOf(inputs, ({ name }, axis, size) => {
    const declared = model?.inputs.find((input) => input.name === name);
    const inManifest = declared?.shape[axis];
    if (typeof inManifest === 'number') return fixed(inManifest);
    const named = model?.profiles?.[inManifest ?? ''] ?? model?.profiles?.[`${size}`];
    if (named !== undefined) return named;
    return axis === 0 ? fixed(1) : declared && fromSource(manifest, declared, axis);
  });
}

/** The same for a model without a policy.json, as the default contract has it. */
export function bareProfile(inputs: readonly OnnxInput[]): ShapeRanges {
  return profileOf(inputs, ({ name }, axis) => {
    if (axis === 0) return fixed(1);
    if (name === 'image') return fixed(BARE_IMAGE_SIDE);
    return name === 'text' ? upTo(BARE_TEXT_LENGTH) : undefined;
  });
}

function fromSource(
  { inputs }: PolicyManifest,
  { from, shape }: ModelInput,
  axis: number,
): Sizes | undefined {
  const given = sourceShape(from, inputs);
  if (given?.length !== shape.length) return undefined;
  const size = given[axis];
  if (typeof size === 'number') return fixed(size);
  return size === 'tokens' && inputs.text ? upTo(inputs.text.maxLength) : undefined;
}

/** @param sizeOf what an open dimension takes; undefined when nobody knows */
function profileOf(
  inputs: readonly OnnxInput[],
  sizeOf: (input: OnnxInput, axis: number, size: number | string) => Sizes | undefined,
): ShapeRanges {
  return Object.fromEntries(
    inputs.flatMap((input) => {
      if (!input.shape?.some(isOpen)) return [];
      const sizes = input.shape.map((size, axis) =>
        typeof size === 'number' && !isOpen(size) ? fixed(size) : sizeOf(input, axis, size),
      );
      const known = sizes.filter((size) => size !== undefined);
      if (known.length < sizes.length) return [];
      const pick = (bound: keyof Sizes) => known.map((size) => size[bound]);
      return [[input.name, { min: pick('min'), opt: pick('opt'), max: pick('max') }]];
    }),
  );
}

function isOpen(size: number | string): boolean {
  return typeof size === 'string' || size < 0;
}

function fixed(size: number): Sizes {
  return { min: size, opt: size, max: size };
}

function upTo(size: number): Sizes {
  return { min: 1, opt: Math.min(USUAL_TOKENS, size), max: size };
}
