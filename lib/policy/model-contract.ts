import { VLAError } from '../errors.js';
import type { ModelSpec } from './manifest-stages.js';
import type { TensorInfo } from './tensor.js';

/**
 * Compares what a loaded model says about itself with what the manifest says about it: names, types, ranks, and the
 * sizes that both fix. Outputs that the manifest does not name are left alone.
 *
 * @throws VLAError MODEL_MISMATCH with one line per difference
 */
export function checkModelContract(
  model: ModelSpec,
  inputs: readonly TensorInfo[],
  outputs: readonly TensorInfo[],
): void {
  const problems = [
    ...model.inputs.flatMap((wanted) => differences('input', wanted, inputs)),
    ...inputs
      .filter(({ name }) => !model.inputs.some((wanted) => wanted.name === name))
      .map(({ name }) => `input ${name}: the model takes it, the manifest gives nothing for it`),
    ...model.outputs.flatMap((wanted) => differences('output', wanted, outputs)),
  ];
  if (problems.length > 0)
    throw new VLAError('MODEL_MISMATCH', `the model is not the one in policy.json:\n${problems.join('\n')}`, {
      hint: 'Correct stages.models in policy.json, or put the model beside it that it was written for.',
    });
}

function differences(kind: string, wanted: TensorInfo, found: readonly TensorInfo[]): string[] {
  const { name, dtype, shape } = wanted;
  const got = found.find((info) => info.name === name);
  if (got === undefined) {
    const names = found.map((info) => info.name).join(', ');
    return [`${kind} ${name}: the manifest names it, the model has ${names || 'none'}`];
  }
  const problems: string[] = [];
  if (got.dtype !== dtype) problems.push(`${kind} ${name}: expected ${dtype}, the model has ${got.dtype}`);
  const fits =
    got.shape.length === shape.length && shape.every((size, dim) => sizeFits(size, got.shape[dim] ?? -1));
  if (!fits) problems.push(`${kind} ${name}: expected shape [${shape}], the model has [${got.shape}]`);
  return problems;
}

function sizeFits(wanted: number | string, got: number | string): boolean {
  return typeof wanted === 'string' || typeof got === 'string' || got < 0 || wanted === got;
}
