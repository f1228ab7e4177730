import type { PartialDim, PartialManifest } from './partial-manifest.js';

/** What a manifest does not say although a robot moves by it: one line each, with the option that says it. */
export function missingParts({ inputs, action, chunk, stages }: PartialManifest): string[] {
  const { text, state } = inputs;
  const takesIds = text?.mode === 'runtime' && stages.models[0].inputs === undefined;
  return [
    ...(action.dims === undefined || action.dims.length === 0
      ? ['what the values of an action are, in their order: --joints NAME,NAME,… --gripper NAME=OPEN:CLOSED']
      : dimsMissing(action.dims, 'of')),
    ...(state?.dims === undefined ? [] : dimsMissing(newIn(state.dims, action.dims), 'of the state')),
    ...(chunk.dt === undefined
      ? ['how long a waypoint takes: --fps N (of the data set), or --dt SECONDS']
      : []),
    ...(text?.mode === 'runtime' && text.tokenizer === undefined
      ? ['the tokenizer that it was trained with: --tokenizer FILE']
      : []),
    ...(takesIds && text.maxLength === undefined ? ['how many token ids it takes: --max-tokens N'] : []),
  ];
}

function dimsMissing(dims: readonly PartialDim[], of: string): string[] {
  const unitless = dims.filter(({ unit }) => unit === undefined).map(({ name }) => name);
  const grippers = dims.filter(({ name, gripper }) => /grip/i.test(name) && gripper === undefined);
  return [
    ...(unitless.length === 0
      ? []
      : [`the unit ${of} ${unitless.join(', ')}: --unit rad|deg|…, or NAME:UNIT in --joints`]),
    ...grippers.map(
      ({ name }) =>
        `what is open and closed ${of} ${name}: --gripper ${name}=OPEN:CLOSED, such as ${name}=0:100`,
    ),
  ];
}

/** Those that the action does not have: one thing is asked for once. */
function newIn(dims: readonly PartialDim[], others: readonly PartialDim[] = []): readonly PartialDim[] {
  return dims.filter(({ name }) => !others.some((other) => other.name === name));
}
