import { VLAError } from '../errors.js';
import type { ImageTensorOptions } from '../policy/image-spec.js';
import { type PolicyManifest, parseManifest } from '../policy/manifest.js';
import type { Artifact } from '../policy/manifest-stages.js';
import type { TensorInfo } from '../policy/tensor.js';

/** What a model file without a policy.json cannot say about itself. */
export interface BareModelOptions {
  /** How frames become the image tensor; layout and element type are the model's. By default RGB, stretched, 0 … 1. */
  readonly camera?: Omit<ImageTensorOptions, 'layout' | 'dtype'>;
  /** Names of the columns before the gripper; `joint_1`, `joint_2`, … by default. */
  readonly jointNames?: readonly string[];
  /** Seconds that each waypoint takes; 0.5 by default. */
  readonly secondsPerWaypoint?: number;
}

export interface BareModel {
  /** File name, for the policy's id and for messages. */
  readonly name: string;
  readonly format: Artifact['format'];
  readonly sha256: string;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** Height and width of an image whose size the model leaves open. */
export const BARE_IMAGE_SIDE = 224;
const DEFAULT_SECONDS_PER_WAYPOINT = 0.5;
/** Ids that a model with an open token dimension gets at most. */
export const BARE_TEXT_LENGTH = 512;

/**
 * The manifest of a bare model, which has to follow the default contract:
 * - `image`: float32, float16 (0 … 1) or uint8 (0 … 255), (1, h, w, 3) or (1, 3, h, w); an open h or w is 224;
 * - `text`: int32 or int64 token ids (1, tokens), or the instruction itself as a string (1);
 * - `actions`: float32 or float16, (1, waypoints, joints + 1), joint angles in rad and then the gripper, 0 open … 1
 *   closed.
 *
 * @throws VLAError MODEL_MISMATCH with what was expected and found; INVALID_ARGUMENT for options that do not fit
 */
export function bareManifest(model: BareModel, options: BareModelOptions = {}): PolicyManifest {
  const image = find(model, 'inputs', 'image');
  const text = find(model, 'inputs', 'text');
  const actions = find(model, 'outputs', 'actions');
  const others = model.inputs.filter((input) => input !== image && input !== text);
  if (others.length > 0)
    throw mismatch(model, 'no inputs but image and text', others.map((input) => signature(input)).join(', '));

  const { layout, h, w } = imageSize(model, image);
  const { camera = {}, secondsPerWaypoint = DEFAULT_SECONDS_PER_WAYPOINT } = options;
  const [horizon, width] = actionSize(model, actions);
  const joints = options.jointNames ?? Array.from({ length: width - 1 }, (_, index) => `joint_${index + 1}`);
  if (joints.length !== width - 1)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `jointNames: ${model.name} has ${width - 1} joints and a gripper, got ${joints.length} names`,
    );

  const json = {
    schema: 'jetson-vla/policy',
    version: 1,
    id: model.name.replace(/\.[^.]*$/, ''),
    inputs: {
      cameras: [{ ...camera, id: 'image', layout, resize: { h, w, ...camera.resize } }],
      text: textSpec(model, text),
    },
    stages: {
      kind: 'single',
      models: [
        {
          inputs: [
            { ...open(image), shape: layout === 'CHW' ? [1, 3, h, w] : [1, h, w, 3], from: 'camera:image' },
            { ...open(text), from: text.dtype === 'string' ? 'text.string' : 'text.ids' },
          ],
          outputs: [{ ...open(actions), shape: [1, horizon, width] }],
          artifacts: [{ format: model.format, file: model.name, sha256: model.sha256 }],
        },
      ],
    },
    action: {
      dims: [
        ...joints.map((name) => ({ name, unit: 'rad' })),
        { name: 'gripper', unit: 'unit', gripper: { open: 0, closed: 1 } },
      ],
    },
    chunk: { dt: secondsPerWaypoint },
  };
  try {
    return parseManifest(JSON.parse(JSON.stringify(json))).manifest;
  } catch (cause) {
    // The model itself fits by now, so what is left can only come from the options.
    if (!(cause instanceof VLAError)) throw cause;
    throw new VLAError('INVALID_ARGUMENT', `options for ${model.name}: ${cause.message}`, { cause });
  }
}

function find(model: BareModel, kind: 'inputs' | 'outputs', name: string): TensorInfo {
  const found = model[kind].find((info) => info.name === name);
  if (found) return found;
  throw mismatch(model, `one of its ${kind} to be named "${name}"`, model[kind].map(signature).join(', '));
}

function imageSize(model: BareModel, image: TensorInfo) {
  const [batch, first, second, third] = image.shape;
  const expected = 'image to be float32, float16 or uint8 of shape (1, h, w, 3) or (1, 3, h, w)';
  const fits =
    image.shape.length === 4 &&
    (batch === 1 || isOpen(batch)) &&
    (third === 3 || first === 3) &&
    ['float32', 'float16', 'uint8'].includes(image.dtype);
  if (!fits) throw mismatch(model, expected, signature(image));
  const side = (dim: number | string | undefined) =>
    typeof dim === 'number' && dim > 0 ? dim : BARE_IMAGE_SIDE;
  return third === 3
    ? { layout: 'HWC', h: side(first), w: side(second) }
    : { layout: 'CHW', h: side(second), w: side(third) };
}

function textSpec(model: BareModel, text: TensorInfo) {
  const [batch, length] = text.shape;
  const single = batch === 1 || isOpen(batch);
  if (
    text.dtype === 'string' &&
    single &&
    (text.shape.length === 1 || (text.shape.length === 2 && length === 1))
  )
    return { mode: 'string' };
  const ids = (text.dtype === 'int32' || text.dtype === 'int64') && single && text.shape.length === 2;
  if (!ids) throw mismatch(model, 'text to be int32 or int64 (1, tokens), or string (1)', signature(text));
  return typeof length === 'number' && length > 0
    ? { mode: 'runtime', maxLength: length, padTo: 'max' }
    : { mode: 'runtime', maxLength: BARE_TEXT_LENGTH, padTo: 'none' };
}

function actionSize(model: BareModel, actions: TensorInfo): [horizon: number, width: number] {
  const [batch, horizon, width] = actions.shape;
  const single = actions.shape.length === 3 && (batch === 1 || isOpen(batch));
  const real = actions.dtype === 'float32' || actions.dtype === 'float16';
  if (single && real && typeof horizon === 'number' && horizon > 0 && typeof width === 'number' && width > 1)
    return [horizon, width];
  throw mismatch(
    model,
    'actions to be float32 or float16 of shape (1, waypoints, joints + 1), such as (1, 5, 7)',
    signature(actions),
  );
}

function isOpen(dim: number | string | undefined): boolean {
  return typeof dim === 'string' || dim === -1;
}

/** As a manifest writes it: a batch of 1, and a name for a dimension that has none. */
function open({ name, dtype, shape }: TensorInfo) {
  return {
    name,
    dtype,
    shape: shape.map((dim, axis) => (axis === 0 ? 1 : dim === -1 ? `dim_${axis}` : dim)),
  };
}

function signature({ name, dtype, shape }: TensorInfo): string {
  return `${name}: ${dtype} (${shape.map((dim) => (dim === -1 ? '?' : dim)).join(', ')})`;
}

function mismatch(model: BareModel, expected: string, found: string): VLAError {
  return new VLAError('MODEL_MISMATCH', `${model.name}: expected ${expected}, found ${found || 'none'}`, {
    hint: 'Put the model into a policy bundle: its policy.json says what the inputs and outputs are.',
  });
}
