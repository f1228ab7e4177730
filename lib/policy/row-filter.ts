import type { PixelGrid } from './pixel-grid.js';
import type { RowTaps } from './resize-plan.js';

/**
 * The horizontal half of a resize: weighted sums of neighbouring pixels of one row, in fixed point. The sums are
 * written with `| 0` throughout because V8 then leaves out its checks for 32-bit overflow, which cost half the time.
 */
export class RowFilter {
  /** Values of a filtered row: three channels per output pixel. */
  readonly length: number;
  readonly #grid: PixelGrid;
  readonly #taps: number;
  /** Byte offset from the start of the row to the first pixel of each output. */
  readonly #offset: Int32Array;
  /** `taps` weights per output. */
  readonly #weight: Int32Array;

  constructor(grid: PixelGrid, { taps, first, weight }: RowTaps) {
    this.length = first.length * 3;
    this.#grid = grid;
    this.#taps = taps;
    this.#offset = first.map((pixel) => pixel * grid.strideX);
    this.#weight = weight;
  }

  /** Filters row `source` of the grid's pixels in `data` into `row`. */
  apply(data: Uint8Array, source: number, row: Int32Array): void {
    const { origin, strideX, strideY, channels } = this.#grid;
    const start = origin + source * strideY;
    if (this.#taps === 2) blend(data, start, strideX, channels, this.#offset, this.#weight, row);
    else sum(data, start, strideX, channels, this.#offset, this.#weight, this.#taps, row);
  }
}

function blend(
  data: Uint8Array,
  start: number,
  strideX: number,
  channels: PixelGrid['channels'],
  offset: Int32Array,
  weight: Int32Array,
  row: Int32Array,
): void {
  const c0 = channels[0] | 0;
  const c1 = channels[1] | 0;
  const c2 = channels[2] | 0;
  for (let i = 0, out = 0; i < offset.length; i++, out += 3) {
    const left = (start + (offset[i] as number)) | 0;
    const right = (left + strideX) | 0;
    const w0 = weight[i << 1] as number;
    const w1 = weight[(i << 1) + 1] as number;
    row[out] =
      Math.imul(data[(left + c0) | 0] as number, w0) + Math.imul(data[(right + c0) | 0] as number, w1);
    row[out + 1] =
      Math.imul(data[(left + c1) | 0] as number, w0) + Math.imul(data[(right + c1) | 0] as number, w1);
    row[out + 2] =
      Math.imul(data[(left + c2) | 0] as number, w0) + Math.imul(data[(right + c2) | 0] as number, w1);
  }
}

function sum(
  data: Uint8Array,
  start: number,
  strideX: number,
  channels: PixelGrid['channels'],
  offset: Int32Array,
  weight: Int32Array,
  taps: number,
  row: Int32Array,
): void {
  const c0 = channels[0] | 0;
  const c1 = channels[1] | 0;
  const c2 = channels[2] | 0;
  for (let i = 0, out = 0, tap = 0; i < offset.length; i++, out += 3) {
    let pixel = (start + (offset[i] as number)) | 0;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    for (const end = (tap + taps) | 0; tap < end; tap = (tap + 1) | 0) {
      const w = weight[tap] as number;
      s0 = (s0 + Math.imul(data[(pixel + c0) | 0] as number, w)) | 0;
      s1 = (s1 + Math.imul(data[(pixel + c1) | 0] as number, w)) | 0;
      s2 = (s2 + Math.imul(data[(pixel + c2) | 0] as number, w)) | 0;
      pixel = (pixel + strideX) | 0;
    }
    row[out] = s0;
    row[out + 1] = s1;
    row[out + 2] = s2;
  }
}
