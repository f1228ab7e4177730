import { policyProfile } from '../../engine/model-profiles.js';
import { openSession } from '../../engine/open-session.js';
import type { Observation } from '../../policy/observation.js';
import { readObservations } from '../../policy/observation-file.js';
import type { Policy } from '../../policy/policy.js';
import type { TensorInfo, TensorMap } from '../../policy/tensor.js';
import { seededRandom } from '../seeded-random.js';
import { encodeObservations, type ModelInterface, policyOf } from './model-policy.js';
import type { ModelTarget } from './model-target.js';
import { randomInputs } from './random-inputs.js';

/** Inputs that models are judged, timed or calibrated with. Nobody writes into them. */
export interface ModelSamples {
  /** `recorded`: of a robot or simulation; `golden`: of the bundle; `random`: says little about real images. */
  readonly source: 'recorded' | 'golden' | 'random';
  readonly samples: readonly TensorMap[];
  /** What the samples were made from, in the same order; empty for random ones. */
  readonly observations: readonly Observation[];
  /** What made them and turns outputs into actions; absent for random samples. */
  readonly policy?: Policy;
}

export interface SampleOptions {
  /** File or directory for {@link readObservations}. */
  readonly observations?: string;
  /** Most samples; at least 1. */
  readonly count: number;
  /** Of random samples. */
  readonly seed: number;
}

/**
 * Samples for a model: the recorded observations if there are any, else the golden ones of its bundle, else random
 * tensors. Never a mixture: noise among real observations would blur what they say.
 *
 * @param model its inputs and outputs; a bare model is opened for a moment where it is absent
 * @throws VLAError what {@link readObservations}, {@link policyOf} and `Policy.encode` throw, and the session for a
 *   bare model
 */
export async function modelSamples(
  target: ModelTarget,
  { observations: file, count, seed }: SampleOptions,
  model?: ModelInterface,
): Promise<ModelSamples> {
  const golden = target.bundle?.golden.map(({ observation }) => observation.observation) ?? [];
  if (file === undefined && golden.length === 0) {
    const random = seededRandom(seed);
    const inputs = sizedInputs(target, model ?? (await interfaceOf(target)));
    const samples = Array.from({ length: count }, () => randomInputs(inputs, random));
    return { source: 'random', samples, observations: [] };
  }
  const observations = file === undefined ? golden.slice(0, count) : await readObservations(file, count);
  const policy = await policyOf(target, model ?? (await interfaceForPolicy(target)));
  return {
    source: file === undefined ? 'golden' : 'recorded',
    samples: encodeObservations(policy, observations),
    observations,
    policy,
  };
}

/** With the open sizes that the bundle tells, which an engine of it was built for; a bare model tells none. */
function sizedInputs({ bundle }: ModelTarget, { inputs }: ModelInterface): readonly TensorInfo[] {
  const told = bundle ? policyProfile(bundle.manifest, inputs) : {};
  return inputs.map((info) => ({ ...info, shape: told[info.name]?.opt ?? info.shape }));
}

/** A bundle says it all itself. */
async function interfaceForPolicy(target: ModelTarget): Promise<ModelInterface> {
  return target.bundle ? { inputs: [], outputs: [] } : interfaceOf(target);
}

async function interfaceOf({ format, file }: ModelTarget): Promise<ModelInterface> {
  await using session = await openSession({ format, file }, {});
  return { inputs: session.inputs, outputs: session.outputs };
}
