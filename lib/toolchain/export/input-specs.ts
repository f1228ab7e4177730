import { VLAError } from '../../errors.js';
import type { PolicyManifest } from '../../policy/manifest.js';
import { type ModelInput, modelsOf } from '../../policy/manifest-stages.js';
import { sourceShape } from '../../policy/source-shape.js';

/** One input of the network, as python/jetson_vla_tools/model_inputs.py reads it. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: string;
  /** With a batch of 1. */
  readonly shape: readonly number[];
  /** Names of the axes whose size is open. */
  readonly openAxes: Readonly<Record<string, string>>;
  /** What random values lie between, both included for whole numbers. */
  readonly low: number;
  readonly high: number;
  /** A constant vector, instead of random values. */
  readonly values?: readonly number[];
}

type Range = readonly [low: number, high: number];

/** Normalised values beyond two standard deviations are rare. */
const STANDARD_RANGE: Range = [-2, 2];
const UNIT_RANGE: Range = [-1, 1];
const RANGE_OF_UNIT: Readonly<Record<string, Range>> = {
  rad: [-Math.PI, Math.PI],
  deg: [-180, 180],
  m: [0, 1],
  percent: [0, 100],
  pm100: [-100, 100],
};

/**
 * The inputs of the policy's only model, with the ranges of values that its sources give.
 *
 * @param vocabulary number of token ids that there are
 * @throws VLAError UNSUPPORTED_POLICY for strings, which PyTorch has no tensors of
 */
export function inputSpecs(manifest: PolicyManifest, vocabulary: number): readonly InputSpec[] {
  const inputs = modelsOf(manifest.stages)[0]?.model.inputs ?? [];
  return inputs.map((input) => {
    if (input.dtype === 'string')
      throw new VLAError('UNSUPPORTED_POLICY', `input ${input.name}: a PyTorch policy takes no strings`, {
        hint: 'Give its token ids: from "text.ids", with dtype int64.',
      });
    const [low, high] = rangeOf(input.from, input.dtype, manifest.inputs, vocabulary);
    const values = typeof input.from === 'object' && 'const' in input.from ? input.from.const : undefined;
    return {
      name: input.name,
      dtype: input.dtype,
      shape: shapeOf(input, manifest),
      openAxes: Object.fromEntries(
        input.shape.flatMap((size, axis) => (typeof size === 'string' ? [[axis, size]] : [])),
      ),
      low,
      high,
      ...(Array.isArray(values) && { values }),
    };
  });
}

/** Open sizes as the source gives them: one for the batch, all token ids for the text. */
function shapeOf({ name, shape, from }: ModelInput, { inputs }: PolicyManifest): readonly number[] {
  const given = sourceShape(from, inputs);
  return shape.map((size, axis) => {
    if (typeof size === 'number') return size;
    if (axis === 0) return 1;
    const other = given?.length === shape.length ? given[axis] : undefined;
    if (typeof other === 'number') return other;
    if (other === 'tokens' && inputs.text) return inputs.text.maxLength;
    throw new VLAError('MANIFEST_INVALID', `input ${name}: nothing says how large "${size}" is`, {
      hint: 'Give a number in the shape of this input.',
    });
  });
}

function rangeOf(
  from: ModelInput['from'],
  dtype: string,
  inputs: PolicyManifest['inputs'],
  vocabulary: number,
): Range {
  if (typeof from !== 'string') {
    if ('const' in from) return hull([from.const].flat().map((value): Range => [value, value]));
    return hull(from.concat.map((part) => rangeOf(part, dtype, inputs, vocabulary)));
  }
  const camera = inputs.cameras.find(({ id }) => from === `camera:${id}`);
  if (camera !== undefined) {
    if (dtype === 'uint8') return [0, 255];
    const { scale, mean, std } = camera;
    return hull(
      mean.map((m, channel): Range => [-m / (std[channel] ?? 1), (255 * scale - m) / (std[channel] ?? 1)]),
    );
  }
  if (from === 'text.ids') return [0, Math.max(vocabulary - 1, 0)];
  if (from === 'state') return stateRange(inputs.state);
  return [0, 1];
}

function stateRange(state: PolicyManifest['inputs']['state']): Range {
  if (state === undefined) return UNIT_RANGE;
  const normalised = state.norm
    .filter(({ mode }) => mode !== 'identity')
    .map(({ mode }) => (mode === 'mean_std' ? STANDARD_RANGE : UNIT_RANGE));
  const plain = state.dims
    .filter((_, index) =>
      state.norm.every(
        ({ slice: [first, end], mode }) => mode === 'identity' || index < first || index >= end,
      ),
    )
    .map((dim): Range => {
      if (dim.gripper) return ascending(dim.gripper.open, dim.gripper.closed);
      return dim.limits ?? RANGE_OF_UNIT[dim.unit] ?? UNIT_RANGE;
    });
  return hull([...normalised, ...plain]);
}

function hull(ranges: readonly Range[]): Range {
  return [Math.min(...ranges.map(([low]) => low)), Math.max(...ranges.map(([, high]) => high))];
}

function ascending(a: number, b: number): Range {
  return [Math.min(a, b), Math.max(a, b)];
}
