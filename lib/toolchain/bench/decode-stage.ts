import { VLAError } from '../../errors.js';
import type { CameraFrame } from '../../policy/camera-frame.js';
import { compressedFrame } from '../../ros/robot/compressed-frame.js';
import { loadSharp, type Sharp } from '../../ros/robot/load-sharp.js';

/** What `image_transport` compresses with unless told otherwise. */
const JPEG_QUALITY = 80;
const MAX_16BIT = 65535;
/** Bytes per pixel, and where red, green and blue are in them. */
const LAYOUTS: Partial<Record<CameraFrame['encoding'], readonly [number, number, number, number]>> = {
  rgb8: [3, 0, 1, 2],
  bgr8: [3, 2, 1, 0],
  rgba8: [4, 0, 1, 2],
  bgra8: [4, 2, 1, 0],
  mono8: [1, 0, 0, 0],
};

/** The frames of one observation as they come over the wire, by camera. */
export type WireFrames = Readonly<Record<string, Uint8Array>>;

/**
 * Frames as JPEG, as a camera node sends them on `image_raw/compressed`.
 *
 * @returns the reason, for people, when that cannot be
 */
export async function wireFrames(
  images: Readonly<Record<string, CameraFrame>>,
): Promise<WireFrames | string> {
  let sharp: Sharp;
  try {
    sharp = await loadSharp();
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    return 'sharp is not installed: npm install sharp';
  }
  const wire: Record<string, Uint8Array> = {};
  for (const [camera, frame] of Object.entries(images)) {
    const rgb = toRgb(frame);
    if (rgb === undefined) return `${camera} sends ${frame.encoding}, which is not sent as JPEG`;
    const { width, height } = frame;
    wire[camera] = await sharp(rgb, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer();
  }
  return Object.keys(wire).length === 0 ? 'the policy has no camera' : wire;
}

/** What the ROS bridge makes of them, all cameras at once. */
export async function decodeFrames(wire: WireFrames): Promise<Record<string, CameraFrame>> {
  const now = performance.now();
  const decoded = Object.entries(wire).map(async ([camera, data]) => {
    const frame = await compressedFrame({ format: 'jpeg', data }, now, { max16bit: MAX_16BIT });
    return [camera, frame] as const;
  });
  return Object.fromEntries(await Promise.all(decoded));
}

function toRgb({ encoding, width, height, step, data }: CameraFrame): Uint8Array | undefined {
  const layout = LAYOUTS[encoding];
  if (layout === undefined) return undefined;
  const [bytes, ...channels] = layout;
  const row = step ?? width * bytes;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (const channel of channels) rgb[to++] = data[y * row + x * bytes + channel] ?? 0;
  return rgb;
}
