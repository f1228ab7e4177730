import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CameraFrame, FRAME_ENCODINGS } from '../../lib/policy/camera-frame.js';
import { type ImageTensorOptions, imageTensor, type ResizeSpec } from '../../lib/policy/image-tensor.js';
import { BYTES_PER_PIXEL } from '../../lib/policy/pixel-formats.js';
import { randomFrame, randomRgb } from './generated-frame.js';

const side = fc.integer({ min: 1, max: 40 });
const seed = fc.integer({ min: 1, max: 1e6 });
const encoding = fc.constantFrom(...FRAME_ENCODINGS);
const frame = fc
  .record({ encoding, width: side, height: side, seed })
  .map(({ seed, ...rest }) => randomFrame({ ...rest, width: rest.width + (rest.width % 2) }, seed));
const rgb = fc.tuple(side, side, seed).map(([width, height, from]) => randomRgb(width, height, from));
const resize: fc.Arbitrary<ResizeSpec> = fc
  .record({
    h: side,
    w: side,
    mode: fc.constantFrom('stretch', 'pad_center', 'pad_topleft', 'crop_center'),
    filter: fc.constantFrom('bilinear', 'area', 'bicubic', 'nearest'),
    antialias: fc.boolean(),
    padValue: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map((spec) => ({ ...spec, antialias: spec.antialias && spec.filter !== 'nearest' }));
const whole: fc.Arbitrary<ResizeSpec> = resize.map((spec) => ({
  ...spec,
  mode: spec.mode === 'crop_center' ? spec.mode : 'stretch',
}));

function bytes(image: CameraFrame, options: ImageTensorOptions): number[] {
  return Array.from(imageTensor(image, { ...options, dtype: 'uint8' }).data, Number);
}

/** The rgb8 frame whose pixels are those of an image tensor. */
function asFrame(
  image: CameraFrame,
  options: ImageTensorOptions,
  width: number,
  height: number,
): CameraFrame {
  const data = Uint8Array.from(bytes(image, { ...options, resize: { h: height, w: width, mode: 'none' } }));
  return { encoding: 'rgb8', width, height, data };
}

describe('image tensors', () => {
  test('of a flat image are flat', () => {
    fc.assert(
      fc.property(side, side, whole, fc.integer({ min: 0, max: 255 }), (width, height, spec, grey) => {
        const data = new Uint8Array(width * height).fill(grey);
        const values = bytes({ encoding: 'mono8', width, height, data }, { resize: spec });
        expect(new Set(values)).toEqual(new Set([grey]));
      }),
    );
  });

  test('of a flat image are flat however far it shrinks', () => {
    const data = new Uint8Array(9000 * 2).fill(255);
    for (const filter of ['bilinear', 'area', 'bicubic', 'nearest'] as const)
      for (const antialias of filter === 'nearest' ? [false] : [false, true])
        for (const [width, height] of [
          [9000, 2],
          [2, 9000],
        ] as const) {
          const options = { resize: { h: 1, w: 1, filter, antialias } };
          expect(bytes({ encoding: 'mono8', width, height, data }, options)).toEqual([255, 255, 255]);
        }
  });

  test('in the size of the frame are the frame', () => {
    fc.assert(
      fc.property(rgb, resize, (image, spec) => {
        const same = { ...spec, h: image.height, w: image.width };
        expect(bytes(image, { resize: same })).toEqual([...image.data]);
      }),
    );
  });

  test('hold the same values as CHW and as HWC', () => {
    fc.assert(
      fc.property(frame, resize, (image, spec) => {
        const options = { resize: spec, mean: [0.1, 0.2, 0.3], std: [0.5, 0.6, 0.7] };
        const planar = imageTensor(image, { ...options, layout: 'CHW' }).data;
        const interleaved = imageTensor(image, options).data;
        const pixels = spec.h * spec.w;
        const reordered = Array.from(interleaved, (_, at) => planar[(at % 3) * pixels + Math.floor(at / 3)]);
        expect(Array.from(interleaved)).toEqual(reordered);
      }),
    );
  });

  test('hold the same values as rgb and as bgr, in reverse order', () => {
    fc.assert(
      fc.property(frame, resize, (image, spec) => {
        const forward = bytes(image, { resize: spec, color: 'rgb' });
        const backward = bytes(image, { resize: spec, color: 'bgr' });
        expect(backward).toEqual(forward.map((_, at) => forward[at - (at % 3) + 2 - (at % 3)]));
      }),
    );
  });

  test('do not depend on the row step, nor on bytes after the image', () => {
    fc.assert(
      fc.property(frame, resize, fc.integer({ min: 0, max: 9 }), (image, spec, gap) => {
        const row = image.width * BYTES_PER_PIXEL[image.encoding];
        const data = new Uint8Array((row + gap) * image.height + gap).fill(77);
        for (let y = 0; y < image.height; y++)
          data.set(image.data.subarray(y * row, (y + 1) * row), y * (row + gap));
        const gapped = { ...image, step: row + gap, data };
        expect(bytes(gapped, { resize: spec })).toEqual(bytes(image, { resize: spec }));
      }),
    );
  });

  test('are the frame again after four quarter turns', () => {
    fc.assert(
      fc.property(rgb, (image) => {
        let turned = image;
        for (let turn = 0; turn < 4; turn++)
          turned = asFrame(turned, { rotate: 90 }, turned.height, turned.width);
        expect(turned).toEqual(image);
      }),
    );
  });

  test('turn by 180 and 270 degrees as by two and three quarter turns', () => {
    fc.assert(
      fc.property(rgb, (image) => {
        const { width, height } = image;
        const quarter = asFrame(image, { rotate: 90 }, height, width);
        const half = asFrame(quarter, { rotate: 90 }, width, height);
        expect(asFrame(image, { rotate: 180 }, width, height)).toEqual(half);
        expect(asFrame(image, { rotate: 270 }, height, width)).toEqual(
          asFrame(half, { rotate: 90 }, height, width),
        );
      }),
    );
  });

  test('are the frame again after flipping twice', () => {
    fc.assert(
      fc.property(rgb, fc.constantFrom('h' as const, 'v' as const), (image, flip) => {
        const { width, height } = image;
        const once = asFrame(image, { flip }, width, height);
        expect(asFrame(once, { flip }, width, height)).toEqual(image);
      }),
    );
  });

  test('are finite and within the range of a byte for every frame', () => {
    fc.assert(
      fc.property(frame, resize, (image, spec) => {
        const { data } = imageTensor(image, { resize: spec, scale: 1 });
        expect(data).toHaveLength(spec.h * spec.w * 3);
        for (const value of data) expect(Number(value) >= 0 && Number(value) <= 255).toBe(true);
      }),
    );
  });
});
