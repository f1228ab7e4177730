import { VLAError } from '../errors.js';
import { type Norm, statRows } from './manifest-vector.js';

/** `y = (x − base) / divisor`, and back `x = y × factor + base`; a range maps to −1 … 1 rather than 0 … 1. */
interface Affine {
  readonly base: number;
  readonly divisor: number;
  readonly factor: number;
  readonly toUnitRange: boolean;
}

/**
 * Normalises one row in place, as the model was trained on it:
 * - `identity`: as it is
 * - `mean_std`: `(x − mean) / std`
 * - `min_max` and `quantile`: `2 (x − low) / (high − low) − 1`
 *
 * The divisor gets `eps.value` added with `eps.on` `forward` (LeRobot) and `both` (openpi); with `zero_range` it is
 * `eps.value` where the spread is 0 and untouched elsewhere. `clip` bounds the normalised values.
 *
 * @param step row of statistics that differ per step of the horizon, 0 ≤ step < horizon
 * @throws VLAError UNSUPPORTED_POLICY for `sin_cos`, which changes the number of values
 */
export function normalise(row: Float64Array, norms: readonly Norm[], step = 0): void {
  for (const norm of norms)
    eachColumn(norm, step, (column, { base, divisor, toUnitRange }) => {
      const unit = ((row[column] ?? 0) - base) / divisor;
      row[column] = clipped(toUnitRange ? 2 * unit - 1 : unit, norm);
    });
}

/**
 * The inverse of {@link normalise}: `x = y × std + mean`, or `(y + 1) / 2 × (high − low) + low`. `clip` bounds the
 * normalised values before that. With `eps.on` `forward`, as in LeRobot, the eps of the way in is left out of the
 * way back; with `both` and `zero_range` the two are exact inverses.
 */
export function denormalise(row: Float64Array, norms: readonly Norm[], step = 0): void {
  for (const norm of norms)
    eachColumn(norm, step, (column, { base, factor, toUnitRange }) => {
      const value = clipped(row[column] ?? 0, norm);
      row[column] = (toUnitRange ? (value + 1) / 2 : value) * factor + base;
    });
}

function eachColumn(norm: Norm, step: number, apply: (column: number, affine: Affine) => void): void {
  const [from, to] = norm.slice;
  for (let column = from; column < to; column++) apply(column, affine(norm, step, column - from));
}

function clipped(value: number, { clip }: Norm): number {
  return clip === undefined ? value : Math.min(Math.max(value, clip[0]), clip[1]);
}

function affine(norm: Norm, step: number, index: number): Affine {
  const at = (stat: Parameters<typeof statRows>[0]) => {
    const rows = statRows(stat);
    return (rows.length === 1 ? rows[0] : rows[step])?.[index] ?? Number.NaN;
  };
  switch (norm.mode) {
    case 'identity':
      return { base: 0, divisor: 1, factor: 1, toUnitRange: false };
    case 'mean_std':
      return spread(at(norm.mean), at(norm.std), norm.eps, false);
    case 'min_max':
      return spread(at(norm.min), at(norm.max) - at(norm.min), norm.eps, true);
    case 'quantile':
      return spread(at(norm.lo), at(norm.hi) - at(norm.lo), norm.eps, true);
    case 'sin_cos':
      throw new VLAError('UNSUPPORTED_POLICY', 'norm mode "sin_cos" is not run by this version');
  }
}

function spread(
  base: number,
  range: number,
  eps: Extract<Norm, { mode: 'mean_std' }>['eps'],
  toUnitRange: boolean,
): Affine {
  if (eps.on === 'zero_range') {
    const divisor = range === 0 ? eps.value : range;
    return { base, divisor, factor: divisor, toUnitRange };
  }
  const divisor = range + eps.value;
  return { base, divisor, factor: eps.on === 'both' ? divisor : range, toUnitRange };
}
