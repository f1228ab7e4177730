import type { PolicyManifest } from './manifest-schema.js';
import type { Source } from './manifest-stages.js';
import { encodedWidth } from './manifest-vector.js';

/** Sizes, and names for those that are known only once an observation is there. */
export type OpenShape = readonly (number | string)[];

/**
 * The shape, batch 1, that a source gives: cameras `[1, H, W, 3]` or `[1, 3, H, W]`, token ids and mask
 * `[1, tokens]`, state `[1, values]`, masks and strings `[1]`. Undefined for a constant number, which fits any
 * shape, and for sources outside the observation.
 */
export function sourceShape(source: Source, inputs: PolicyManifest['inputs']): OpenShape | undefined {
  if (typeof source !== 'string') {
    if ('const' in source) return Array.isArray(source.const) ? [source.const.length] : undefined;
    const parts = source.concat.map((part) => sourceShape(part, inputs));
    const known = parts.filter((part) => part !== undefined);
    return known.length === parts.length ? concatShape(known, source.axis, source.stack ?? false) : undefined;
  }
  if (source.startsWith('camera:')) {
    const camera = inputs.cameras.find(({ id }) => id === source.slice('camera:'.length));
    if (camera === undefined) return undefined;
    const { h, w } = camera.resize;
    return camera.layout === 'CHW' ? [1, 3, h, w] : [1, h, w, 3];
  }
  if (source.startsWith('camera_mask:') || source === 'text.string') return [1];
  if (source === 'text.ids' || source === 'text.mask')
    return inputs.text && [1, inputs.text.padTo === 'max' ? inputs.text.maxLength : 'tokens'];
  if (source === 'state') return inputs.state && [1, inputs.state.padTo ?? encodedWidth(inputs.state)];
  return undefined;
}

/** Joined along an existing axis, or stacked along a new one; undefined when the parts do not go together. */
export function concatShape(
  parts: readonly OpenShape[],
  axis: number,
  stack: boolean,
): OpenShape | undefined {
  const [first] = parts;
  if (first === undefined || axis > first.length || (!stack && axis === first.length)) return undefined;
  const together = parts.every(
    (part) =>
      part.length === first.length &&
      part.every((size, dim) => size === first[dim] || (!stack && dim === axis)),
  );
  if (!together) return undefined;
  if (stack) return first.toSpliced(axis, 0, parts.length);
  const sizes = parts.map((part) => part[axis]);
  const total = sizes.reduce<number | string>(
    (sum, size) => (typeof sum === 'number' && typeof size === 'number' ? sum + size : 'joined'),
    0,
  );
  return first.with(axis, total);
}

/**
 * Whether a tensor of the declared shape can hold what the source gives. A size that the source leaves open has to
 * be open in the declaration too; other open sizes take what comes.
 */
export function shapeFits(declared: OpenShape, given: OpenShape): boolean {
  if (declared.length === given.length)
    return declared.every((size, dim) => typeof size === 'string' || size === given[dim]);
  const open = declared.some((size) => typeof size === 'string');
  if (open || given.some((size) => typeof size === 'string')) return open;
  return count(declared) === count(given);
}

/**
 * The concrete shape of a declared one, from the shape that the source gives for one observation. Where the ranks
 * differ, an open first size is the batch, 1, and one other open size takes the rest. Undefined when that does not
 * come out even.
 */
export function resolveShape(declared: OpenShape, given: readonly number[]): readonly number[] | undefined {
  if (declared.length === given.length)
    return declared.every((size, dim) => typeof size === 'string' || size === given[dim]) ? given : undefined;
  const rest = count(given) / count(declared);
  const open = openSizes(declared);
  if (!Number.isInteger(rest) || open.length > 1 || (open.length === 0 && rest !== 1)) return undefined;
  return declared.map((size, dim) => (typeof size === 'number' ? size : dim === open[0] ? rest : 1));
}

export function sameShape(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((size, dim) => size === right[dim]);
}

/** Indices of the open sizes, without an open batch. */
export function openSizes(declared: OpenShape): number[] {
  return declared.flatMap((size, dim) => (typeof size === 'string' && dim > 0 ? [dim] : []));
}

function count(shape: OpenShape): number {
  return shape.reduce<number>((product, size) => (typeof size === 'number' ? product * size : product), 1);
}
