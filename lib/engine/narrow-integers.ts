import type { PolicyManifest } from '../policy/manifest-schema.js';
import type { Session } from './session.js';

/**
 * The manifest with 32-bit inputs where it says 64-bit and the engine takes 32-bit ones: TensorRT 8 has no others and
 * narrows them, and the ids of tokens fit into them.
 */
export function narrowIntegers(
  manifest: PolicyManifest,
  { backend, inputs }: Pick<Session, 'backend' | 'inputs'>,
): PolicyManifest {
  const { stages } = manifest;
  if (backend !== 'tensorrt' || stages.kind !== 'single') return manifest;
  const narrow = new Set(inputs.filter(({ dtype }) => dtype === 'int32').map(({ name }) => name));
  const [model] = stages.models;
  const narrowed = model.inputs.map((input) =>
    input.dtype === 'int64' && narrow.has(input.name) ? { ...input, dtype: 'int32' as const } : input,
  );
  return { ...manifest, stages: { ...stages, models: [{ ...model, inputs: narrowed }] } };
}
