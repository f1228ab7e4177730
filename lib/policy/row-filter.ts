import type { AxisTaps } from './filter-taps.js';
import type { PixelGrid } from './pixel-grid.js';
import { roundHalfToEven } from './round-half-to-even.js';

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
  /** `taps` weights per output, in units of 2^−bits. */
  readonly #weight: Int32Array;

  constructor(grid: PixelGrid, axis: AxisTaps, bits: number) {
    const { outputs } = axis;
    const taps = Math.min(axis.taps, grid.width);
    this.length = outputs * 3;
    this.#grid = grid;
    this.#taps = taps;
    this.#offset = new Int32Array(outputs);
    this.#weight = new Int32Array(outputs * taps);
    for (let output = 0; output < outputs; output++) {
      const { first, weights } = contiguous(axis, output, grid.width, taps);
      this.#offset[output] = first * grid.strideX;
      this.#weight.set(fixedPoint(weights, bits), output * taps);
    }
  }

  /** Filters row `source` of the grid's pixels in `data` into `row`. */
  apply(data: Uint8Array, source: number, row: Int32Array): void {
    const { origin, strideX, strideY, channels } = this.#grid;
    const start = origin + source * strideY;
    if (this.#taps === 2) blend(data, start, strideX, channels, this.#offset, this.#weight, row);
    else sum(data, start, strideX, channels, this.#offset, this.#weight, this.#taps, row);
  }
}

/** The weights of one output on a run of `taps` pixels inside the row; taps that share the border pixel add up. */
function contiguous(axis: AxisTaps, output: number, width: number, taps: number) {
  const at = output * axis.taps;
  const first = Math.min(axis.index[at] as number, width - taps);
  const weights = new Float64Array(taps);
  for (let k = at; k < at + axis.taps; k++) {
    const tap = (axis.index[k] as number) - first;
    weights[tap] = (weights[tap] as number) + (axis.weight[k] as number);
  }
  return { first, weights };
}

/** Weights as integers, rounded by their running sum so that a flat image stays flat however many taps there are. */
function fixedPoint(weights: Float64Array, bits: number): Int32Array {
  const unit = 2 ** bits;
  let exact = 0;
  let given = 0;
  return Int32Array.from(weights, (weight) => {
    exact += weight * unit;
    const step = roundHalfToEven(exact) - given;
    given += step;
    return step;
  });
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
