import { VLAError } from '../../errors.js';
import type { CameraFrame } from '../../policy/camera-frame.js';
import type { CompressedImageMessage } from '../messages.js';
import { loadSharp } from './load-sharp.js';
import { greyOf16bit } from './pixel-depth.js';

/** The first bytes of a file of each kind. */
const MAGIC = {
  jpeg: Buffer.from([0xff, 0xd8, 0xff]),
  png: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
};

/**
 * Decodes a jpeg or png to rgb8, a grey png of 16 bits to mono8 as {@link imageFrame} does; on sharp's threads, not on
 * this one. The format string may be that of image_transport ("bgr8; jpeg compressed bgr8"), short ("jpeg") or empty:
 * the data say which of the two they are.
 *
 * @param capturedAt milliseconds on the robot's clock
 * @throws VLAError UNSUPPORTED_ENCODING for other formats, INVALID_IMAGE for damaged data, ROS_UNAVAILABLE without sharp
 */
export async function compressedFrame(
  message: Pick<CompressedImageMessage, 'data' | 'format'>,
  capturedAt: number,
  { max16bit }: { readonly max16bit: number },
): Promise<CameraFrame> {
  const { data, format } = message;
  checkFormat(format, data);
  const sharp = await loadSharp();
  try {
    // Colour profiles go unheeded, as OpenCV and most training pipelines do. Webcams send jpegs with a few stray bytes, which libjpeg only warns of; a cut one is an error all the same.
    const image = sharp(data, { failOn: 'error', ignoreIcc: true });
    const { depth, channels } = await image.metadata();
    if (depth === 'ushort' && channels === 1) {
      const { data: wide, info } = await image
        .toColourspace('grey16')
        .raw({ depth: 'ushort' })
        .toBuffer({ resolveWithObject: true });
      const { width, height } = info;
      return { encoding: 'mono8', width, height, data: greyPixels(wide, greyOf16bit(max16bit)), capturedAt };
    }
    const decoded = await image.removeAlpha().raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height } = decoded.info;
    return { encoding: 'rgb8', width, height, data: decoded.data, capturedAt };
  } catch (cause) {
    if (cause instanceof VLAError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new VLAError(
      'INVALID_IMAGE',
      `a compressed image (format "${format}") cannot be decoded: ${reason}`,
      {
        hint: 'The data are cut or damaged; see whether the driver and the network keep up.',
        cause,
      },
    );
  }
}

function checkFormat(format: string, data: Uint8Array): void {
  if (/compressedDepth/i.test(format))
    throw new VLAError('UNSUPPORTED_ENCODING', `depth images of the format "${format}" are not decoded`, {
      hint: 'Put image_transport republish between (compressedDepth to raw), and read the raw topic.',
    });
  if (startsWith(data, MAGIC.jpeg) || startsWith(data, MAGIC.png)) return;
  if (format === '' || /jpe?g|png/i.test(format))
    throw new VLAError(
      'INVALID_IMAGE',
      `a compressed image (format "${format}") of ${data.length} bytes is neither a jpeg nor a png`,
      { hint: 'The data are cut or damaged; see whether the driver and the network keep up.' },
    );
  throw new VLAError(
    'UNSUPPORTED_ENCODING',
    `a compressed image must be jpeg or png, got the format "${format}"`,
    {
      hint: 'Set the publisher to jpeg or png, or read the uncompressed image topic.',
    },
  );
}

function startsWith(data: Uint8Array, magic: Buffer): boolean {
  return magic.every((byte, at) => data[at] === byte);
}

/** @param wide 16-bit values in this machine's byte order */
function greyPixels(wide: Uint8Array, grey: Uint8Array): Uint8Array {
  const values = new DataView(wide.buffer, wide.byteOffset, wide.byteLength);
  return Uint8Array.from(
    { length: wide.byteLength / 2 },
    (_, at) => grey[values.getUint16(at * 2, true)] as number,
  );
}
