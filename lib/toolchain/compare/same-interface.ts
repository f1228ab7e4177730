import { VLAError } from '../../errors.js';
import type { TensorInfo } from '../../policy/tensor.js';
import type { ModelInterface } from './model-policy.js';
import { isInterchangeable } from './tensor-values.js';

interface NamedModel extends ModelInterface {
  readonly target: { readonly name: string };
}

/**
 * Checks that models take and give the same tensors: names, shapes, and types up to precision (float32 or float16,
 * int32 or int64).
 *
 * @throws VLAError MODEL_MISMATCH with one line per difference
 */
export function checkSameInterface(first: NamedModel, others: readonly NamedModel[]): void {
  const lines = others.flatMap((other) =>
    (['inputs', 'outputs'] as const).flatMap((kind) =>
      differences(first[kind], other[kind]).map(
        (difference) => `${other.target.name}, ${kind}: ${difference} in ${first.target.name}`,
      ),
    ),
  );
  if (lines.length === 0) return;
  throw new VLAError('MODEL_MISMATCH', `these models cannot be compared:\n${lines.join('\n')}`, {
    hint: 'Compare models of one policy, or look at each with: jetson-vla inspect',
  });
}

/** What the first model takes, sizes that it leaves open as the first of the others fixes them. */
export function commonInterface(first: NamedModel, others: readonly NamedModel[]): ModelInterface {
  const inputs = first.inputs.map((info) => ({
    ...info,
    shape: info.shape.map((dim, axis) => {
      const dims = others.map((other) => other.inputs.find(({ name }) => name === info.name)?.shape[axis]);
      return [dim, ...dims].find(isFixed) ?? dim;
    }),
  }));
  return { inputs, outputs: first.outputs };
}

function differences(wanted: readonly TensorInfo[], got: readonly TensorInfo[]): string[] {
  const names = new Set([...wanted, ...got].map(({ name }) => name));
  return [...names].flatMap((name) => {
    const [w, g] = [wanted, got].map((list) => list.find((info) => info.name === name));
    if (w && g && isInterchangeable(w.dtype, g.dtype) && fit(w.shape, g.shape)) return [];
    return [`${g ? signature(g) : `no ${name}`}, but ${w ? signature(w) : `no ${name}`}`];
  });
}

function fit(one: TensorInfo['shape'], other: TensorInfo['shape']): boolean {
  return (
    one.length === other.length &&
    one.every((dim, axis) => !isFixed(dim) || !isFixed(other[axis]) || dim === other[axis])
  );
}

function isFixed(dim: number | string | undefined): dim is number {
  return typeof dim === 'number' && dim >= 0;
}

function signature({ name, dtype, shape }: TensorInfo): string {
  return `${name} ${dtype} (${shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ')})`;
}
