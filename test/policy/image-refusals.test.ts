import { describe, expect, test } from 'vitest';
import { type CameraFrame, FRAME_ENCODINGS } from '../../lib/policy/camera-frame.js';
import { ImagePreprocessor, imageTensor } from '../../lib/policy/image-tensor.js';
import { errorOf } from './error-of.js';
import { randomFrame, randomRgb } from './generated-frame.js';

/** What JavaScript callers can pass past the types. */
function untyped<T>(value: unknown): T {
  return value as T;
}

describe('a frame is refused as INVALID_IMAGE', () => {
  const good = randomRgb(4, 3);
  test.each<[string, object | null | undefined, RegExp]>([
    ['is missing', undefined, /camera frame, got undefined/],
    ['is null', null, /camera frame, got null/],
    ['has too few bytes', { ...good, data: good.data.subarray(1) }, /needs 36 bytes, got 35/],
    ['has a step past the data', { ...good, step: 13 }, /of step 13 needs 38 bytes, got 36/],
    ['has a step below a row', { ...good, step: 11 }, /at least 12 bytes.*got 11/],
    ['has a broken step', { ...good, step: 12.5 }, /step must be a whole number.*got 12.5/],
    ['has step NaN', { ...good, step: Number.NaN }, /got NaN/],
    ['has width 0', { ...good, width: 0 }, /width must be a whole number.*got 0/],
    ['has a negative height', { ...good, height: -3 }, /height must be.*got -3/],
    ['has a broken width', { ...good, width: 3.5 }, /got 3.5/],
    ['has a width of text', { ...good, width: '4' }, /got 4/],
    ['is absurdly wide', { ...good, width: 1e6 }, /to 16384, got 1000000/],
    ['has float data', { ...good, data: new Float32Array(36) }, /Uint8Array, got Float32Array/],
    ['has an array as data', { ...good, data: Array(36).fill(0) }, /Uint8Array, got Array/],
    ['has no data', { ...good, data: undefined }, /Uint8Array, got Undefined/],
    ['has data without a prototype', { ...good, data: Object.create(null) }, /Uint8Array, got/],
    ['was taken at NaN', { ...good, capturedAt: Number.NaN }, /capturedAt must be finite.*got NaN/],
    ['was taken at infinity', { ...good, capturedAt: Number.POSITIVE_INFINITY }, /capturedAt/],
    [
      'has an odd width in UYVY',
      { encoding: 'yuv422', width: 3, height: 1, data: new Uint8Array(6) },
      /even width/,
    ],
    [
      'has an odd width in YUYV',
      { encoding: 'yuv422_yuy2', width: 3, height: 1, data: new Uint8Array(6) },
      /even/,
    ],
  ])('when it %s', (_, frame, message) => {
    const error = errorOf(() => imageTensor(untyped(frame), { resize: { h: 2, w: 2 } }));
    expect(error.code).toBe('INVALID_IMAGE');
    expect(error.message).toMatch(message);
  });

  test('when its buffer was transferred away', () => {
    const data = new Uint8Array(36);
    structuredClone(data, { transfer: [data.buffer] });
    const frame: CameraFrame = { ...good, data };
    expect(errorOf(() => imageTensor(frame)).message).toMatch(/needs 36 bytes, got 0/);
  });

  test('when it is smaller than the crop', () => {
    const error = errorOf(() => imageTensor(good, { rotate: 90, crop: { h: 4, w: 4 } }));
    expect(error.code).toBe('INVALID_IMAGE');
    expect(error.message).toMatch(/crop of 4×4 px.*got 3×4 px after rotation/);
  });

  test('when it has another size than mode none expects', () => {
    const error = errorOf(() =>
      new ImagePreprocessor({ resize: { mode: 'none', h: 4, w: 3 } }).shapeFor(good),
    );
    expect(error.code).toBe('INVALID_IMAGE');
    expect(error.message).toMatch(/3×4 px, got 4×3 px/);
  });
});

describe('an encoding is refused as UNSUPPORTED_ENCODING', () => {
  test.each(['jpeg', '16UC1', 'toString', '', undefined, 7])('when it is %s', (encoding) => {
    const frame: CameraFrame = untyped({ ...randomRgb(4, 3), encoding });
    const error = errorOf(() => imageTensor(frame));
    expect(error.code).toBe('UNSUPPORTED_ENCODING');
    for (const supported of FRAME_ENCODINGS) expect(error.message).toContain(supported);
  });
});

test('a Buffer, a view into a larger buffer and a missing gap after the last row are fine', () => {
  const frame = randomFrame({ encoding: 'rgb8', width: 4, height: 3, step: 16 });
  const expected = imageTensor(frame).data;
  const larger = new Uint8Array(60);
  larger.set(frame.data, 5);
  expect(imageTensor({ ...frame, data: Buffer.from(frame.data) }).data).toEqual(expected);
  expect(imageTensor({ ...frame, data: larger.subarray(5) }).data).toEqual(expected);
  expect(imageTensor({ ...frame, data: frame.data.subarray(0, 44) }).data).toEqual(expected);
});

describe('options are refused as INVALID_ARGUMENT', () => {
  test.each<[object, RegExp]>([
    [{ color: 'gbr' }, /color must be rgb or bgr, got gbr/],
    [{ rotate: 45 }, /rotate must be 0, 90, 180 or 270, got 45/],
    [{ rotate: '90' }, /rotate/],
    [{ flip: 'x' }, /flip must be h or v, got x/],
    [{ layout: 'NCHW' }, /layout/],
    [{ dtype: 'int8' }, /dtype must be float32, float16 or uint8, got int8/],
    [{ scale: 0 }, /scale must be a finite number above 0, got 0/],
    [{ scale: Number.NaN }, /scale/],
    [{ mean: [0, 0] }, /mean must be an array of 1 or 3 numbers, got \[0,0\]/],
    [{ mean: 0.5 }, /mean must be an array/],
    [{ mean: [0, Number.POSITIVE_INFINITY, 0] }, /mean\[1\] must be a finite number, got Infinity/],
    [{ std: [1, 1, 0] }, /std\[2\] must be a finite number above 0, got 0/],
    [{ std: [-1] }, /std\[0\]/],
    [{ std: ['1'] }, /std\[0\]/],
    [{ crop: { h: 0, w: 4 } }, /crop.h must be a whole number of pixels from 1/],
    [{ crop: { w: 4 } }, /crop.h.*got undefined/],
    [{ crop: { h: 4, w: 4, at: 'left' } }, /crop.at must be center, got left/],
    [{ resize: { h: -224 } }, /resize.h.*got -224/],
    [{ resize: { w: 22.4 } }, /resize.w.*got 22.4/],
    [{ resize: { w: 1e9 } }, /resize.w/],
    [{ resize: { mode: 'fit' } }, /resize.mode must be stretch, pad_center/],
    [
      { resize: { filter: 'lanczos' } },
      /resize.filter must be bilinear, area, bicubic or nearest, got lanczos/,
    ],
    [{ resize: { antialias: 'yes' } }, /resize.antialias must be true or false, got yes/],
    [{ resize: { filter: 'nearest', antialias: true } }, /antialias does not go with filter nearest/],
    [{ resize: { padValue: 1.5 } }, /resize.padValue must be a number from 0 to 1, got 1.5/],
    [{ resize: { padValue: Number.NaN } }, /resize.padValue/],
    [{ dtype: 'uint8', scale: 1 / 255 }, /uint8 needs scale 1, mean 0 and std 1/],
    [{ dtype: 'uint8', mean: [0.5] }, /mean \[0.5,0.5,0.5\]/],
    [{ dtype: 'uint8', std: [0.5] }, /uint8 needs/],
  ])('%o', (options, message) => {
    const error = errorOf(() => new ImagePreprocessor(untyped(options)));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });
});
