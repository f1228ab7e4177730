import { type AxisTaps, type ResizeTaps, resizeTaps, sliceTaps } from './filter-taps.js';
import type { ResizeSpec } from './image-spec.js';
import type { PixelGrid } from './pixel-grid.js';
import type { ResizeFit } from './resize-fit.js';
import { roundHalfToEven } from './round-half-to-even.js';

/** The horizontal taps in fixed point: output i is the sum of `weight[i × taps + k] × pixel[first[i] + k]`. */
export interface RowTaps {
  readonly taps: number;
  readonly first: Int32Array;
  /** In units of 2^−weightBits. */
  readonly weight: Int32Array;
}

/** All that a resize of one geometry computes with, for the part of the result that is kept. */
export interface ResizePlan {
  readonly vertical: ResizeTaps['vertical'];
  readonly weightBits: ResizeTaps['weightBits'];
  readonly x: RowTaps;
  /** Weights times the unit of the filtered rows; with `lerp` whole numbers in units of 2⁻¹¹. */
  readonly y: AxisTaps;
}

/** How the pixels of `grid` become an image of the size that `fit` says; undefined when they have that size. */
export function planResize(
  grid: PixelGrid,
  fit: ResizeFit,
  filter: Pick<ResizeSpec, 'filter' | 'antialias'>,
): ResizePlan | undefined {
  if (fit.fullWidth === grid.width && fit.fullHeight === grid.height) return undefined;
  const { x, y, weightBits, vertical } = resizeTaps(
    [grid.width, grid.height],
    [fit.fullWidth, fit.fullHeight],
    filter,
  );
  const kept = sliceTaps(y, fit.cropY, fit.height);
  const unit = { lerp: 2 ** 11, sum: 2 ** -weightBits, 'byte-sum': 1 }[vertical];
  return {
    vertical,
    weightBits,
    x: rowTaps(sliceTaps(x, fit.cropX, fit.width), grid.width, weightBits),
    y: { ...kept, weight: kept.weight.map((weight) => weight * unit) },
  };
}

function rowTaps(axis: AxisTaps, width: number, bits: number): RowTaps {
  const { outputs } = axis;
  const taps = Math.min(axis.taps, width);
  const first = new Int32Array(outputs);
  const weight = new Int32Array(outputs * taps);
  for (let output = 0; output < outputs; output++) {
    const run = contiguous(axis, output, width, taps);
    first[output] = run.first;
    weight.set(fixedPoint(run.weights, bits), output * taps);
  }
  return { taps, first, weight };
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
