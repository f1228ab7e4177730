import { VLAError } from '../errors.js';
import type { PolicyManifest } from './manifest.js';
import { formatPath } from './manifest-issues.js';
import { type ModelInput, modelsOf } from './manifest-stages.js';
import { openSizes, sourceShape } from './source-shape.js';
import type { Dtype } from './tensor.js';
import { NUMERIC_DTYPES } from './tensor-write.js';

type Refuse = (path: readonly (string | number)[], feature: string) => void;

/**
 * Refuses a valid manifest that this version would not run as it was meant.
 *
 * @throws VLAError UNSUPPORTED_POLICY with one line per feature
 */
export function refuseUnsupported(manifest: PolicyManifest): void {
  const lines: string[] = [];
  const refuse: Refuse = (path, feature) => lines.push(`${formatPath(path)}: ${feature} not supported`);
  refuseInputs(manifest, refuse);
  refuseActions(manifest, refuse);
  refuseModels(manifest, refuse);
  if (lines.length > 0)
    throw new VLAError('UNSUPPORTED_POLICY', lines.join('\n'), {
      hint: 'Export the policy without these features, or update jetson-vla.',
    });
}

function refuseInputs({ inputs }: PolicyManifest, refuse: Refuse): void {
  const { observationOffsets: offsets, state, text } = inputs;
  if (offsets.length !== 1 || offsets[0] !== 0)
    refuse(
      ['inputs', 'observationOffsets'],
      `observations at ${JSON.stringify(offsets)}, other than [0], are`,
    );
  if (text?.stateInPrompt) refuse(['inputs', 'text', 'stateInPrompt'], 'a state in the prompt is');
  state?.norm.forEach(({ mode }, index) => {
    if (mode === 'sin_cos') refuse(['inputs', 'state', 'norm', index, 'mode'], 'norm mode "sin_cos" is');
  });
}

function refuseActions({ action }: PolicyManifest, refuse: Refuse): void {
  action.norm.forEach(({ mode }, index) => {
    if (mode === 'sin_cos') refuse(['action', 'norm', index, 'mode'], 'norm mode "sin_cos" is');
  });
  if (action.dims.filter(({ gripper }) => gripper !== undefined).length > 1)
    refuse(['action', 'dims'], 'more than one gripper is');
  if (action.postTransform !== undefined)
    refuse(['action', 'postTransform'], `transform ${JSON.stringify(action.postTransform)} is`);
  action.groups.forEach(({ space, quantity, ref, compose = 'add' }, index) => {
    const at = ['action', 'groups', index];
    if (space !== 'joint' && space !== 'gripper')
      refuse([...at, 'space'], `space ${JSON.stringify(space)} is`);
    if (quantity !== 'position') refuse([...at, 'quantity'], `quantity ${JSON.stringify(quantity)} is`);
    if (space === 'gripper' && ref !== 'absolute') refuse([...at, 'ref'], 'a relative gripper is');
    if (compose !== 'add') refuse([...at, 'compose'], `compose ${JSON.stringify(compose)} is`);
  });
}

function refuseModels({ stages, inputs }: PolicyManifest, refuse: Refuse): void {
  if (stages.kind === 'flow') {
    refuse(['stages', 'kind'], 'stages of kind "flow" are');
    return;
  }
  for (const { model, path } of modelsOf(stages)) {
    model.inputs.forEach((input, index) => {
      const at = [...path, 'inputs', index];
      for (const source of sourcesOf(input)) {
        if (source === 'text.string' && input.from !== source) refuse([...at, 'from'], 'joining strings is');
        if (source === 'noise') refuse([...at, 'from'], 'source "noise" is');
        const dtypes = dtypesOf(source);
        if (dtypes !== undefined && !dtypes.includes(input.dtype))
          refuse([...at, 'dtype'], `${input.dtype} from ${source} is`);
      }
      const given = sourceShape(input.from, inputs);
      const open = openSizes(input.shape).length;
      if (given?.length !== input.shape.length && open > (given === undefined ? 0 : 1))
        refuse([...at, 'shape'], `${JSON.stringify(input.shape)}, whose open sizes no source tells, is`);
    });
    model.outputs.forEach(({ name, dtype }, index) => {
      if (`${model.id}.${name}` === stages.output && dtype !== 'float32' && dtype !== 'float16')
        refuse([...path, 'outputs', index, 'dtype'], `actions of type ${dtype} are`);
    });
  }
}

function sourcesOf({ from }: ModelInput): readonly string[] {
  if (typeof from === 'string') return [from];
  return 'concat' in from ? from.concat : ['const'];
}

/** The element types in which a source can be given. */
function dtypesOf(source: string): readonly Dtype[] | undefined {
  if (source.startsWith('camera:')) return ['float32', 'float16', 'uint8'];
  if (source === 'text.ids') return ['int32', 'int64'];
  if (source === 'text.string') return ['string'];
  if (source === 'state') return ['float32', 'float16'];
  if (source === 'text.mask' || source === 'const' || source.startsWith('camera_mask:'))
    return NUMERIC_DTYPES;
  return undefined;
}
