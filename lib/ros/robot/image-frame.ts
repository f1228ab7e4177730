import { VLAError } from '../../errors.js';
import type { CameraFrame, FrameEncoding } from '../../policy/camera-frame.js';
import { checkFrame } from '../../policy/pixel-formats.js';
import type { ImageMessage } from '../messages.js';
import { greyOf16bit } from './pixel-depth.js';

/** What sensor_msgs/image_encodings calls them, Humble's names and Jazzy's; those of OpenCV carry its BGR order. */
const ENCODINGS: ReadonlyMap<string, FrameEncoding> = new Map([
  ['rgb8', 'rgb8'],
  ['bgr8', 'bgr8'],
  ['rgba8', 'rgba8'],
  ['bgra8', 'bgra8'],
  ['mono8', 'mono8'],
  ['8UC1', 'mono8'],
  ['8UC3', 'bgr8'],
  ['8UC4', 'bgra8'],
  ['yuv422', 'yuv422'],
  ['uyvy', 'yuv422'],
  ['yuv422_yuy2', 'yuv422_yuy2'],
  ['yuyv', 'yuv422_yuy2'],
]);
const GREY_16 = ['16UC1', 'mono16'];

/**
 * The image as a frame for the policy, on the message's own bytes where the policy reads its encoding. 16 bits become
 * mono8.
 *
 * @param capturedAt milliseconds on the robot's clock
 * @param options `max16bit`: see {@link greyOf16bit}
 * @throws VLAError UNSUPPORTED_ENCODING, INVALID_IMAGE for sizes that contradict each other
 */
export function imageFrame(
  message: ImageMessage,
  capturedAt: number,
  { max16bit }: { readonly max16bit: number },
): CameraFrame {
  if (GREY_16.includes(message.encoding)) return greyFrame(message, capturedAt, greyOf16bit(max16bit));
  const encoding = ENCODINGS.get(message.encoding);
  if (encoding === undefined) throw unsupported(message.encoding);
  const { width, height, step, data } = message;
  const frame: CameraFrame = { encoding, width, height, step, data, capturedAt };
  checkFrame(frame);
  return frame;
}

function greyFrame(message: ImageMessage, capturedAt: number, grey: Uint8Array): CameraFrame {
  const { width, height, step, data, is_bigendian } = message;
  // Two bytes a pixel, as in YUV 4:2:2, but of any width: what is checked is a row of twice as many bytes.
  checkFrame({ encoding: 'mono8', width: width * 2, height, step, data, capturedAt });
  const low = is_bigendian ? 1 : 0;
  const high = 1 - low;
  const pixels = new Uint8Array(width * height);
  for (let row = 0, out = 0; row < height; row++) {
    const end = row * step + width * 2;
    for (let at = row * step; at < end; at += 2)
      pixels[out++] = grey[(data[at + low] as number) | ((data[at + high] as number) << 8)] as number;
  }
  return { encoding: 'mono8', width, height, data: pixels, capturedAt };
}

function unsupported(encoding: string): VLAError {
  const accepted = [...ENCODINGS.keys(), ...GREY_16].join(', ');
  return new VLAError(
    'UNSUPPORTED_ENCODING',
    `the encoding of an image must be one of ${accepted}; got "${encoding}"`,
    {
      hint: encoding.startsWith('bayer')
        ? 'Put image_proc (debayer) between the camera and this node, and read its image_color.'
        : 'Set the camera driver to one of these, or convert the image before.',
    },
  );
}
