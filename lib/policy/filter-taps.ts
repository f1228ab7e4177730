import type { ResizeSpec } from './image-spec.js';
import { roundHalfToEven } from './round-half-to-even.js';

/**
 * How one axis is resampled: output i is the sum over k of `weight[i × taps + k] × input[index[i × taps + k]]`.
 * Indices lie inside the input; the weights of an output sum to 1.
 */
export interface AxisTaps {
  readonly outputs: number;
  readonly taps: number;
  readonly index: Int32Array;
  readonly weight: Float64Array;
}

/** Both axes of a resize, and the arithmetic that makes 8-bit results equal those of the library it follows. */
export interface ResizeTaps {
  readonly x: AxisTaps;
  readonly y: AxisTaps;
  /** Fractional bits of the horizontal weights. */
  readonly weightBits: 11 | 22;
  /** `lerp`: OpenCV's truncating blend of two rows; `sum`: exact sum; `byte-sum`: rows rounded to 8 bit first. */
  readonly vertical: 'lerp' | 'sum' | 'byte-sum';
}

/** The taps that resize `from` to `to`, each [width, height] in pixels. */
export function resizeTaps(
  from: readonly [number, number],
  to: readonly [number, number],
  { filter, antialias }: Pick<ResizeSpec, 'filter' | 'antialias'>,
): ResizeTaps {
  const both = (taps: (from: number, to: number) => AxisTaps) => ({
    x: taps(from[0], to[0]),
    y: taps(from[1], to[1]),
  });
  if (filter === 'nearest') return { ...both(nearest), weightBits: 11, vertical: 'sum' };
  if (filter === 'area') {
    // OpenCV averages boxes only when neither axis grows.
    if (to[0] <= from[0] && to[1] <= from[1]) return { ...both(area), weightBits: 22, vertical: 'sum' };
    return { ...both(areaEnlarged), weightBits: 11, vertical: 'lerp' };
  }
  if (antialias) {
    const [support, kernel] = filter === 'bilinear' ? ([1, triangle] as const) : ([2, smoothCubic] as const);
    return { ...both((a, b) => widened(a, b, support, kernel)), weightBits: 22, vertical: 'byte-sum' };
  }
  if (filter === 'bilinear') return { ...both(linear), weightBits: 11, vertical: 'lerp' };
  return { ...both(cubic), weightBits: 11, vertical: 'sum' };
}

/** The taps of `count` outputs from output `first` on. */
export function sliceTaps(axis: AxisTaps, first: number, count: number): AxisTaps {
  const start = first * axis.taps;
  const end = start + count * axis.taps;
  const { taps } = axis;
  return { outputs: count, taps, index: axis.index.slice(start, end), weight: axis.weight.slice(start, end) };
}

/** Weight of the k-th tap of output i, at input position `first(i) + k`; positions outside take the border pixel. */
function build(
  from: number,
  to: number,
  taps: number,
  fill: (output: number, weights: Float64Array) => number,
): AxisTaps {
  const index = new Int32Array(to * taps);
  const weight = new Float64Array(to * taps);
  for (let output = 0; output < to; output++) {
    const at = output * taps;
    const first = fill(output, weight.subarray(at, at + taps));
    for (let k = 0; k < taps; k++) index[at + k] = Math.min(Math.max(first + k, 0), from - 1);
  }
  return { outputs: to, taps, index, weight };
}

/**
 * Input pixels per output pixel, rounded twice as OpenCV computes it: `from / to` may differ in the last bit, which
 * decides between two pixels where a position falls on their border.
 */
function pixelsPerOutput(from: number, to: number): number {
  return 1 / (to / from);
}

function nearest(from: number, to: number): AxisTaps {
  const scale = pixelsPerOutput(from, to);
  return build(from, to, 1, (output, weights) => {
    weights[0] = 1;
    return Math.floor(output * scale);
  });
}

/** OpenCV's fixed point: weights in steps of 2⁻¹¹ from positions in single precision. */
function coarse(weight: number): number {
  return roundHalfToEven(weight * 2048) / 2048;
}

/** Position of an output's centre in the input, pixel centres at whole numbers. */
function centre(output: number, from: number, to: number): number {
  return Math.fround((output + 0.5) * pixelsPerOutput(from, to) - 0.5);
}

function linear(from: number, to: number): AxisTaps {
  return build(from, to, 2, (output, weights) => {
    const position = centre(output, from, to);
    const first = Math.floor(position);
    weights[1] = coarse(position - first);
    weights[0] = coarse(1 - (position - first));
    return first;
  });
}

/** What OpenCV's INTER_AREA does when an axis grows: copies of a pixel, with a blend only where two of them meet. */
function areaEnlarged(from: number, to: number): AxisTaps {
  const scale = pixelsPerOutput(from, to);
  return build(from, to, 2, (output, weights) => {
    const first = Math.floor(output * scale);
    const past = Math.fround(output + 1 - (first + 1) * (to / from));
    const blend = past <= 0 ? 0 : past - Math.floor(past);
    weights[1] = coarse(blend);
    weights[0] = coarse(1 - blend);
    return first;
  });
}

function cubic(from: number, to: number): AxisTaps {
  return build(from, to, 4, (output, weights) => {
    const position = centre(output, from, to);
    const first = Math.floor(position);
    for (let k = 0; k < 4; k++) weights[k] = coarse(keys(position - (first - 1 + k), -0.75));
    return first - 1;
  });
}

/** The mean over the stretch of input that an output covers, parts of a pixel counted as such. */
function area(from: number, to: number): AxisTaps {
  const scale = pixelsPerOutput(from, to);
  return build(from, to, Math.min(from, Math.ceil(scale) + 1), (output, weights) => {
    const start = output * scale;
    const end = Math.min(start + scale, from);
    const first = Math.min(Math.floor(start), from - weights.length);
    for (let k = 0; k < weights.length; k++) {
      const covered = Math.min(end, first + k + 1) - Math.max(start, first + k);
      weights[k] = Math.max(0, covered) / (end - start);
    }
    return first;
  });
}

/** Pillow's resampling: the kernel spans `support` output pixels when shrinking and is cut and rescaled at borders. */
function widened(from: number, to: number, support: number, kernel: (distance: number) => number): AxisTaps {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  const taps = Math.min(from, Math.ceil(reach) * 2 + 1);
  return build(from, to, taps, (output, weights) => {
    const middle = (output + 0.5) * scale;
    const begin = Math.max(0, Math.floor(middle - reach + 0.5));
    const end = Math.min(from, Math.floor(middle + reach + 0.5));
    const first = Math.min(begin, from - taps);
    let sum = 0;
    for (let at = begin; at < end; at++) {
      const value = kernel(Math.abs(at - middle + 0.5) / stretch);
      weights[at - first] = value;
      sum += value;
    }
    for (let k = 0; k < taps; k++) weights[k] = (weights[k] as number) / sum;
    return first;
  });
}

function triangle(distance: number): number {
  return distance < 1 ? 1 - distance : 0;
}

function smoothCubic(distance: number): number {
  return keys(distance, -0.5);
}

/** Cubic convolution kernel of R. Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981. */
function keys(offset: number, a: number): number {
  const x = Math.abs(offset);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}
