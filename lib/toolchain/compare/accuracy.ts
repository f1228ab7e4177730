import { VLAError } from '../../errors.js';
import type { Observation } from '../../policy/observation.js';
import type { Policy } from '../../policy/policy.js';
import type { TensorMap } from '../../policy/tensor.js';
import { type Deviation, DeviationTally } from '../deviation.js';
import { encodeObservations, policyOf } from './model-policy.js';
import type { ModelSamples } from './model-samples.js';
import type { ModelRunner } from './run-model.js';
import { isFloat, numbersOf } from './tensor-values.js';

export interface Accuracy {
  readonly outputs: Deviation;
  readonly actions?: Deviation;
}

export interface AccuracyOptions {
  readonly signal?: AbortSignal;
  /** Called between runs with what is done, 0 … 1. */
  readonly onFraction?: (fraction: number) => void;
}

interface Candidate {
  readonly runner: ModelRunner;
  readonly samples: readonly TensorMap[];
  readonly policy: Policy | undefined;
  readonly outputs: DeviationTally;
  readonly actions: DeviationTally;
}

/**
 * How far the outputs of models are from those of the first, over all samples. A model of another bundle gets the same
 * observations as its own bundle encodes them.
 *
 * @returns nothing for the first
 */
export async function measureAccuracy(
  [reference, ...others]: readonly ModelRunner[],
  samples: ModelSamples,
  { signal, onFraction }: AccuracyOptions = {},
): Promise<ReadonlyMap<ModelRunner, Accuracy>> {
  if (!reference) return new Map();
  const candidates = await Promise.all(others.map((runner) => candidateOf(runner, reference, samples)));
  const runs = samples.samples.length * (candidates.length + 1);
  let done = 0;
  const run = async (runner: ModelRunner, sample: TensorMap) => {
    onFraction?.(done++ / runs);
    return (await runner.run(sample, signal)).outputs;
  };
  for (const [index, sample] of samples.samples.entries()) {
    const wanted = await run(reference, sample);
    const observation = samples.observations[index];
    const wantedActions = observation && samples.policy && actionsOf(samples.policy, wanted, observation);
    for (const { runner, outputs, actions, ...candidate } of candidates) {
      const got = await run(runner, candidate.samples[index] ?? sample);
      addOutputs(outputs, runner, wanted, got);
      if (!wantedActions || !candidate.policy) continue;
      addActions(actions, runner, wantedActions, () => actionsOf(candidate.policy, got, observation));
    }
  }
  return new Map(
    candidates.map(({ runner, outputs, actions }) => {
      const decoded = actions.summary();
      return [runner, { outputs: outputs.summary(), ...(decoded.count > 0 && { actions: decoded }) }];
    }),
  );
}

async function candidateOf(
  runner: ModelRunner,
  reference: ModelRunner,
  { samples, observations, policy }: ModelSamples,
): Promise<Candidate> {
  const tallies = { outputs: new DeviationTally(), actions: new DeviationTally() };
  const { bundle } = runner.target;
  if (
    bundle === undefined ||
    observations.length === 0 ||
    bundle.directory === reference.target.bundle?.directory
  )
    return { runner, samples, policy, ...tallies };
  const own = await policyOf(runner.target, runner);
  return { runner, samples: encodeObservations(own, observations), policy: own, ...tallies };
}

function actionsOf(policy: Policy | undefined, outputs: TensorMap, observation: Observation): Float32Array {
  return policy?.decode(outputs, observation, { sequence: 0 }).toFloat32Array() ?? new Float32Array();
}

function addOutputs(tally: DeviationTally, { target }: ModelRunner, wanted: TensorMap, got: TensorMap): void {
  for (const [name, tensor] of Object.entries(wanted)) {
    const other = got[name];
    if (isFloat(tensor.dtype) && other)
      add(tally, numbersOf(tensor), numbersOf(other), `${target.name}, output ${name}`);
  }
}

/** A model whose outputs are no actions, because they overflowed, is infinitely far off. */
function addActions(
  tally: DeviationTally,
  { target }: ModelRunner,
  wanted: Float32Array,
  decode: () => Float32Array,
): void {
  try {
    add(tally, wanted, decode(), `${target.name}, actions`);
  } catch (error) {
    if (!(error instanceof VLAError) || error.code !== 'INVALID_OUTPUT') throw error;
    tally.add(wanted, new Float32Array(wanted.length).fill(Number.NaN));
  }
}

function add(tally: DeviationTally, wanted: ArrayLike<number>, got: ArrayLike<number>, what: string): void {
  if (wanted.length !== got.length)
    throw new VLAError('MODEL_MISMATCH', `${what}: expected ${wanted.length} values, got ${got.length}`, {
      hint: 'Compare models of one policy.',
    });
  tally.add(wanted, got);
}
