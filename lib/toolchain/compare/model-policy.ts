import path from 'node:path';
import { bareManifest } from '../../engine/bare-model.js';
import { fileSha256 } from '../../engine/file-sha256.js';
import type { Observation } from '../../policy/observation.js';
import { Policy } from '../../policy/policy.js';
import { allocateTensor, type Tensor, type TensorInfo, type TensorMap } from '../../policy/tensor.js';
import { TextTokenizer } from '../../policy/tokenizer.js';
import type { ModelTarget } from './model-target.js';

/** Inputs and outputs as a session, or the file, tells them. */
export interface ModelInterface {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * What turns observations into the inputs of a model and its outputs into actions: its bundle, or for a bare file the
 * default contract and a tokenizer.json beside it.
 *
 * @throws VLAError MODEL_MISMATCH for a bare model that does not follow the contract, TOKENIZER_MISSING,
 *   TOKENIZER_INVALID, UNSUPPORTED_POLICY
 */
export async function policyOf(target: ModelTarget, model: ModelInterface): Promise<Policy> {
  const { bundle } = target;
  if (bundle) {
    const file = bundle.manifest.inputs.text?.tokenizer?.file;
    return makePolicy(bundle.manifest, file === undefined ? undefined : bundle.resolve(file));
  }
  const sha256 = target.sha256 ?? (await fileSha256(target.file));
  const manifest = bareManifest({
    ...model,
    name: path.basename(target.file),
    format: target.format,
    sha256,
  });
  const takesIds = manifest.inputs.text?.mode === 'runtime';
  return makePolicy(manifest, takesIds ? path.join(path.dirname(target.file), 'tokenizer.json') : undefined);
}

/** Every observation as the tensors that the policy makes of it; each has memory of its own. */
export function encodeObservations(policy: Policy, observations: readonly Observation[]): TensorMap[] {
  const dtypes = new Map(
    policy.manifest.stages.kind === 'single'
      ? policy.manifest.stages.models[0].inputs.map(({ name, dtype }) => [name, dtype])
      : [],
  );
  return observations.map((observation) => {
    const inputs: Record<string, Tensor> = {};
    for (const [name, shape] of Object.entries(policy.inputShapes(observation)))
      inputs[name] = allocateTensor(dtypes.get(name) ?? 'float32', shape);
    policy.encode(observation, inputs);
    return inputs;
  });
}

async function makePolicy(
  manifest: ConstructorParameters<typeof Policy>[0],
  tokenizer: string | undefined,
): Promise<Policy> {
  return new Policy(
    manifest,
    tokenizer === undefined ? {} : { tokenizer: await TextTokenizer.load(tokenizer) },
  );
}
