import type { ActionChunk } from '../../action/action-chunk.js';
import type { Observation } from '../../policy/observation.js';
import { observationLine } from '../../policy/observation-file.js';
import type { Policy } from '../../policy/policy.js';
import type { TensorMap } from '../../policy/tensor.js';

/** A golden observation before it is written. */
export interface Golden {
  readonly observation: Observation;
  readonly chunk: ActionChunk;
  /** For policies that take ids. */
  readonly tokenIds: readonly number[] | undefined;
}

/** What a policy makes of one observation, its network having been run elsewhere. */
export function goldenOf(
  policy: Policy,
  observation: Observation,
  inputs: TensorMap,
  outputs: TensorMap,
): Golden {
  const { stages } = policy.manifest;
  const ids =
    stages.kind === 'single' ? stages.models[0].inputs.find(({ from }) => from === 'text.ids') : undefined;
  const tensor = ids && inputs[ids.name];
  return {
    observation,
    chunk: policy.decode(outputs, observation, { sequence: 0 }),
    tokenIds:
      tensor && tensor.dtype !== 'string'
        ? Array.from<number | bigint, number>(tensor.data, Number)
        : undefined,
  };
}

/** The contents of golden.json. */
export function goldenText({ observation, chunk, tokenIds }: Golden): string {
  const values = chunk.toFloat32Array();
  const rows = Array.from({ length: chunk.horizon }, (_, step) =>
    // Nine digits tell every float32 from its neighbours.
    Array.from(values.subarray(step * chunk.actionDim, (step + 1) * chunk.actionDim), (value) =>
      Number(value.toPrecision(9)),
    ),
  );
  const recorded: unknown = JSON.parse(observationLine(observation));
  return `${JSON.stringify({
    ...(typeof recorded === 'object' ? recorded : {}),
    ...(tokenIds && { tokenIds }),
    actionChunk: rows,
  })}\n`;
}

/** What `golden.contains` in policy.json says about it. */
export function goldenContents({ tokenIds }: Golden): readonly string[] {
  return ['raw_obs', ...(tokenIds ? ['token_ids'] : []), 'action_chunk'];
}
