import type { ImageTensorSpec } from './image-spec.js';
import type { PixelGrid } from './pixel-grid.js';
import type { PixelTables, PixelValues } from './pixel-tables.js';
import type { ResizeFit } from './resize-fit.js';

/** Writes 8-bit images as the values that tables give for their bytes. */
export class PixelNormaliser {
  readonly #spec: Pick<ImageTensorSpec, 'layout' | 'resize'>;
  readonly #tables: PixelTables;

  constructor(spec: Pick<ImageTensorSpec, 'layout' | 'resize'>, tables: PixelTables) {
    this.#spec = spec;
    this.#tables = tables;
  }

  /** Fills the whole of `out`, one image of the spec's size, with the padding value. */
  pad(out: PixelValues): void {
    const [p0, p1, p2] = this.#tables.padding;
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
      const values = this.#tables.values[channel] as PixelValues;
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
