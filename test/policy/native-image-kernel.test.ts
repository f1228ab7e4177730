import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadAddon } from '../../lib/native/load-addon.js';
import { FRAME_ENCODINGS } from '../../lib/policy/camera-frame.js';
import { planImage } from '../../lib/policy/image-plan.js';
import {
  type ImageTensorOptions,
  type ImageTensorSpec,
  resolveImageSpec,
} from '../../lib/policy/image-spec.js';
import { NativeImageKernel } from '../../lib/policy/native-image-kernel.js';
import { BYTES_PER_PIXEL } from '../../lib/policy/pixel-formats.js';
import { pixelTables } from '../../lib/policy/pixel-tables.js';
import { randomFrame, randomRgb } from './generated-frame.js';
import { kernelValues } from './image-kernels.js';

const side = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 90 }));
const frame = fc
  .record({
    encoding: fc.constantFrom(...FRAME_ENCODINGS),
    width: side,
    height: side,
    gap: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 })),
    seed: fc.integer({ min: 1, max: 1e6 }),
  })
  .map(({ encoding, width, height, gap, seed }) => {
    const even = width + (width % 2);
    const step = even * BYTES_PER_PIXEL[encoding] + gap;
    const image = randomFrame({ encoding, width: even, height, step }, seed);
    // Not a byte more than needed, so that the last row ends where the memory does.
    return { ...image, data: image.data.slice(0, step * height - gap) };
  });

const share = fc.double({ min: 0.1, max: 1, noNaN: true });
const geometry = fc
  .record({
    color: fc.constantFrom('rgb', 'bgr'),
    rotate: fc.constantFrom(0, 90, 180, 270),
    flip: fc.constantFrom(undefined, 'h', 'v'),
    crop: fc.option(fc.record({ h: share, w: share })),
    h: side,
    w: side,
    mode: fc.constantFrom('stretch', 'pad_center', 'pad_topleft', 'crop_center', 'none'),
    filter: fc.constantFrom('bilinear', 'bilinear', 'area', 'bicubic', 'nearest'),
    antialias: fc.boolean(),
    padValue: fc.double({ min: 0, max: 1, noNaN: true }),
    layout: fc.constantFrom('CHW', 'HWC'),
  } as const)
  .map((g) => ({ ...g, antialias: g.antialias && g.filter !== 'nearest' }));

type Geometry = typeof geometry extends fc.Arbitrary<infer G> ? G : never;

const normalisation = fc.oneof(
  fc.constant({}),
  fc.constant({ scale: 1 }),
  fc.constant({ mean: [0.5], std: [0.5] }),
  fc.constant({ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }),
  fc.record({
    scale: fc.double({ min: 1e-3, max: 2, noNaN: true }),
    mean: fc.array(fc.double({ min: -300, max: 300, noNaN: true }), { minLength: 3, maxLength: 3 }),
    std: fc.array(fc.double({ min: 1e-3, max: 100, noNaN: true }), { minLength: 3, maxLength: 3 }),
  }),
);

/** Options that suit a frame: the crop inside of it, and for mode `none` the size that it then has. */
function optionsFor(image: { width: number; height: number }, g: Geometry): ImageTensorOptions {
  const turned = g.rotate % 180 === 90;
  const width = turned ? image.height : image.width;
  const height = turned ? image.width : image.height;
  const crop =
    g.crop === null ? undefined : { w: Math.ceil(width * g.crop.w), h: Math.ceil(height * g.crop.h) };
  const { color, rotate, flip, layout, mode, filter, antialias, padValue } = g;
  const w = mode === 'none' ? (crop?.w ?? width) : g.w;
  const h = mode === 'none' ? (crop?.h ?? height) : g.h;
  return { color, rotate, flip, crop, layout, resize: { w, h, mode, filter, antialias, padValue } };
}

describe.skipIf(process.env['JETSON_VLA_NO_ADDON'] === '1')('the native image kernel', () => {
  test('writes the same bytes as the TypeScript one', () => {
    fc.assert(
      fc.property(frame, geometry, (image, g) => {
        const options: ImageTensorOptions = { ...optionsFor(image, g), dtype: 'uint8' };
        expect(kernelValues('native', image, options)).toEqual(kernelValues('typescript', image, options));
      }),
      { numRuns: 800 },
    );
  });

  test('writes the same half-precision values', () => {
    fc.assert(
      fc.property(frame, geometry, normalisation, (image, g, values) => {
        const options: ImageTensorOptions = { ...optionsFor(image, g), ...values, dtype: 'float16' };
        expect(kernelValues('native', image, options)).toEqual(kernelValues('typescript', image, options));
      }),
      { numRuns: 250 },
    );
  });

  test('writes the same floats, also with mean and std', () => {
    fc.assert(
      fc.property(frame, geometry, normalisation, (image, g, values) => {
        const options = { ...optionsFor(image, g), ...values };
        expect(kernelValues('native', image, options)).toEqual(kernelValues('typescript', image, options));
      }),
      { numRuns: 250 },
    );
  });

  test('gives the same image from memory that threads share', () => {
    const image = randomRgb(40, 30);
    const shared = new Uint8Array(new SharedArrayBuffer(image.data.length));
    shared.set(image.data);
    const options = { resize: { h: 20, w: 20 } };
    expect(kernelValues('native', { ...image, data: shared }, options)).toEqual(
      kernelValues('typescript', image, options),
    );
  });

  test('follows a large reduction with thousands of taps', () => {
    const image = randomFrame({ encoding: 'mono8', width: 9000, height: 3 });
    for (const filter of ['bilinear', 'area', 'bicubic'] as const) {
      const options = { dtype: 'uint8', resize: { h: 2, w: 1, filter, antialias: true } } as const;
      expect(kernelValues('native', image, options)).toEqual(kernelValues('typescript', image, options));
    }
  });

  describe('refuses', () => {
    const image = randomRgb(8, 6);
    function kernel(options: ImageTensorOptions = {}) {
      const spec: ImageTensorSpec = resolveImageSpec({ resize: { h: 4, w: 4 }, ...options });
      return new NativeImageKernel(loadAddon(), planImage(image, spec), spec, pixelTables(spec));
    }

    test('a frame that has become too short', () => {
      const tensor = new Float32Array(48).fill(7);
      const short = { ...image, data: image.data.subarray(1) };
      expect(() => kernel().write(short, tensor)).toThrow(/needs 144 bytes, got 143/);
      expect(tensor.every((value) => value === 7)).toBe(true);
    });

    test('a frame whose memory has been given away', () => {
      const data = Uint8Array.from(image.data);
      structuredClone(data.buffer, { transfer: [data.buffer] });
      expect(() => kernel().write({ ...image, data }, new Float32Array(48))).toThrow(/got 0/);
    });

    test('a tensor of another length or type', () => {
      expect(() => kernel().write(image, new Float32Array(47))).toThrow(/48 elements, got 47/);
      expect(() => kernel().write(image, new Uint16Array(48))).toThrow(/typed array of the plan's type/);
    });

    test('a plan whose pixels lie outside of the frame', () => {
      const spec = resolveImageSpec({ resize: { h: 4, w: 4 } });
      const plan = planImage(image, spec);
      const wrong = { ...plan, grid: { ...plan.grid, origin: 1 } };
      expect(() => new NativeImageKernel(loadAddon(), wrong, spec, pixelTables(spec))).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    });
  });
});
