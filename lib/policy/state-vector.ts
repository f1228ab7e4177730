import { VLAError } from '../errors.js';
import type { Vector } from './manifest-vector.js';
import { normalise } from './normalise.js';
import { fromRobotUnit, robotUnit } from './units.js';

/**
 * The state of an observation, checked: one finite value per dim, in rad, m, and 0 (open) … 1 (closed).
 *
 * @throws VLAError INVALID_STATE when it is missing, has another length or holds NaN or infinite values
 */
export function checkState(vector: Vector, state: readonly number[] | undefined): readonly number[] {
  const names = vector.dims.map((dim) => `${dim.name} (${robotUnit(dim)})`).join(', ');
  const hint = `Give observation.state as [${names}].`;
  const wanted = vector.dims.length;
  if (state === undefined)
    throw new VLAError('INVALID_STATE', `observation.state: expected ${wanted} values, got nothing`, {
      hint,
    });
  if (state.length !== wanted)
    throw new VLAError('INVALID_STATE', `observation.state: expected ${wanted} values, got ${state.length}`, {
      hint,
    });
  vector.dims.forEach(({ name }, index) => {
    if (!Number.isFinite(state[index]))
      throw new VLAError(
        'INVALID_STATE',
        `observation.state[${index}], ${name}: expected a finite number, got ${state[index]}`,
        { hint },
      );
  });
  return state;
}

/**
 * The state as the model takes it: converted to the manifest's units, normalised, then padded with 0.
 *
 * @param state as {@link checkState} returns it
 */
export function encodeState(vector: Vector, state: readonly number[]): Float64Array {
  const row = new Float64Array(vector.padTo ?? vector.dims.length);
  vector.dims.forEach((dim, index) => {
    row[index] = fromRobotUnit(dim, state[index] ?? Number.NaN);
  });
  normalise(row, vector.norm);
  return row;
}
