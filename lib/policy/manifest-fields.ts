import { z } from 'zod';
import type { Dtype } from './tensor.js';

/** Reports one cross-field problem. `path` starts at the object that the check sits on. */
export type Report = (path: readonly (string | number)[], expected: string, got: string) => void;

/** Runs `check` on a value whose own fields are all valid; what it reports becomes one readable line each. */
export function crossCheck<T>(
  check: (value: T, report: Report) => void,
): (context: z.core.ParsePayload<T>) => void {
  return ({ value, issues }) =>
    check(value, (path, expected, got) =>
      issues.push({
        code: 'custom',
        path: [...path],
        message: `expected ${expected}, got ${got}`,
        input: value,
        continue: true,
      }),
    );
}

/** A string that the schema constrains by a predicate; `expected` is what the error line says. */
function text(expected: string, accepts: (value: string) => boolean) {
  return z.string().refine(accepts, { error: expected });
}

export const nonEmpty = text('a non-empty string', (value) => value.trim() !== '');
export const sha256 = text('64 lower-case hex digits', (value) => /^[0-9a-f]{64}$/.test(value));

/** Model ids stand before a dot in `<model>.<output>`, and must not read like the other sources. */
export const modelId = text(
  'letters, digits, "_" or "-", and not "text" or "rtc"',
  (value) => /^[\w-]+$/.test(value) && value !== 'text' && value !== 'rtc',
);

/** Bundles are copied between systems and read as untrusted input, so a path may not leave the directory. */
export const bundlePath = text(
  'a relative path inside the bundle, with "/" and without ".."',
  (value) =>
    value !== '' &&
    !/[\\\0]|^\/|^[A-Za-z]:/.test(value) &&
    value.split('/').every((part) => part !== '' && part !== '.' && part !== '..'),
);

export const positiveInt = z.number().int().positive();
export const nonNegativeInt = z.number().int().nonnegative();
export const positive = z.number().positive();
export const fraction = z.number().min(0).max(1);

/** Half-open: [from, to). */
export const slice = z.tuple([nonNegativeInt, positiveInt]).check(
  crossCheck(([from, to], report) => {
    if (from >= to) report([], 'a half-open slice [from, to) with from < to', `[${from}, ${to}]`);
  }),
);

/** An ascending pair. */
export const interval = z.tuple([z.number(), z.number()]).check(
  crossCheck(([low, high], report) => {
    if (low >= high) report([], 'an ascending pair [low, high]', `[${low}, ${high}]`);
  }),
);

const MANIFEST_DTYPES = [
  'float32',
  'float16',
  'bfloat16',
  'uint8',
  'int32',
  'int64',
  'bool',
  'string',
] as const satisfies readonly Dtype[];

export const dtype = z.enum(MANIFEST_DTYPES);

/** Static sizes, and names for the sizes that the model leaves open. */
export const tensorShape = z.array(
  z.union([positiveInt, nonEmpty], { error: 'a positive integer or the name of an open dimension' }),
);

/** Reports slices that leave a vector of `width` dims or overlap each other. */
export function checkSlices(
  slices: readonly { readonly slice: readonly [number, number] }[],
  width: number,
  field: string,
  report: Report,
): void {
  const owner = new Map<number, number>();
  slices.forEach(({ slice: [from, to] }, index) => {
    if (to > width) report([field, index, 'slice'], `a slice inside the ${width} dims`, `[${from}, ${to}]`);
    for (let dim = from; dim < Math.min(to, width); dim++) {
      const other = owner.get(dim);
      if (other !== undefined) {
        report(
          [field, index, 'slice'],
          `a slice that does not overlap ${field}[${other}]`,
          `[${from}, ${to}]`,
        );
        break;
      }
    }
    for (let dim = from; dim < Math.min(to, width); dim++) if (!owner.has(dim)) owner.set(dim, index);
  });
}

/** Reports entries whose `key` was used before. */
export function checkUnique(
  names: readonly string[],
  path: (index: number) => readonly (string | number)[],
  report: Report,
): void {
  const seen = new Set<string>();
  names.forEach((name, index) => {
    if (seen.has(name)) report(path(index), 'a name that is used once', JSON.stringify(name));
    seen.add(name);
  });
}
