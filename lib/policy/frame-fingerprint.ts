import type { CameraFrame } from './camera-frame.js';
import { BYTES_PER_PIXEL, rowStep } from './pixel-formats.js';

/** As many bytes as can be looked at in about 10 µs. */
const SAMPLES = 4096;
/** Offset basis and prime of the 32-bit FNV-1a hash, http://www.isthe.com/chongo/tech/comp/fnv/ */
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Hash of a frame, equal for equal images: an unsigned 32-bit integer. At most 4096 bytes are looked at, evenly spread
 * from the first to the last one of the pixels; a change of any one of these changes the hash. Bytes between the rows
 * do not count, size and encoding do.
 *
 * @param frame one that passes checkFrame()
 */
export function frameFingerprint(frame: CameraFrame): number {
  return hashFrame(FNV_BASIS, frame) >>> 0;
}

/** Hash of several frames, one after the other; undefined without any. */
export function framesFingerprint(frames: readonly CameraFrame[]): number | undefined {
  return frames.length === 0 ? undefined : frames.reduce(hashFrame, FNV_BASIS) >>> 0;
}

function hashFrame(start: number, frame: CameraFrame): number {
  const { data, width, height, encoding } = frame;
  const rowBytes = width * BYTES_PER_PIXEL[encoding];
  const padding = rowStep(frame) - rowBytes;
  const last = rowBytes * height - 1;
  const samples = Math.min(SAMPLES, last + 1);
  // First and last included, so that the stride is rarely a whole number and all columns and channels get their turn.
  const stride = samples > 1 ? last / (samples - 1) : 0;
  let hash = mixText(mix(mix(start, width), height), encoding);
  for (let sample = 0; sample < samples; sample++) {
    // Bitwise rounding, because Math.round takes half of the time; the largest frame has 2³⁰ bytes.
    const packed = (sample * stride + 0.5) | 0;
    const at = padding === 0 ? packed : packed + ((packed / rowBytes) | 0) * padding;
    hash = mix(hash, data[at] as number);
  }
  return hash;
}

/** One-to-one in `hash` for each value, and in the value for each hash. */
function mix(hash: number, value: number): number {
  return Math.imul(hash ^ value, FNV_PRIME);
}

function mixText(hash: number, text: string): number {
  let mixed = hash;
  for (let at = 0; at < text.length; at++) mixed = mix(mixed, text.charCodeAt(at));
  return mixed;
}
