import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { BYTES_PER_PIXEL } from '../../lib/policy/pixel-formats.js';

/** The bytes that python/fixtures/opencv_reference.py generates from the same seed. */
export function randomBytes(count: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed;
  for (let at = 0; at < count; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** A frame of random pixels; everything but the data can be set. */
export function randomFrame(frame: Omit<CameraFrame, 'data'>, seed = 1): CameraFrame {
  const step = frame.step ?? frame.width * BYTES_PER_PIXEL[frame.encoding];
  return { ...frame, data: randomBytes(step * frame.height, seed) };
}

/** An rgb8 frame of random pixels. */
export function randomRgb(width: number, height: number, seed = 1): CameraFrame {
  return randomFrame({ encoding: 'rgb8', width, height }, seed);
}
