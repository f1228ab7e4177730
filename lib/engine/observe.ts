import { VLAError } from '../errors.js';
import type { CameraFrame } from '../policy/camera-frame.js';
import type { CameraSpec } from '../policy/manifest-schema.js';
import type { Observation } from '../policy/policy.js';

/** The frame of a policy's only camera, or frames by camera id or alias. */
export type CameraImages = CameraFrame | Readonly<Record<string, CameraFrame>>;

/**
 * What the robot senses, with the capture time of its oldest frame.
 *
 * @param now stands for the capture time of a frame that has none
 * @throws VLAError INVALID_ARGUMENT for one frame where the policy has several cameras, or something else than frames
 */
export function observe(
  image: CameraImages,
  cameras: readonly CameraSpec[],
  now: number,
): Pick<Observation, 'images' | 'capturedAt'> {
  const images = byCamera(image, cameras);
  const used = cameras.flatMap(({ id, aliases = [] }) => [id, ...aliases]);
  const stamps = used.flatMap((name) => {
    if (!Object.hasOwn(images, name)) return [];
    const frame: unknown = images[name];
    if (typeof frame !== 'object' || frame === null) throw notAFrame(`image.${name}`, frame);
    return [images[name]?.capturedAt ?? now];
  });
  // Stamps may be on another clock than `now`, so `now` only counts where a stamp is missing.
  return { images, capturedAt: stamps.length === 0 ? now : Math.min(...stamps) };
}

function byCamera(
  image: CameraImages,
  cameras: readonly CameraSpec[],
): Readonly<Record<string, CameraFrame>> {
  if (typeof image !== 'object' || image === null) throw notAFrame('image', image);
  if (!isFrame(image)) return image;
  const [only, ...others] = cameras;
  if (only !== undefined && others.length === 0) return { [only.id]: image };
  const ids = cameras.map(({ id }) => id).join(', ');
  throw new VLAError(
    'INVALID_ARGUMENT',
    `image: the policy has the cameras ${ids || 'none'}, got one frame`,
    {
      hint: 'Pass an object with one frame per camera id.',
    },
  );
}

function isFrame(image: CameraImages): image is CameraFrame {
  return typeof image.encoding === 'string';
}

function notAFrame(where: string, got: unknown): VLAError {
  return new VLAError(
    'INVALID_ARGUMENT',
    `${where}: expected a camera frame { encoding, width, height, data }, got ${got === null ? 'null' : typeof got}`,
  );
}
