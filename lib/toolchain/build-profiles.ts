import { VLAError } from '../errors.js';
import type { NativeProfileInput } from '../native/addon-types.js';
import type { OnnxInput } from './onnx-inputs.js';

/** Which shapes an engine takes for one input: at least `min`, at most `max`, and fastest at `opt`. */
export interface ShapeRange {
  readonly min: readonly number[];
  readonly opt: readonly number[];
  readonly max: readonly number[];
}

/** Ranges by input name; a bare shape stands for the three of them. */
export type OptimisationProfile = Readonly<Record<string, ShapeRange | readonly number[]>>;

const LARGEST = 2 ** 31 - 1;
const MOST_DIMENSIONS = 8;

/**
 * The optimisation profiles that TensorRT is given: one at least as soon as an input has a dynamic dimension. Inputs
 * that a profile leaves out have to be static, or dynamic in the batch alone, which then is 1.
 *
 * @throws VLAError INVALID_ARGUMENT naming every input that needs shapes and has none, with an example; or the shape
 *   that does not fit the ONNX file
 */
export function resolveProfiles(
  inputs: readonly OnnxInput[],
  profiles: OptimisationProfile | readonly OptimisationProfile[] = [],
): readonly (readonly NativeProfileInput[])[] {
  const given = isList(profiles) ? profiles : [profiles];
  if (given.length === 0 && !inputs.some(isDynamic)) return [];
  return (given.length === 0 ? [{}] : given).map((profile, index) =>
    resolveProfile(inputs, profile, given.length > 1 ? `profiles[${index}]` : 'profiles'),
  );
}

function isList(
  profiles: OptimisationProfile | readonly OptimisationProfile[],
): profiles is readonly OptimisationProfile[] {
  return Array.isArray(profiles);
}

function resolveProfile(
  inputs: readonly OnnxInput[],
  profile: OptimisationProfile,
  where: string,
): readonly NativeProfileInput[] {
  if (typeof profile !== 'object' || profile === null)
    throw invalid(`${where} must be shapes by input name, got ${JSON.stringify(profile) ?? typeof profile}`);
  for (const name of Object.keys(profile))
    if (!inputs.some((input) => input.name === name))
      throw invalid(`${where}: the model has no input "${name}", but ${inputs.map(signature).join(', ')}`);
  const missing: OnnxInput[] = [];
  const resolved = inputs.flatMap((input) => {
    const range = profile[input.name];
    if (range !== undefined)
      return [{ name: input.name, ...checkRange(input, range, `${where}.${input.name}`) }];
    if (!isDynamic(input)) return [];
    if (input.shape !== undefined && isOnlyBatchDynamic(input.shape)) {
      const shape = input.shape.map(sizeOrOne);
      return [{ name: input.name, min: shape, opt: shape, max: shape }];
    }
    missing.push(input);
    return [];
  });
  if (missing.length === 0) return resolved;
  throw invalid(
    `${where}: TensorRT has to know which sizes the dynamic dimensions of these inputs take: ` +
      missing.map(signature).join(', '),
    `For example --profile ${missing.map(example).join(',')} on the command line, as min:opt:max; in code, ` +
      'profiles: { name: { min, opt, max } }.',
  );
}

function checkRange(input: OnnxInput, range: ShapeRange | readonly number[], where: string): ShapeRange {
  const { min, opt, max } = 'min' in range ? range : { min: range, opt: range, max: range };
  for (const [bound, shape] of Object.entries({ min, opt, max }))
    checkShape(input, shape, `${where}.${bound}`);
  min.forEach((size, axis) => {
    const [best, most] = [opt[axis] ?? 0, max[axis] ?? 0];
    if (size > best || best > most)
      throw invalid(`${where}: expected min ≤ opt ≤ max in dimension ${axis}, got ${size}, ${best}, ${most}`);
  });
  return { min, opt, max };
}

function checkShape({ name, shape: declared }: OnnxInput, shape: readonly number[], where: string): void {
  const fits =
    Array.isArray(shape) &&
    shape.length <= MOST_DIMENSIONS &&
    shape.every((size) => Number.isInteger(size) && size >= 0 && size <= LARGEST);
  if (!fits)
    throw invalid(`${where} must be whole numbers from 0, got ${JSON.stringify(shape) ?? typeof shape}`);
  if (declared === undefined) return;
  const agrees =
    declared.length === shape.length && declared.every((size, axis) => isOpen(size) || size === shape[axis]);
  if (!agrees)
    throw invalid(
      `${where}: expected a shape that fits ${signature({ name, shape: declared })}, got [${shape}]`,
    );
}

function isDynamic({ shape }: OnnxInput): boolean {
  return shape === undefined || shape.some(isOpen);
}

function isOpen(size: number | string): boolean {
  return typeof size === 'string' || size < 0;
}

/** The first dimension of a vector may just as well be its length: there only the name tells. */
function isOnlyBatchDynamic([first, ...others]: readonly (number | string)[]): boolean {
  if (others.some(isOpen)) return false;
  return others.length > 0 || (typeof first === 'string' && /^(n|b|bs|batch.*)$/i.test(first));
}

function sizeOrOne(size: number | string): number {
  return typeof size === 'number' && size >= 0 ? size : 1;
}

function signature({ name, shape }: OnnxInput): string {
  return `${name} [${shape?.map((size) => (size === -1 ? '?' : size)).join(', ') ?? '…'}]`;
}

function example({ name, shape = [-1, -1] }: OnnxInput): string {
  const at = (size: number) =>
    shape.map((dim, axis) => (isOpen(dim) ? (axis === 0 ? 1 : size) : dim)).join('x');
  return `${name}=${at(1)}:${at(16)}:${at(64)}`;
}

function invalid(message: string, hint?: string): VLAError {
  return new VLAError('INVALID_ARGUMENT', message, { ...(hint !== undefined && { hint }) });
}
