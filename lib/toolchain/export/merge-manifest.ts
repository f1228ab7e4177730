import { VLAError } from '../../errors.js';
import type { ManifestFlags } from './export-options.js';
import { isJsonObject, type JsonObject, mergeManifests } from './merge-json.js';
import { missingParts } from './missing-parts.js';
import { modelInputs } from './model-inputs.js';
import { type PartialDim, type PartialManifest, parsePartialManifest } from './partial-manifest.js';

/** A manifest to which only the model, the golden observation and the output's shape are missing. */
export interface ManifestDraft {
  readonly manifest: PartialManifest;
  /** What somebody should look at, one line each. */
  readonly assumptions: readonly string[];
}

export interface ManifestParts {
  /** What the source itself knows: {} for a factory. */
  readonly known: unknown;
  /** What the user's partial policy.json says. */
  readonly file?: PartialManifest;
  readonly flags?: ManifestFlags;
  /** Of a policy that nothing else names. */
  readonly id: string;
}

/**
 * What the source knows, the manifest over it, and the flags over both. Cameras without a layout get `CHW`, as PyTorch
 * has it; a state without dims has those of the action; a model without inputs takes the cameras, the token ids and the
 * state, in this order.
 *
 * @throws VLAError INVALID_ARGUMENT with one line for each thing that nothing says and nobody may guess;
 *   MANIFEST_INVALID
 */
export function draftManifest({ known, file, flags = {}, id }: ManifestParts): ManifestDraft {
  const below = mergeManifests(isJsonObject(known) ? known : {}, file ?? {});
  const merged = withFlags(parsePartialManifest(below, 'manifest'), flags, id);
  const missing = missingParts(merged);
  if (missing.length > 0)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `A robot moves by these things, and neither the policy nor an option says them:\n${missing.map((line) => `  ${line}`).join('\n')}`,
      { hint: 'Give them as options, or in a file with --manifest; jetson-vla export --help explains each.' },
    );
  const [model] = merged.stages.models;
  const manifest: PartialManifest = {
    ...merged,
    stages: { ...merged.stages, models: [{ ...model, inputs: model.inputs ?? modelInputs(merged) }] },
  };
  return { manifest, assumptions: assumptions(below, merged) };
}

function withFlags(base: PartialManifest, flags: ManifestFlags, id: string): PartialManifest {
  const { inputs, action, chunk } = base;
  const dims = actionDims(action.dims, flags);
  const text = textWith(inputs.text, flags);
  const state = inputs.state ?? (flags.state ? {} : undefined);
  return {
    ...base,
    id: flags.id ?? base.id ?? id,
    ...(flags.name !== undefined && { name: flags.name }),
    inputs: {
      ...inputs,
      cameras: camerasWith(inputs.cameras, flags),
      ...(state && { state: { ...state, dims: stateDims(state.dims, dims, flags.unit) } }),
      ...(text && { text }),
    },
    action: { ...action, ...(dims && { dims }) },
    chunk: { ...chunk, ...(flags.dt !== undefined && { dt: flags.dt }) },
  };
}

type Camera = NonNullable<PartialManifest['inputs']['cameras']>[number];

function camerasWith(
  known: readonly Camera[] | undefined,
  { cameras: ids, imageSize, layout }: ManifestFlags,
): Camera[] {
  const named = (ids ?? (known === undefined ? ['image'] : [])).filter(
    (id) => !known?.some((camera) => camera.id === id),
  );
  return [...(known ?? []), ...named.map((id): Camera => ({ id }))].map((camera) => {
    const resize = camera['resize'];
    return {
      ...camera,
      layout: layout ?? camera['layout'] ?? 'CHW',
      ...(imageSize && { resize: { ...(isJsonObject(resize) ? resize : {}), ...imageSize } }),
    };
  });
}

function textWith(known: PartialManifest['inputs']['text'], { tokenizer, maxTokens }: ManifestFlags) {
  if (known === undefined && tokenizer === undefined) return undefined;
  return {
    ...(known ?? { mode: 'runtime' }),
    ...(tokenizer !== undefined && { tokenizer: { file: tokenizer } }),
    ...(maxTokens !== undefined && { maxLength: maxTokens }),
  };
}

function actionDims(
  known: readonly PartialDim[] | undefined,
  { joints, unit, gripper }: ManifestFlags,
): PartialDim[] | undefined {
  const named = joints?.map((joint): PartialDim => ({ ...joint })) ?? known;
  if (named === undefined) return undefined;
  const isNew = gripper !== undefined && !named.some(({ name }) => name === gripper.name);
  return [...named, ...(isNew ? [{ name: gripper.name }] : [])].map((dim, index) => {
    const polarity =
      gripper?.name === dim.name ? { open: gripper.open, closed: gripper.closed } : dim.gripper;
    // A gripper's polarity says what its values mean, whatever they are called.
    if (polarity !== undefined) return { ...dim, unit: dim.unit ?? 'unit', gripper: polarity };
    const own = joints?.[index]?.unit ?? unit ?? dim.unit;
    return own === undefined ? dim : { ...dim, unit: own };
  });
}

/** A robot's state is told in the units of its action unless somebody says otherwise. */
function stateDims(
  known: readonly PartialDim[] | undefined,
  action: readonly PartialDim[] | undefined,
  unit: string | undefined,
): PartialDim[] {
  if (known === undefined) return (action ?? []).map((dim) => ({ ...dim }));
  return known.map((dim) => {
    const same = action?.find(({ name }) => name === dim.name);
    const gripper = dim.gripper ?? same?.gripper;
    const own = dim.unit ?? same?.unit ?? unit;
    return { ...dim, ...(own !== undefined && { unit: own }), ...(gripper && { gripper }) };
  });
}

function assumptions(below: JsonObject, { inputs }: PartialManifest): string[] {
  const before = below['inputs'];
  const given = isJsonObject(before) && isJsonObject(before['state']) ? before['state']['dims'] : undefined;
  const names = inputs.state?.dims?.map(({ name, unit }) => `${name} (${unit})`).join(', ');
  return inputs.state !== undefined && given === undefined
    ? [`the state is taken to have the values of the action, in its units: ${names}`]
    : [];
}
