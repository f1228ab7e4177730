import { z } from 'zod';
import {
  checkSlices,
  checkUnique,
  crossCheck,
  fraction,
  interval,
  nonEmpty,
  positiveInt,
  type Report,
  slice,
} from './manifest-fields.js';

/** `[D]`, or `[H][D]` where the statistics differ per step of the horizon. */
const stat = z.union([z.array(z.number()).min(1), z.array(z.array(z.number()).min(1)).min(1)], {
  error: 'a list of numbers, or one list of numbers per step',
});

export type Stat = z.infer<typeof stat>;

const eps = z
  .object({
    value: z.number().nonnegative(),
    on: z.enum(['forward', 'both', 'zero_range']).default('forward'),
  })
  .default({ value: 1e-8, on: 'forward' });

const range = { slice, clip: interval.exactOptional() };

const norm = z.discriminatedUnion('mode', [
  z.object({ ...range, mode: z.literal('identity') }),
  z.object({ ...range, mode: z.literal('sin_cos') }),
  z.object({ ...range, mode: z.literal('mean_std'), mean: stat, std: stat, eps }),
  z.object({ ...range, mode: z.literal('min_max'), min: stat, max: stat, eps }),
  z.object({ ...range, mode: z.literal('quantile'), q: interval, lo: stat, hi: stat, eps }),
]);

const gripper = z
  .object({
    open: z.number(),
    closed: z.number(),
    activation: z.enum(['sigmoid']).exactOptional(),
    binarizeAt: fraction.exactOptional(),
  })
  .check(
    crossCheck((value, report) => {
      if (value.open === value.closed)
        report(['closed'], 'a value other than that of open', String(value.closed));
    }),
  );

const dim = z.object({
  name: nonEmpty,
  unit: z.enum(['rad', 'deg', 'm', 'percent', 'pm100', 'unit', 'raw']),
  limits: interval.exactOptional(),
  gripper: gripper.exactOptional(),
});

/** The fields of a state or action vector. Dims that no norm covers are taken as they are. */
export const vectorFields = {
  dims: z.array(dim).min(1),
  padTo: positiveInt.exactOptional(),
  norm: z.array(norm).default([]),
};

const vector = z.object(vectorFields);

/** One column of a state or an action, in the units that the model was trained with. */
export type Dim = z.infer<typeof dim>;
/** How one slice of a vector is normalised; {@link normalise} has the formulas. */
export type Norm = z.infer<typeof norm>;
export type Vector = z.infer<typeof vector>;

/** Values that the model takes for the vector before padding: sin_cos turns each angle into two. */
export function encodedWidth(vec: Vector): number {
  return vec.norm.reduce(
    (width, { mode, slice: [from, to] }) => (mode === 'sin_cos' ? width + to - from : width),
    vec.dims.length,
  );
}

/** The lower and upper statistic of a norm with the names of its fields, for checks on both. */
function statistics(value: Norm): readonly (readonly [name: string, stat: Stat])[] {
  switch (value.mode) {
    case 'mean_std':
      return [
        ['mean', value.mean],
        ['std', value.std],
      ];
    case 'min_max':
      return [
        ['min', value.min],
        ['max', value.max],
      ];
    case 'quantile':
      return [
        ['lo', value.lo],
        ['hi', value.hi],
      ];
    default:
      return [];
  }
}

/** The rows of a statistic: one for `[D]`, one per step for `[H][D]`. */
export function statRows(value: Stat): readonly (readonly number[])[] {
  return value.every((entry) => typeof entry === 'number') ? [value] : value;
}

/** A statistic whose spread (std, or upper − lower) is negative, or zero where nothing is added to it. */
function checkSpread(value: Norm, index: number, report: Report): void {
  if (value.mode === 'identity' || value.mode === 'sin_cos') return;
  const [first, second] = statistics(value);
  if (first === undefined || second === undefined) return;
  const lower = statRows(first[1]);
  statRows(second[1]).forEach((row, step) => {
    row.forEach((upper, column) => {
      const base = value.mode === 'mean_std' ? 0 : (lower[step]?.[column] ?? upper);
      const perStep = typeof second[1][0] !== 'number';
      const path = ['norm', index, second[0], ...(perStep ? [step, column] : [column])];
      if (upper < base) report(path, `at least ${base}`, String(upper));
      else if (upper === base && value.eps.value === 0)
        report(path, `more than ${base}, because eps is 0`, String(upper));
    });
  });
}

/** Checks between the fields of a vector. `horizon` rows are allowed in statistics; none when absent. */
export function checkVector(vec: Vector, report: Report): void {
  checkUnique(
    vec.dims.map(({ name }) => name),
    (index) => ['dims', index, 'name'],
    report,
  );
  checkSlices(vec.norm, vec.dims.length, 'norm', report);
  const width = encodedWidth(vec);
  if (vec.padTo !== undefined && vec.padTo < width)
    report(['padTo'], `at least the ${width} values of the vector`, String(vec.padTo));
  vec.norm.forEach((value, index) => {
    const wanted = value.slice[1] - value.slice[0];
    const counts = statistics(value).map(([name, stat]) => {
      const rows = statRows(stat);
      const wrong = rows.find((row) => row.length !== wanted);
      if (wrong !== undefined)
        report(['norm', index, name], `${wanted} values for the slice`, `${wrong.length}`);
      return rows.length;
    });
    if (counts[0] !== counts[1])
      report(['norm', index], 'both statistics for the same number of steps', counts.join(' and '));
    else checkSpread(value, index, report);
  });
}

/** Checks of a state: it has one time step, so its statistics have one row. */
export const state = vector.check(
  crossCheck((value, report) => {
    checkVector(value, report);
    value.norm.forEach((entry, index) => {
      for (const [name, stat] of statistics(entry))
        if (typeof stat[0] !== 'number')
          report(['norm', index, name], 'one value per dim of the slice', 'one list per step');
    });
  }),
);

/** Reports statistics per step that have fewer or more rows than the horizon. */
export function checkStatSteps(vec: Vector, horizon: number, path: readonly string[], report: Report): void {
  vec.norm.forEach((entry, index) => {
    for (const [name, stat] of statistics(entry))
      if (typeof stat[0] !== 'number' && stat.length !== horizon)
        report(
          [...path, 'norm', index, name],
          `one row, or one per step of the horizon of ${horizon}`,
          `${stat.length} rows`,
        );
  });
}
