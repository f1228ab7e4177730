import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CameraFrame } from '../../../lib/policy/camera-frame.js';
import { decodeYuv422 } from '../../../lib/policy/pixel-formats.js';
import type { ImageMessage } from '../../../lib/ros/messages.js';
import { imageFrame } from '../../../lib/ros/robot/image-frame.js';

const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: 'camera' };

/** Of each encoding: bytes a pixel, and the colour of pixel (x, y) by the definition of the encoding alone. */
type Colour = (at: (byte: number) => number, x: number) => number[];
const red =
  (...order: number[]): Colour =>
  (at) =>
    order.map(at);
const yuv =
  (y: number, u: number, v: number): Colour =>
  (at, x) => {
    // The pair of pixels starts at the even one: 4 bytes, seen from the second one 2 back.
    const pair = x % 2 === 0 ? 0 : -2;
    const luma = 1.164 * Math.max(0, at(y) - 16);
    const [blue, other] = [at(pair + u) - 128, at(pair + v) - 128];
    return [luma + 1.596 * other, luma - 0.391 * blue - 0.813 * other, luma + 2.018 * blue];
  };
const ENCODINGS: Record<string, readonly [bytes: number, colour: Colour]> = {
  rgb8: [3, red(0, 1, 2)],
  bgr8: [3, red(2, 1, 0)],
  '8UC3': [3, red(2, 1, 0)],
  rgba8: [4, red(0, 1, 2)],
  bgra8: [4, red(2, 1, 0)],
  '8UC4': [4, red(2, 1, 0)],
  mono8: [1, red(0, 0, 0)],
  '8UC1': [1, red(0, 0, 0)],
  yuv422: [2, yuv(1, 0, 2)],
  uyvy: [2, yuv(1, 0, 2)],
  yuv422_yuy2: [2, yuv(0, 1, 3)],
  yuyv: [2, yuv(0, 1, 3)],
};

/** The colours of a frame, row by row, read as CameraFrame documents them. */
function colours(frame: CameraFrame): number[][] {
  const { data, encoding, width, height } = frame;
  if (encoding === 'yuv422' || encoding === 'yuv422_yuy2') {
    const rgb = new Uint8Array(width * height * 3);
    decodeYuv422(frame, rgb);
    return Array.from({ length: width * height }, (_, at) => [...rgb.subarray(at * 3, at * 3 + 3)]);
  }
  const bytes = { rgb8: 3, bgr8: 3, rgba8: 4, bgra8: 4, mono8: 1 }[encoding];
  const order = encoding.startsWith('rgb') ? [0, 1, 2] : encoding.startsWith('bgr') ? [2, 1, 0] : [0, 0, 0];
  return Array.from({ length: width * height }, (_, at) => {
    const start = Math.floor(at / width) * (frame.step ?? width * bytes) + (at % width) * bytes;
    return order.map((byte) => data[start + byte] as number);
  });
}

function image(fields: Partial<ImageMessage> & Pick<ImageMessage, 'encoding'>): ImageMessage {
  return { header, width: 2, height: 1, is_bigendian: 0, step: 2, data: new Uint8Array(2), ...fields };
}

describe('an image message', () => {
  it('shows the same colours as a frame, in any encoding and with any padding of its rows', () => {
    const anyImage = fc
      .record({
        encoding: fc.constantFrom(...Object.keys(ENCODINGS)),
        pairs: fc.integer({ min: 1, max: 5 }),
        height: fc.integer({ min: 1, max: 5 }),
        padding: fc.integer({ min: 0, max: 9 }),
        offset: fc.integer({ min: 0, max: 3 }),
        seed: fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
      })
      .map(({ encoding, pairs, height, padding, offset, seed }) => {
        const width = pairs * 2;
        const [bytes] = ENCODINGS[encoding] ?? [0];
        const step = width * bytes + padding;
        const whole = Uint8Array.from({ length: offset + step * height }, () => seed.next().value ?? 0);
        return image({ encoding, width, height, step, data: whole.subarray(offset) });
      });
    fc.assert(
      fc.property(anyImage, (message) => {
        const [bytes, colour] = ENCODINGS[message.encoding] ?? [0, red()];
        const frame = imageFrame(message, 5, { max16bit: 65535 });
        const expected = Array.from({ length: message.width * message.height }, (_, at) => {
          const x = at % message.width;
          const start = Math.floor(at / message.width) * message.step + x * bytes;
          return colour((byte) => message.data[start + byte] ?? Number.NaN, x);
        });
        const tolerance = bytes === 2 ? 1 : 0;
        colours(frame).forEach((seen, pixel) => {
          seen.forEach((value, channel) => {
            const wanted = Math.max(0, Math.min(255, expected[pixel]?.[channel] ?? Number.NaN));
            expect(Math.abs(value - wanted)).toBeLessThanOrEqual(tolerance);
          });
        });
        expect(frame.data).toBe(message.data);
        expect(frame.capturedAt).toBe(5);
      }),
    );
  });

  it('of 16 bits becomes grey by its largest value, in either byte order and with any padding', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 0, max: 5 }),
        fc.boolean(),
        fc.integer({ min: 1, max: 65535 }),
        fc.constantFrom('16UC1', 'mono16'),
        (values, padding, bigEndian, max16bit, encoding) => {
          const step = 3 * 2 + padding;
          const data = new Uint8Array(step * 2).fill(0xa5);
          const view = new DataView(data.buffer);
          values.forEach((value, at) => {
            view.setUint16(Math.floor(at / 3) * step + (at % 3) * 2, value, !bigEndian);
          });
          const is_bigendian = bigEndian ? 1 : 0;
          const frame = imageFrame(image({ encoding, width: 3, height: 2, step, is_bigendian, data }), 5, {
            max16bit,
          });
          expect(frame).toMatchObject({ encoding: 'mono8', width: 3, height: 2, capturedAt: 5 });
          expect(frame.step).toBeUndefined();
          const exact = values.map((value) => Math.min(255, (value * 255) / max16bit));
          exact.forEach((grey, at) => {
            expect(Math.abs((frame.data[at] ?? Number.NaN) - grey)).toBeLessThanOrEqual(0.5);
          });
        },
      ),
    );
  });

  it('of another encoding is refused with the ones that are read, and Bayer with the way out', () => {
    const refusal = (encoding: string) => {
      try {
        return imageFrame(image({ encoding }), 0, { max16bit: 65535 });
      } catch (error) {
        return error;
      }
    };
    expect(refusal('32FC1')).toMatchObject({
      code: 'UNSUPPORTED_ENCODING',
      message: expect.stringMatching(/rgb8.*yuyv.*16UC1.*"32FC1"/),
    });
    expect(refusal('bayer_rggb8')).toMatchObject({
      code: 'UNSUPPORTED_ENCODING',
      hint: expect.stringContaining('image_proc'),
    });
    expect(refusal('constructor')).toMatchObject({ code: 'UNSUPPORTED_ENCODING' });
  });

  it.each([
    ['a row step below the width', { encoding: 'rgb8', step: 5, data: new Uint8Array(99) }],
    [
      'a step of pixels instead of bytes for 16 bits',
      { encoding: '16UC1', step: 2, data: new Uint8Array(99) },
    ],
    ['too few bytes', { encoding: 'bgr8', height: 2, step: 6, data: new Uint8Array(11) }],
    ['too few bytes for 16 bits', { encoding: 'mono16', height: 2, step: 4, data: new Uint8Array(7) }],
    ['no pixels', { encoding: 'mono8', width: 0, step: 0 }],
    ['an odd width with shared chroma', { encoding: 'uyvy', width: 3, step: 6, data: new Uint8Array(6) }],
  ])('with %s is invalid', (_, fields) => {
    expect(() => imageFrame(image(fields), 0, { max16bit: 65535 })).toThrow(
      expect.objectContaining({ code: 'INVALID_IMAGE' }),
    );
  });

  it('takes no white value that 16 bits cannot hold', () => {
    for (const max16bit of [0, -1, 65536, Number.NaN])
      expect(() => imageFrame(image({ encoding: 'mono16', width: 1 }), 0, { max16bit })).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
  });
});
