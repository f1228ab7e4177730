import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { compressedFrame } from '../../../lib/ros/robot/compressed-frame.js';
import { imageFrame } from '../../../lib/ros/robot/image-frame.js';
import { loadSharp } from '../../../lib/ros/robot/load-sharp.js';

const header = { stamp: { sec: 1, nanosec: 0 }, frame_id: 'camera' };
const width = 24;
const height = 16;
/** Smooth, so that jpeg keeps it. */
const rgb = Uint8Array.from({ length: width * height * 3 }, (_, at) => {
  const pixel = Math.floor(at / 3);
  const ramp = [(pixel % width) * 10, Math.floor(pixel / width) * 15, 255 - (pixel % width) * 10];
  return ramp[at % 3] ?? 0;
});
const picture = () => sharp(rgb, { raw: { width, height, channels: 3 } });

function decode(data: Uint8Array, format = 'jpeg', max16bit = 65535) {
  return compressedFrame({ format, data }, 7, { max16bit });
}

describe('a compressed image', () => {
  it('of png gives exactly the pixels that were packed, alpha and palette aside', async () => {
    const packed = [await picture().png().toBuffer(), await picture().ensureAlpha(0.5).png().toBuffer()];
    for (const data of packed) {
      const frame = await decode(data, 'rgb8; png compressed bgr8');
      expect(frame).toMatchObject({ encoding: 'rgb8', width, height, capturedAt: 7 });
      expect(Buffer.from(frame.data).equals(rgb)).toBe(true);
    }
  });

  it.each(['jpeg', 'jpg', 'rgb8; jpeg compressed bgr8', 'bgr8; jpeg compressed ', ''])(
    'of jpeg gives nearly the pixels that were packed (format "%s")',
    async (format) => {
      const data = await picture().jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
      const frame = await decode(data, format);
      expect(frame).toMatchObject({ encoding: 'rgb8', width, height });
      expect(frame.data).toHaveLength(rgb.length);
      expect(Math.max(...rgb.map((value, at) => Math.abs(value - (frame.data[at] ?? 999))))).toBeLessThan(12);
    },
  );

  it('is decoded as if it had no colour profile, as OpenCV does', async () => {
    const withProfile = await picture().withIccProfile('p3').png().toBuffer();
    expect(withProfile.includes('iCCP')).toBe(true);
    const plain = await decode(withoutChunk(withProfile, 'iCCP'), 'png');
    expect((await decode(withProfile, 'png')).data).toEqual(plain.data);
  });

  it('in grey becomes rgb8 as well', async () => {
    const grey = Uint8Array.from({ length: width * height }, (_, at) => at % 256);
    const data = await sharp(grey, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const frame = await decode(data, 'mono8; png compressed ');
    expect(frame.encoding).toBe('rgb8');
    expect([...frame.data]).toEqual([...grey].flatMap((value) => [value, value, value]));
  });

  it('in grey of 16 bits becomes what the raw image becomes', async () => {
    const values = Uint16Array.from({ length: width * height }, (_, at) => at * 37);
    const data = await sharp(values, { raw: { width, height, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const raw = {
      header,
      width,
      height,
      is_bigendian: 0,
      step: width * 2,
      data: new Uint8Array(values.buffer),
    };
    const expected = imageFrame({ ...raw, encoding: '16UC1' }, 7, { max16bit: 10000 });
    const frame = await decode(data, '16UC1; png compressed ', 10000);
    expect(frame).toMatchObject({ encoding: 'mono8', width, height });
    expect([...frame.data]).toEqual([...expected.data]);
  });

  it('is read where it lies in a larger buffer', async () => {
    const png = await picture().png().toBuffer();
    const whole = Buffer.concat([Buffer.alloc(5, 1), png, Buffer.alloc(3, 2)]);
    const frame = await decode(new Uint8Array(whole.buffer, whole.byteOffset + 5, png.length), 'png');
    expect(Buffer.from(frame.data).equals(rgb)).toBe(true);
  });

  it('with stray bytes between its segments, as some webcams send it, is decoded', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    const huffmanTable = jpeg.indexOf(Buffer.from([0xff, 0xc4]));
    const stray = Buffer.concat([
      jpeg.subarray(0, huffmanTable),
      Buffer.from([1, 2, 3, 4]),
      jpeg.subarray(huffmanTable),
    ]);
    expect(await decode(stray)).toMatchObject({ width, height });
  });

  it('that is cut, empty or something else is invalid', async () => {
    const jpeg = await sharp(Buffer.alloc(300 * 300 * 3, 90), {
      raw: { width: 300, height: 300, channels: 3 },
    })
      .jpeg()
      .toBuffer();
    const png = await picture().png().toBuffer();
    const cases: [Uint8Array, string][] = [
      [jpeg.subarray(0, jpeg.length - 200), 'jpeg'],
      [png.subarray(0, png.length / 2), 'png'],
      [jpeg.subarray(0, 3), 'jpeg'],
      [new Uint8Array(0), 'jpeg'],
      [new Uint8Array(0), ''],
      [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>'), 'png'],
    ];
    for (const [data, format] of cases)
      await expect(decode(data, format)).rejects.toMatchObject({ code: 'INVALID_IMAGE' });
  });

  it('of another format is refused by name, depth with the way out', async () => {
    await expect(decode(new Uint8Array(9), 'h264')).rejects.toMatchObject({
      code: 'UNSUPPORTED_ENCODING',
      message: expect.stringContaining('h264'),
    });
    const png = await picture().png().toBuffer();
    await expect(decode(png, '16UC1; compressedDepth png')).rejects.toMatchObject({
      code: 'UNSUPPORTED_ENCODING',
      hint: expect.stringContaining('republish'),
    });
  });

  it('does not keep the event loop from other work while it is decoded', async () => {
    const side = 2000;
    const noise = Buffer.from(
      Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 2654435761) >>> 24),
    );
    const data = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
      .jpeg()
      .toBuffer();
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    await decode(data);
    clearInterval(count);
    expect(turns).toBeGreaterThan(3);
  });

  it('says what to install where the decoder is missing, and finds it once it is there', async () => {
    const missing = () => Promise.reject(new Error("Cannot find package 'sharp'"));
    // A fresh copy, as in a process that has decoded nothing yet.
    const { loadSharp: load } = await freshLoader();
    await expect(load(missing)).rejects.toMatchObject({
      code: 'ROS_UNAVAILABLE',
      hint: expect.stringContaining('npm install sharp'),
    });
    expect(await load()).toBe(await loadSharp());
  });
});

async function freshLoader(): Promise<{ loadSharp: typeof loadSharp }> {
  const { vi } = await import('vitest');
  vi.resetModules();
  return import('../../../lib/ros/robot/load-sharp.js');
}

/** A png without the chunk of this name: length, name, data, checksum. */
function withoutChunk(png: Buffer, name: string): Buffer {
  const start = png.indexOf(name) - 4;
  return Buffer.concat([png.subarray(0, start), png.subarray(start + 12 + png.readUInt32BE(start))]);
}
