import { inspect, types } from 'node:util';
import { VLAError } from '../errors.js';
import { type CameraFrame, FRAME_ENCODINGS, type FrameEncoding } from './camera-frame.js';

/** Longest side of an image, pixels; more is taken for a mistake in the header. */
export const MAX_IMAGE_SIDE = 16384;

/** Bytes that one pixel takes in each encoding. */
export const BYTES_PER_PIXEL: Readonly<Record<FrameEncoding, number>> = {
  rgb8: 3,
  bgr8: 3,
  rgba8: 4,
  bgra8: 4,
  mono8: 1,
  yuv422: 2,
  yuv422_yuy2: 2,
};

/** Bytes from one row of the frame to the next. */
export function rowStep(frame: CameraFrame): number {
  return frame.step ?? frame.width * BYTES_PER_PIXEL[frame.encoding];
}

/** Whether the frame holds luma and shared chroma, which {@link decodeYuv422} turns into RGB. */
export function isYuv422(encoding: FrameEncoding): encoding is 'yuv422' | 'yuv422_yuy2' {
  return encoding === 'yuv422' || encoding === 'yuv422_yuy2';
}

/**
 * Checks everything about a frame that code reading its pixels relies on. A buffer longer than needed is fine.
 * @throws VLAError UNSUPPORTED_ENCODING for an encoding outside FRAME_ENCODINGS
 * @throws VLAError INVALID_IMAGE for sizes, row step, data or a capture time that are not what CameraFrame says
 */
export function checkFrame(frame: CameraFrame): void {
  if (typeof frame !== 'object' || frame === null) throw invalid(`expected a camera frame, got ${frame}`);
  const { encoding, width, height, data, capturedAt } = frame;
  if (!FRAME_ENCODINGS.includes(encoding))
    throw new VLAError(
      'UNSUPPORTED_ENCODING',
      `frame encoding must be one of ${FRAME_ENCODINGS.join(', ')}, got ${inspect(encoding)}`,
      { hint: 'Convert the image, or set the camera driver to one of these encodings.' },
    );
  checkSide('width', width);
  checkSide('height', height);
  if (isYuv422(encoding) && width % 2 !== 0)
    throw invalid(
      `a ${encoding} frame needs an even width, got ${width}`,
      'Two pixels share one chroma sample.',
    );
  if (!types.isUint8Array(data))
    throw invalid(
      `frame data must be a Uint8Array, got ${kindOf(data)}`,
      'Wrap the bytes: new Uint8Array(view.buffer, view.byteOffset, view.byteLength).',
    );
  const rowBytes = width * BYTES_PER_PIXEL[encoding];
  const step = rowStep(frame);
  if (!Number.isSafeInteger(step) || step < rowBytes)
    throw invalid(
      `frame step must be a whole number of at least ${rowBytes} bytes (${width} px of ${encoding}), got ${step}`,
      'The step counts bytes, not pixels; leave it out when rows follow each other without a gap.',
    );
  const needed = step * (height - 1) + rowBytes;
  if (data.length < needed)
    throw invalid(
      `a ${width}×${height} ${encoding} frame of step ${step} needs ${needed} bytes, got ${data.length}`,
      'Check width, height, encoding and step against the camera; the buffer may also be cut or detached.',
    );
  if (capturedAt !== undefined && !Number.isFinite(capturedAt))
    throw invalid(`frame capturedAt must be finite milliseconds, got ${capturedAt}`);
}

/** The 16.16-like fixed point of the conversion: 20 fractional bits, as OpenCV computes it. */
const SHIFT = 20;
const HALF = 1 << (SHIFT - 1);
/** BT.601 limited range: luma 16 … 235, chroma 16 … 240 around 128; three-digit factors as OpenCV has them. */
const LUMA = Math.trunc(1.164 * 2 ** SHIFT);
const RED_FROM_V = Math.trunc(1.596 * 2 ** SHIFT);
const GREEN_FROM_U = Math.trunc(-0.391 * 2 ** SHIFT);
const GREEN_FROM_V = Math.trunc(-0.813 * 2 ** SHIFT);
const BLUE_FROM_U = Math.trunc(2.018 * 2 ** SHIFT);

/**
 * Converts a checked 4:2:2 frame to packed RGB, `width × height × 3` bytes, equal to `cv2.COLOR_YUV2RGB_UYVY` and
 * `cv2.COLOR_YUV2RGB_YUY2`: both pixels of a pair take the chroma of the pair.
 */
export function decodeYuv422(frame: CameraFrame, rgb: Uint8Array): void {
  const { data, width, height } = frame;
  const step = rowStep(frame);
  const lumaFirst = frame.encoding === 'yuv422_yuy2';
  const y0 = lumaFirst ? 0 : 1;
  const u = lumaFirst ? 1 : 0;
  for (let row = 0, out = 0; row < height; row++) {
    const start = row * step;
    for (let at = start; at < start + width * 2; at += 4, out += 6) {
      const chromaU = (data[at + u] as number) - 128;
      const chromaV = (data[at + u + 2] as number) - 128;
      const red = RED_FROM_V * chromaV + HALF;
      const green = GREEN_FROM_U * chromaU + GREEN_FROM_V * chromaV + HALF;
      const blue = BLUE_FROM_U * chromaU + HALF;
      const first = Math.max(0, (data[at + y0] as number) - 16) * LUMA;
      const second = Math.max(0, (data[at + y0 + 2] as number) - 16) * LUMA;
      rgb[out] = toByte(first + red);
      rgb[out + 1] = toByte(first + green);
      rgb[out + 2] = toByte(first + blue);
      rgb[out + 3] = toByte(second + red);
      rgb[out + 4] = toByte(second + green);
      rgb[out + 5] = toByte(second + blue);
    }
  }
}

function toByte(fixed: number): number {
  return Math.max(0, Math.min(255, fixed >> SHIFT));
}

function checkSide(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1 || value > MAX_IMAGE_SIDE)
    throw invalid(`frame ${name} must be a whole number of pixels from 1 to ${MAX_IMAGE_SIDE}, got ${value}`);
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function invalid(message: string, hint?: string): VLAError {
  return new VLAError('INVALID_IMAGE', message, hint === undefined ? {} : { hint });
}
