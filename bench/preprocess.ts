import sharp, { type Sharp } from 'sharp';
import type { CameraFrame } from '../lib/policy/camera-frame.js';
import { ImagePreprocessor, type ImageTensorOptions } from '../lib/policy/image-tensor.js';
import { allocateTensor } from '../lib/policy/tensor.js';
import type { BenchResult } from './bench-result.js';
import { quantiles } from './quantiles.js';

const WARM_UP = 30;
const ITERATIONS = 200;
const WIDTH = 1280;
const HEIGHT = 720;
const SIZE = 224;
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/**
 * 1280×720 rgb8 → 224×224 float32 CHW with ImageNet mean and std, the same work on both sides: bilinear from four
 * source pixels per output pixel, as `cv2.resize` does and policies are usually trained.
 */
export function bench(): Promise<BenchResult> {
  return compare('preprocess', { filter: 'bilinear' }, 'affine bilinear', (image) =>
    image.affine([SIZE / WIDTH, 0, 0, SIZE / HEIGHT], {
      interpolator: 'bilinear',
      // Half-pixel centres, as ours.
      idx: 0.5,
      idy: 0.5,
      odx: -0.5,
      ody: -0.5,
    }),
  );
}

/** The same with every source pixel averaged in: a triangle as wide as the reduction asks for. */
export function benchAntialiased(): Promise<BenchResult> {
  return compare(
    'preprocess-antialiased',
    { filter: 'bilinear', antialias: true },
    'kernel linear',
    (image) => image.resize(SIZE, SIZE, { fit: 'fill', kernel: 'linear' }),
  );
}

async function compare(
  name: string,
  resize: ImageTensorOptions['resize'],
  method: string,
  scale: (image: Sharp) => Sharp,
): Promise<BenchResult> {
  const frame = smoothFrame(WIDTH, HEIGHT);
  const preprocessor = new ImagePreprocessor({
    resize: { ...resize, h: SIZE, w: SIZE },
    layout: 'CHW',
    mean: MEAN,
    std: STD,
  });
  const ourTensor = allocateTensor('float32', preprocessor.shape);
  const peerTensor = allocateTensor('float32', preprocessor.shape);
  const ours = () => preprocessor.write(frame, ourTensor);
  const peer = () => sharpTensor(frame, peerTensor.data, scale);

  await ours();
  await peer();
  const apart = ourTensor.data.reduce(
    (worst, value, at) => Math.max(worst, Math.abs(value - (peerTensor.data[at] ?? 0))),
    0,
  );
  if (!(apart < 0.1))
    throw new Error(`the two tensors must be nearly equal to compare times, differ by ${apart}`);

  const times: { ours: number[]; peer: number[] } = { ours: [], peer: [] };
  for (let run = -WARM_UP; run < ITERATIONS; run++) {
    const ourTime = await timed(ours);
    const peerTime = await timed(peer);
    if (run < 0) continue;
    times.ours.push(ourTime);
    times.peer.push(peerTime);
  }
  const us = quantiles(times.ours);
  const them = quantiles(times.peer);
  return {
    name,
    unit: 'ms',
    ours: us,
    peer: { name: `sharp ${sharp.versions.sharp} (libvips ${sharp.versions.vips}), ${method}`, ...them },
    ratio: them.p50 / us.p50,
  };
}

/** What a Node user of sharp writes: resize in libvips, then normalise to planes in JavaScript. */
async function sharpTensor(
  frame: CameraFrame,
  out: Float32Array,
  scale: (image: Sharp) => Sharp,
): Promise<void> {
  const { width, height } = frame;
  const { data: bytes, info } = await scale(sharp(frame.data, { raw: { width, height, channels: 3 } }))
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== SIZE || info.height !== SIZE)
    throw new Error(`sharp made ${info.width}×${info.height}, expected ${SIZE}×${SIZE}`);
  const plane = SIZE * SIZE;
  for (let channel = 0; channel < 3; channel++) {
    const mean = MEAN[channel] ?? 0;
    const std = STD[channel] ?? 1;
    for (let pixel = 0; pixel < plane; pixel++)
      out[channel * plane + pixel] = ((bytes[pixel * 3 + channel] ?? 0) / 255 - mean) / std;
  }
}

/** An image without fine detail, on which the filters of both sides agree. */
function smoothFrame(width: number, height: number): CameraFrame {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < 3; channel++, at++)
        data[at] = 127.5 + 127 * Math.sin(x / 90 + channel) * Math.cos(y / 70 - channel);
  return { encoding: 'rgb8', width, height, data };
}

async function timed(action: () => void | Promise<void>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}
