import path from 'node:path';
import type { LoadedPolicy } from '../../engine/jetson-vla-engine.js';
import type { CameraFrame } from '../../policy/camera-frame.js';
import type { CameraSpec } from '../../policy/manifest-schema.js';
import { findFrame, type Observation } from '../../policy/observation.js';
import { readObservations } from '../../policy/observation-file.js';
import { toRobotUnit } from '../../policy/units.js';
import { seededRandom } from '../seeded-random.js';
import type { ImageSize } from './image-size.js';

/** What a policy is asked. */
export type BenchObservation = Omit<Observation, 'capturedAt'>;

export interface BenchObservations {
  readonly all: readonly BenchObservation[];
  /** Where they are from, for people. */
  readonly source: string;
}

export interface ObservationChoice {
  /** Recorded observations: a file or directory. Default: the golden observations of the bundle, or made-up ones. */
  readonly observations?: string;
  /** Size of made-up frames in the place of all others, pixels. */
  readonly image?: ImageSize;
  /** In the place of the recorded ones. */
  readonly instruction?: string;
}

/** More would only fill the memory. */
const MOST = 64;
const CAMERA_SIZE = { width: 640, height: 480 };
const INSTRUCTION = 'pick up the red block';

/** @throws VLAError BUNDLE_NOT_FOUND, INVALID_ARGUMENT for what cannot be read, or lacks a camera of the policy */
export async function benchObservations(
  policy: LoadedPolicy,
  { observations, image, instruction }: ObservationChoice,
): Promise<BenchObservations> {
  const { manifest } = policy;
  const golden = manifest.golden.map(({ file }) => path.join(policy.path, file));
  const files = observations === undefined ? golden : [observations];
  const recorded = (await Promise.all(files.map((file) => readObservations(file, MOST)))).flat();
  const isTold = ['runtime', 'string'].includes(manifest.inputs.text?.mode ?? 'none');
  const asked = instruction ?? (recorded.length === 0 && isTold ? INSTRUCTION : undefined);
  const base = recorded.length > 0 ? recorded : [madeUp(policy, image ?? CAMERA_SIZE)];
  const all = base.map(({ images, instruction: said, state }): BenchObservation => {
    const text = asked ?? said;
    return {
      images: image === undefined ? images : frames(manifest.inputs.cameras, image),
      ...(text !== undefined && manifest.inputs.text !== undefined && { instruction: text }),
      ...(state !== undefined && { state }),
    };
  });
  for (const { images } of all) for (const camera of manifest.inputs.cameras) findFrame(camera, images);
  const framesNote = image !== undefined && recorded.length > 0 ? ' with made-up frames' : '';
  return { all, source: sourceOf(observations, recorded.length, framesNote, all) };
}

/** The frames that the policy looks at, by the id of its camera. */
export function usedFrames(
  cameras: readonly CameraSpec[],
  images: BenchObservation['images'],
): Readonly<Record<string, CameraFrame>> {
  return Object.fromEntries(
    cameras.flatMap((camera) => {
      const frame = findFrame(camera, images);
      return frame === undefined ? [] : [[camera.id, frame]];
    }),
  );
}

function madeUp({ manifest }: LoadedPolicy, size: ImageSize): BenchObservation {
  const { cameras, state } = manifest.inputs;
  return {
    images: frames(cameras, size),
    ...(state !== undefined && {
      state: state.dims.map((dim) => {
        const [min, max] = dim.limits ?? [0, 0];
        return toRobotUnit(dim, (min + max) / 2);
      }),
    }),
  };
}

function frames(cameras: readonly CameraSpec[], size: ImageSize): Record<string, CameraFrame> {
  return Object.fromEntries(
    cameras.map(({ id, resize }, index) => {
      // Such a policy takes frames of one size only.
      const { width, height } = resize.mode === 'none' ? { width: resize.w, height: resize.h } : size;
      return [id, { encoding: 'rgb8', width, height, data: pixels(width, height, index) }];
    }),
  );
}

/** Gradients with some noise: about as hard to compress and decode as a picture of a room. */
function pixels(width: number, height: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) {
    const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / (3 * width))];
    const shade = at % 3 === 0 ? x / width : at % 3 === 1 ? y / height : 0.5;
    data[at] = 32 + 176 * shade + 16 * random();
  }
  return data;
}

function sourceOf(
  file: string | undefined,
  recorded: number,
  framesNote: string,
  [first]: readonly BenchObservation[],
): string {
  const count = (word: string) => `${recorded} ${word} observation${recorded === 1 ? '' : 's'}`;
  const which =
    file !== undefined
      ? `${count('recorded')} of ${file}`
      : recorded > 0
        ? count('golden')
        : 'a made-up observation';
  const sizes = Object.entries(first?.images ?? {}).map(
    ([id, { width, height, encoding }]) => `${id} ${width}×${height} ${encoding}`,
  );
  return sizes.length === 0 ? which : `${which}${framesNote}: ${sizes.join(', ')}`;
}
