import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CameraFrame, FrameEncoding } from '../../lib/policy/camera-frame.js';
import { FRAME_ENCODINGS } from '../../lib/policy/camera-frame.js';
import { frameFingerprint, framesFingerprint } from '../../lib/policy/frame-fingerprint.js';
import { BYTES_PER_PIXEL } from '../../lib/policy/pixel-formats.js';
import { randomFrame, randomRgb } from './generated-frame.js';

const withByte = (frame: CameraFrame, at: number, value: number): CameraFrame => {
  const data = frame.data.slice();
  data[at] = value;
  return { ...frame, data };
};

/** The same pixels with `padding` bytes of `filler` after each row. */
function padded(frame: CameraFrame, padding: number, filler: number): CameraFrame {
  const rowBytes = frame.width * BYTES_PER_PIXEL[frame.encoding];
  const step = rowBytes + padding;
  const data = new Uint8Array(step * frame.height).fill(filler);
  for (let row = 0; row < frame.height; row++)
    data.set(frame.data.subarray(row * rowBytes, (row + 1) * rowBytes), row * step);
  return { ...frame, step, data };
}

const anyFrame = fc
  .record({
    encoding: fc.constantFrom<FrameEncoding>(...FRAME_ENCODINGS),
    width: fc.integer({ min: 1, max: 60 }).map((half) => half * 2),
    height: fc.integer({ min: 1, max: 80 }),
    seed: fc.integer(),
  })
  .map(({ seed, ...frame }) => randomFrame(frame, seed));

describe('frameFingerprint', () => {
  it('is the 32-bit FNV-1a hash of size, encoding and pixels', () => {
    const frame: CameraFrame = { encoding: 'mono8', width: 2, height: 1, data: Uint8Array.of(7, 255) };
    const words = [2, 1, ...[...'mono8'].map((letter) => letter.charCodeAt(0)), 7, 255];
    const expected = words.reduce(
      (hash, word) => ((hash ^ BigInt(word)) * 16777619n) % 2n ** 32n,
      2166136261n,
    );
    expect(frameFingerprint(frame)).toBe(Number(expected));
  });

  it('is equal for equal images, whatever their stamps, buffers and the bytes between their rows', () => {
    fc.assert(
      fc.property(anyFrame, fc.integer({ min: 0, max: 70 }), fc.nat(255), (frame, padding, filler) => {
        const fingerprint = frameFingerprint(frame);
        expect(fingerprint).toBe(fingerprint >>> 0);
        expect(frameFingerprint({ ...frame, data: frame.data.slice(), capturedAt: 3 })).toBe(fingerprint);
        expect(frameFingerprint(padded(frame, padding, filler))).toBe(fingerprint);
      }),
    );
  });

  it('sees a change of any byte of a frame of up to 4096 bytes', () => {
    fc.assert(
      fc.property(
        anyFrame.filter(({ data }) => data.length <= 4096),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (frame, place, change) => {
          const at = place % frame.data.length;
          const other = withByte(frame, at, (frame.data[at] as number) ^ change);
          expect(frameFingerprint(other)).not.toBe(frameFingerprint(frame));
        },
      ),
    );
  });

  it('looks at 4096 bytes of a large frame, the first and the last among them, in all columns and channels', () => {
    const frame = randomRgb(96, 72);
    const fingerprint = frameFingerprint(frame);
    const seen = [...frame.data.keys()].filter((at) => {
      const before = frame.data[at] as number;
      frame.data[at] = before ^ 1;
      const changed = frameFingerprint(frame) !== fingerprint;
      frame.data[at] = before;
      return changed;
    });
    expect(seen).toHaveLength(4096);
    expect([seen[0], seen.at(-1)]).toEqual([0, frame.data.length - 1]);
    expect(Math.max(...seen.slice(1).map((at, index) => at - (seen[index] as number)))).toBe(
      Math.ceil(frame.data.length / 4096),
    );
    expect(new Set(seen.map((at) => at % 3)).size).toBe(3);
    expect(new Set(seen.map((at) => at % (96 * 3))).size).toBe(96 * 3);
  });

  it('tells sizes and encodings of the same bytes apart', () => {
    const data = new Uint8Array(24);
    const frames: CameraFrame[] = [
      { encoding: 'rgb8', width: 4, height: 2, data },
      { encoding: 'rgb8', width: 2, height: 4, data },
      { encoding: 'bgr8', width: 4, height: 2, data },
      { encoding: 'mono8', width: 12, height: 2, data },
    ];
    expect(new Set(frames.map(frameFingerprint)).size).toBe(4);
  });

  it('takes a frame of one byte', () => {
    const pixel = (value: number): CameraFrame => ({
      encoding: 'mono8',
      width: 1,
      height: 1,
      data: Uint8Array.of(value),
    });
    expect(frameFingerprint(pixel(1))).not.toBe(frameFingerprint(pixel(2)));
  });
});

describe('framesFingerprint', () => {
  const [one, two] = [randomRgb(8, 8, 1), randomRgb(8, 8, 2)];

  it('is that of the frame when there is one, and nothing when there is none', () => {
    expect(framesFingerprint([one])).toBe(frameFingerprint(one));
    expect(framesFingerprint([])).toBeUndefined();
  });

  it('depends on every frame and on their order', () => {
    const all = [[one], [two], [one, two], [two, one], [one, one], [two, two], [one, one, two]];
    expect(new Set(all.map(framesFingerprint)).size).toBe(all.length);
  });
});
