import { describe, expect, test } from 'vitest';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { fromFloat16Bits } from '../../lib/policy/float16.js';
import {
  DEFAULT_IMAGE_SPEC,
  ImagePreprocessor,
  type ImageTensorOptions,
  imageTensor,
} from '../../lib/policy/image-tensor.js';
import { allocateTensor } from '../../lib/policy/tensor.js';
import { errorOf } from './error-of.js';
import { randomFrame, randomRgb } from './generated-frame.js';

/** A frame of one row of pixels. */
function pixels(...values: [number, number, number][]): CameraFrame {
  return { encoding: 'rgb8', width: values.length, height: 1, data: Uint8Array.from(values.flat()) };
}

function asIs(width: number, height: number) {
  return { h: height, w: width, mode: 'none' } as const;
}

describe('imageTensor', () => {
  test('gives 224 × 224 pixels in 0 … 1, batch first, by default', () => {
    const tensor = imageTensor(randomRgb(64, 48));
    expect(tensor.dtype).toBe('float32');
    expect(tensor.shape).toEqual([1, 224, 224, 3]);
    expect(new ImagePreprocessor().spec).toEqual(DEFAULT_IMAGE_SPEC);
  });

  test('divides by 255 exactly as single-precision arithmetic does', () => {
    const data = Uint8Array.from({ length: 256 }, (_, value) => value);
    const tensor = imageTensor({ encoding: 'mono8', width: 256, height: 1, data }, { resize: asIs(256, 1) });
    const expected = Array.from(data, (value) => Math.fround(value / 255));
    expect(Array.from(tensor.data).filter((_, at) => at % 3 === 0)).toEqual(expected);
  });

  test('takes mean and std in the order of the output channels', () => {
    const options: ImageTensorOptions = {
      resize: asIs(1, 1),
      scale: 1,
      mean: [1, 2, 3],
      std: [2, 4, 8],
    };
    expect([...imageTensor(pixels([11, 22, 43]), options).data]).toEqual([5, 5, 5]);
    expect([...imageTensor(pixels([11, 22, 43]), { ...options, color: 'bgr' }).data]).toEqual([21, 5, 1]);
  });

  test('spreads one mean and one std over the channels', () => {
    const options: ImageTensorOptions = { resize: asIs(1, 1), mean: [0.5], std: [0.5] };
    expect([...imageTensor(pixels([0, 255, 0]), options).data]).toEqual([-1, 1, -1]);
  });

  test('writes half precision as bit patterns', () => {
    const tensor = imageTensor(pixels([0, 51, 255]), { resize: asIs(1, 1), dtype: 'float16', layout: 'CHW' });
    expect(tensor.data).toBeInstanceOf(Uint16Array);
    expect([...tensor.data]).toEqual([0, 0x3266, 0x3c00]);
    expect(fromFloat16Bits(0x3266)).toBeCloseTo(0.2, 4);
  });

  test('writes raw values as uint8', () => {
    const tensor = imageTensor(pixels([1, 2, 3], [4, 5, 6]), {
      resize: asIs(2, 1),
      dtype: 'uint8',
      layout: 'CHW',
    });
    expect(tensor.shape).toEqual([1, 3, 1, 2]);
    expect([...tensor.data]).toEqual([1, 4, 2, 5, 3, 6]);
  });

  test('pads before mean and std, per channel', () => {
    const options: ImageTensorOptions = {
      resize: { h: 2, w: 1, mode: 'pad_topleft', padValue: 0.5 },
      mean: [0, 0.5, 1],
      std: [1, 1, 0.5],
    };
    expect([...imageTensor(pixels([255, 255, 255]), options).data]).toEqual([0.5, 0, -1, 1, 0.5, 0]);
    const planar = imageTensor(pixels([255, 255, 255]), { ...options, layout: 'CHW' });
    expect([...planar.data]).toEqual([0.5, 1, 0, 0.5, -1, 0]);
  });

  test('splits odd padding with the smaller half first', () => {
    const options: ImageTensorOptions = { dtype: 'uint8', resize: { h: 4, w: 1, mode: 'pad_center' } };
    const { data } = imageTensor(pixels([9, 9, 9]), options);
    expect([0, 3, 6, 9].map((at) => data[at])).toEqual([0, 9, 0, 0]);
  });

  test('turns clockwise, then flips, then crops', () => {
    // a b   turned   c a   flipped   a c
    // c d            d b             b d
    const data = Uint8Array.of(10, 20, 30, 40);
    const frame: CameraFrame = { encoding: 'mono8', width: 2, height: 2, data };
    const options: ImageTensorOptions = { dtype: 'uint8', rotate: 90, resize: asIs(2, 2) };
    const grey = (more: ImageTensorOptions) =>
      [...imageTensor(frame, { ...options, ...more }).data].filter((_, at) => at % 3 === 0);
    expect(grey({})).toEqual([30, 10, 40, 20]);
    expect(grey({ flip: 'h' })).toEqual([10, 30, 20, 40]);
    expect(grey({ flip: 'h', crop: { h: 1, w: 2 }, resize: asIs(2, 1) })).toEqual([10, 30]);
  });
});

describe('ImagePreprocessor', () => {
  test('follows the geometry of the frames that it gets', () => {
    const options: ImageTensorOptions = { resize: { h: 8, w: 8, mode: 'pad_center' }, dtype: 'uint8' };
    const one = new ImagePreprocessor(options);
    const tensor = allocateTensor('uint8', one.shapeFor(randomRgb(10, 6)));
    const frames = [
      randomRgb(10, 6),
      randomRgb(6, 10, 2),
      randomFrame({ encoding: 'yuv422', width: 10, height: 6 }),
      randomFrame({ encoding: 'rgb8', width: 10, height: 6, step: 40 }),
      randomFrame({ encoding: 'bgr8', width: 10, height: 6 }),
      randomRgb(10, 6, 3),
    ];
    for (const frame of frames) {
      one.write(frame, tensor);
      expect(tensor.data).toEqual(imageTensor(frame, options).data);
    }
  });

  test('makes no new buffers for frames of the same geometry', () => {
    for (const encoding of ['rgb8', 'yuv422'] as const) {
      const one = new ImagePreprocessor({ resize: { h: 32, w: 32, filter: 'area' } });
      const frame = randomFrame({ encoding, width: 64, height: 64 });
      const tensor = allocateTensor('float32', one.shapeFor(frame));
      const before = process.memoryUsage().arrayBuffers;
      for (let run = 0; run < 50; run++) one.write(frame, tensor);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 32 * 32 * 3);
    }
  });

  test('leaves the tensor alone when the frame is refused', () => {
    const one = new ImagePreprocessor({ resize: asIs(4, 4) });
    const tensor = allocateTensor('float32', one.shape);
    tensor.data.fill(7);
    expect(errorOf(() => one.write(randomRgb(5, 4), tensor)).code).toBe('INVALID_IMAGE');
    expect(errorOf(() => one.write({ ...randomRgb(4, 4), step: 1 }, tensor)).code).toBe('INVALID_IMAGE');
    expect(tensor.data.every((value) => value === 7)).toBe(true);
  });

  test.each([
    ['another dtype', allocateTensor('uint8', [1, 4, 4, 3])],
    ['another layout', allocateTensor('float32', [1, 3, 4, 4])],
    ['no batch dimension', allocateTensor('float32', [4, 4, 3])],
    ['too little memory', { dtype: 'float32' as const, shape: [1, 4, 4, 3], data: new Float32Array(47) }],
  ])('refuses a tensor of %s', (_, tensor) => {
    const one = new ImagePreprocessor({ resize: asIs(4, 4) });
    const error = errorOf(() => one.write(randomRgb(4, 4), tensor));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain('[1, 4, 4, 3]');
  });
});
