import { toFloat16Bits } from './float16.js';
import type { ImageTensorSpec } from './image-spec.js';
import type { PixelGrid } from './pixel-grid.js';
import type { ResizeFit } from './resize-fit.js';

/** Memory that image values are written into: floats, half-precision bit patterns, or bytes. */
export type PixelValues = Float32Array | Uint16Array | Uint8Array;

/**
 * Writes 8-bit images as normalised values, `(byte × scale − mean) / std` with the mean and std of the output channel,
 * looked up in a table per channel: 256 values are all there can be.
 */
export class PixelNormaliser {
  readonly #spec: ImageTensorSpec;
  readonly #tables: readonly [PixelValues, PixelValues, PixelValues];
  readonly #padding: readonly [number, number, number];

  constructor(spec: ImageTensorSpec) {
    this.#spec = spec;
    this.#tables = [table(spec, 0), table(spec, 1), table(spec, 2)];
    const pad = spec.resize.padValue * 255;
    this.#padding = [element(spec, 0, pad), element(spec, 1, pad), element(spec, 2, pad)];
  }

  /** Fills the whole of `out`, one image of the spec's size, with the padding value. */
  pad(out: PixelValues): void {
    const [p0, p1, p2] = this.#padding;
    if (this.#spec.layout === 'CHW') {
      const plane = out.length / 3;
      out
        .fill(p0, 0, plane)
        .fill(p1, plane, 2 * plane)
        .fill(p2, 2 * plane);
      return;
    }
    for (let at = 0; at < out.length; at += 3) {
      out[at] = p0;
      out[at + 1] = p1;
      out[at + 2] = p2;
    }
  }

  /** Writes the pixels of `grid` in `data`, an image of the size that `fit` keeps, to its place in `out`. */
  write(data: Uint8Array, grid: PixelGrid, fit: Pick<ResizeFit, 'left' | 'top'>, out: PixelValues): void {
    const { layout, resize } = this.#spec;
    const planar = layout === 'CHW';
    const outStep = planar ? 1 : 3;
    const channelStep = planar ? resize.h * resize.w : 1;
    for (let channel = 0; channel < 3; channel++) {
      const values = this.#tables[channel] as PixelValues;
      const origin = grid.origin + (grid.channels[channel] as number);
      for (let row = 0; row < grid.height; row++) {
        const from = origin + row * grid.strideY;
        const to = ((fit.top + row) * resize.w + fit.left) * outStep + channel * channelStep;
        writeRow(data, from, grid.strideX, values, out, to, outStep, grid.width);
      }
    }
  }
}

function writeRow(
  data: Uint8Array,
  from: number,
  fromStep: number,
  values: PixelValues,
  out: PixelValues,
  to: number,
  toStep: number,
  count: number,
): void {
  for (let i = 0, source = from, target = to; i < count; i++, source += fromStep, target += toStep)
    out[target] = values[data[source] as number] as number;
}

/** What is stored for a brightness of 0 … 255. */
function element({ scale, mean, std, dtype }: ImageTensorSpec, channel: number, brightness: number): number {
  const value = (brightness * scale - (mean[channel] as number)) / (std[channel] as number);
  switch (dtype) {
    case 'float32':
      return value;
    case 'float16':
      return toFloat16Bits(value);
    case 'uint8':
      return Math.round(value);
  }
}

function table(spec: ImageTensorSpec, channel: number): PixelValues {
  const elements = Array.from({ length: 256 }, (_, byte) => element(spec, channel, byte));
  switch (spec.dtype) {
    case 'float32':
      return Float32Array.from(elements);
    case 'float16':
      return Uint16Array.from(elements);
    case 'uint8':
      return Uint8Array.from(elements);
  }
}
