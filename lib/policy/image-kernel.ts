import type { CameraFrame } from './camera-frame.js';
import type { PixelValues } from './pixel-tables.js';

/** Carries out an image plan. All kernels give the same values, bit for bit. */
export interface ImageKernel {
  /** Writes a checked frame of the plan's geometry over the whole of `out`, an image of the spec's size and dtype. */
  write(frame: CameraFrame, out: PixelValues): void;
}
