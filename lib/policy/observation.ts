import { VLAError } from '../errors.js';
import type { CameraFrame } from './camera-frame.js';
import type { PolicyManifest } from './manifest.js';
import { checkState, encodeState } from './state-vector.js';
import type { InstructionEncoder, InstructionTokens } from './text-tensor.js';

/** What the robot senses at one moment. */
export interface Observation {
  /** Frames by camera id or alias; frames of cameras that the policy does not know are not looked at. */
  readonly images: Readonly<Record<string, CameraFrame>>;
  readonly instruction?: string;
  /** One value per state dim of the manifest: rad, m, and 0 (open) … 1 (closed) for a gripper. */
  readonly state?: readonly number[];
  /** Milliseconds on the robot's clock. */
  readonly capturedAt: number;
}

/** An observation that is known to have what the policy needs. */
export interface CheckedObservation {
  /** The frame of each camera; undefined for an optional camera that is absent. */
  readonly frames: ReadonlyMap<string, CameraFrame | undefined>;
  /** Present when the policy takes text. */
  readonly tokens: InstructionTokens | undefined;
  /** The normalised, padded state; present when a model takes it. */
  readonly state: Float64Array | undefined;
}

/**
 * @param takesState whether a model input comes from the state
 * @throws VLAError INVALID_ARGUMENT for a missing camera or a bad capture time, INVALID_STATE, and what
 *   {@link InstructionEncoder.encode} throws
 */
export function checkObservation(
  observation: Observation,
  inputs: PolicyManifest['inputs'],
  text: InstructionEncoder | undefined,
  takesState: boolean,
): CheckedObservation {
  const { images, capturedAt } = observation;
  if (!Number.isFinite(capturedAt))
    throw new VLAError('INVALID_ARGUMENT', `observation.capturedAt: expected finite ms, got ${capturedAt}`, {
      hint: "Give the capture time on the robot's clock.",
    });
  return {
    frames: new Map(inputs.cameras.map((camera) => [camera.id, findFrame(camera, images)])),
    tokens: text?.encode(observation.instruction),
    state:
      takesState && inputs.state
        ? encodeState(inputs.state, checkState(inputs.state, observation.state))
        : undefined,
  };
}

/**
 * The frame of a camera; undefined for an optional camera that is absent.
 *
 * @throws VLAError INVALID_ARGUMENT for a missing camera
 */
export function findFrame(
  { id, aliases = [], optional = false }: PolicyManifest['inputs']['cameras'][number],
  images: Observation['images'],
): CameraFrame | undefined {
  const name = [id, ...aliases].find((candidate) => Object.hasOwn(images, candidate));
  if (name === undefined && !optional)
    throw new VLAError(
      'INVALID_ARGUMENT',
      `observation.images: expected a frame of camera ${[id, ...aliases].map((n) => JSON.stringify(n)).join(' or ')}, ` +
        `got ${Object.keys(images).join(', ') || 'no frame'}`,
      { hint: 'Name each frame after the camera that the policy was trained with.' },
    );
  return name === undefined ? undefined : images[name];
}
