import type { AxisTaps } from './filter-taps.js';
import type { PixelGrid } from './pixel-grid.js';
import type { ResizePlan } from './resize-plan.js';
import { RowFilter } from './row-filter.js';

/**
 * Resizes 8-bit images of one geometry. Tables and scratch memory are made once; a call allocates nothing.
 *
 * Bilinear, nearest and the enlarging form of area reproduce OpenCV's own arithmetic bit for bit; bicubic and area may
 * differ by one step where a value falls halfway. The antialiased filters round to 8 bit between the width and the
 * height, as torch and Pillow do (Pillow 13 takes the height first where that is faster).
 */
export class Resizer {
  /** The result of the last call: packed, three channels. */
  readonly pixels: Uint8Array;
  readonly #vertical: ResizePlan['vertical'];
  readonly #weightBits: number;
  readonly #rowFilter: RowFilter;
  readonly #y: AxisTaps;
  /** Horizontally resized rows, the source row r in slot r mod taps: each is computed once. */
  readonly #rows: Int32Array[];
  readonly #rowInSlot: Int32Array;
  readonly #sum: Float64Array;

  constructor(grid: PixelGrid, { vertical, weightBits, x, y }: ResizePlan) {
    this.#vertical = vertical;
    this.#weightBits = weightBits;
    this.#rowFilter = new RowFilter(grid, x);
    this.#y = y;
    const rowLength = this.#rowFilter.length;
    this.#rows = Array.from({ length: y.taps }, () => new Int32Array(rowLength));
    this.#rowInSlot = new Int32Array(y.taps);
    this.#sum = new Float64Array(rowLength);
    this.pixels = new Uint8Array(rowLength * y.outputs);
  }

  /** Reads the grid's pixels in `data` and leaves the resized image in {@link pixels}. */
  resize(data: Uint8Array): void {
    const y = this.#y;
    const { weight } = y;
    const rowLength = this.#sum.length;
    this.#rowInSlot.fill(-1);
    for (let output = 0; output < y.outputs; output++) {
      const at = output * y.taps;
      const out = output * rowLength;
      if (this.#vertical === 'lerp') {
        const upper = this.#row(data, y.index[at] as number);
        const lower = this.#row(data, y.index[at + 1] as number);
        lerpRows(upper, lower, weight[at] as number, weight[at + 1] as number, this.pixels, out);
        continue;
      }
      this.#sum.fill(0.5);
      for (let k = at; k < at + y.taps; k++) {
        const share = weight[k] as number;
        if (share !== 0) addRow(this.#sum, this.#row(data, y.index[k] as number), share);
      }
      storeRow(this.#sum, this.pixels, out);
    }
  }

  #row(data: Uint8Array, source: number): Int32Array {
    const slot = source % this.#rows.length;
    const row = this.#rows[slot] as Int32Array;
    if (this.#rowInSlot[slot] === source) return row;
    this.#rowInSlot[slot] = source;
    this.#rowFilter.apply(data, source, row);
    if (this.#vertical === 'byte-sum') roundToBytes(row, this.#weightBits);
    return row;
  }
}

function roundToBytes(row: Int32Array, bits: number): void {
  const half = 1 << (bits - 1);
  for (let at = 0; at < row.length; at++)
    row[at] = Math.max(0, Math.min(255, ((row[at] as number) + half) >> bits));
}

/** Drops the same bits as OpenCV's 8-bit bilinear filter: 4 of each row, 16 of each product, 2 of the sum. */
function lerpRows(
  upper: Int32Array,
  lower: Int32Array,
  upperWeight: number,
  lowerWeight: number,
  pixels: Uint8Array,
  out: number,
): void {
  for (let at = 0; at < upper.length; at++) {
    const above = Math.imul((upper[at] as number) >> 4, upperWeight) >> 16;
    const below = Math.imul((lower[at] as number) >> 4, lowerWeight) >> 16;
    pixels[out + at] = (above + below + 2) >> 2;
  }
}

function addRow(sum: Float64Array, row: Int32Array, weight: number): void {
  for (let at = 0; at < row.length; at++) sum[at] = (sum[at] as number) + (row[at] as number) * weight;
}

function storeRow(sum: Float64Array, pixels: Uint8Array, out: number): void {
  for (let at = 0; at < sum.length; at++)
    pixels[out + at] = Math.max(0, Math.min(255, (sum[at] as number) | 0));
}
