import { VLAError } from '../errors.js';
import type { PolicyManifest } from './manifest.js';
import { denormalise } from './normalise.js';
import { checkState } from './state-vector.js';
import { robotUnit, toRobotUnit } from './units.js';

/** What each column of the action is added to. */
interface Reference {
  readonly kind: 'chunk_start' | 'delta_prev';
  /** Index into the observation's state. */
  readonly state: number;
}

/**
 * Turns the rows of a model output into actions. Per value: activation of a gripper, then the inverse of the
 * normalisation, then rad, m, or 0 (open) … 1 (closed); then relative groups are added to the state as it was when
 * the observation was taken, because that is what the model saw.
 */
export class ActionDecoder {
  readonly #manifest: PolicyManifest;
  readonly #references: readonly (Reference | undefined)[];

  /** The action dims that leave the decoder. */
  readonly dims: readonly { name: string; kind: 'joint' | 'gripper'; unit: string }[];

  constructor(manifest: PolicyManifest) {
    const { dims, groups } = manifest.action;
    const states = manifest.inputs.state?.dims.map(({ name }) => name) ?? [];
    this.#manifest = manifest;
    this.dims = dims.map((dim) => ({
      name: dim.name,
      kind: dim.gripper === undefined ? 'joint' : 'gripper',
      unit: robotUnit(dim),
    }));
    this.#references = dims.map(({ name }, index) => {
      const group = groups.find(({ slice: [from, to] }) => from <= index && index < to);
      if (group === undefined || group.ref === 'absolute') return undefined;
      return { kind: group.ref, state: states.indexOf(group.refState?.[index - group.slice[0]] ?? name) };
    });
  }

  /** Whether an observation needs a state for its actions to be understood. */
  get needsState(): boolean {
    return this.#references.some((reference) => reference !== undefined);
  }

  /**
   * @param rows `horizon × modelDim` finite values
   * @param state of the observation; unused when {@link needsState} is false
   * @returns `(horizon − startIndex) × dims` values, row-major
   * @throws VLAError INVALID_STATE when a needed state is missing or wrong, INVALID_OUTPUT when a value overflows
   */
  decode(rows: ArrayLike<number>, state: readonly number[] | undefined): Float32Array {
    const { action, chunk, inputs } = this.#manifest;
    const start = this.needsState && inputs.state ? checkState(inputs.state, state) : [];
    const width = action.dims.length;
    const result = new Float32Array((chunk.horizon - chunk.startIndex) * width);
    const row = new Float64Array(width);
    const previous = this.#references.map((reference) => start[reference?.state ?? -1] ?? 0);

    for (let step = chunk.startIndex; step < chunk.horizon; step++) {
      for (let column = 0; column < width; column++) {
        const value = rows[step * action.modelDim + column] ?? Number.NaN;
        row[column] = action.dims[column]?.gripper?.activation === 'sigmoid' ? sigmoid(value) : value;
      }
      denormalise(row, action.norm, step);
      action.dims.forEach((dim, column) => {
        const reference = this.#references[column];
        let value = toRobotUnit(dim, row[column] ?? Number.NaN);
        if (dim.gripper !== undefined) value = settleGripper(value, dim.gripper.binarizeAt);
        if (reference !== undefined) value += previous[column] ?? Number.NaN;
        if (reference?.kind === 'delta_prev') previous[column] = value;
        const index = (step - chunk.startIndex) * width + column;
        result[index] = value;
        if (!Number.isFinite(result[index]))
          throw new VLAError(
            'INVALID_OUTPUT',
            `step ${step}, ${dim.name}: expected a finite action after denormalisation, got ${value}`,
            { hint: 'Compare the statistics in policy.json with those that the policy was trained with.' },
          );
      });
    }
    return result;
  }
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** The threshold is on the scale 0 (open) … 1 (closed), where it does not depend on the polarity. */
function settleGripper(value: number, binarizeAt: number | undefined): number {
  if (binarizeAt !== undefined) return value > binarizeAt ? 1 : 0;
  return Math.min(Math.max(value, 0), 1);
}
