import { VLAError } from '../errors.js';
import { MAX_IMAGE_SIDE } from './pixel-formats.js';

/** How an image becomes `h` × `w` pixels. */
export interface ResizeSpec {
  /** Rows of the result, 1 … 16384. */
  readonly h: number;
  /** Columns of the result, 1 … 16384. */
  readonly w: number;
  /**
   * - `stretch`: each axis on its own.
   * - `pad_center`: keep the aspect ratio, centre the image; of an odd padding the smaller half comes first (openpi).
   * - `pad_topleft`: keep the aspect ratio, pad above and to the left; the image is bottom right (SmolVLA).
   * - `crop_center`: keep the aspect ratio, fill, and cut what sticks out evenly.
   * - `none`: the image must have this size already.
   */
  readonly mode: 'stretch' | 'pad_center' | 'pad_topleft' | 'crop_center' | 'none';
  /** `cv2.INTER_LINEAR`, `INTER_AREA`, `INTER_CUBIC` (a = −0.75) and `INTER_NEAREST`, in this order. */
  readonly filter: 'bilinear' | 'area' | 'bicubic' | 'nearest';
  /**
   * With `bilinear` and `bicubic`: resample as Pillow, and torch with `antialias=True`, do, with a filter that widens
   * when the image shrinks (bicubic then has a = −0.5), the width before the height. `area` averages anyway;
   * `nearest` cannot.
   */
  readonly antialias: boolean;
  /** Brightness of the padding, 0 … 1 of the 8-bit range, before mean and std. */
  readonly padValue: number;
}

/** How a camera frame becomes an image tensor; the steps are in the order of {@link ImagePreprocessor}. */
export interface ImageTensorSpec {
  /** Order of the channels in the tensor. */
  readonly color: 'rgb' | 'bgr';
  /** Degrees clockwise. */
  readonly rotate: 0 | 90 | 180 | 270;
  /** `h` swaps left and right, `v` swaps top and bottom. */
  readonly flip?: 'h' | 'v';
  /** Cut `h` rows × `w` columns from the middle, in pixels of the rotated frame. */
  readonly crop?: { readonly h: number; readonly w: number; readonly at: 'center' };
  readonly resize: ResizeSpec;
  readonly layout: 'CHW' | 'HWC';
  /** Factor on the 8-bit values 0 … 255; above 0. */
  readonly scale: number;
  /** Subtracted after scaling: three values in the order of the output channels. */
  readonly mean: readonly number[];
  /** Divides after the mean: three values above 0 in the order of the output channels. */
  readonly std: readonly number[];
  readonly dtype: 'float32' | 'float16' | 'uint8';
}

/**
 * An {@link ImageTensorSpec} with the rest taken from {@link DEFAULT_IMAGE_SPEC}; `mean` and `std` may hold one value
 * for all channels. With dtype `uint8` the raw values are written: scale is 1, mean 0 and std 1, also by default.
 */
export interface ImageTensorOptions {
  readonly color?: ImageTensorSpec['color'] | undefined;
  readonly rotate?: ImageTensorSpec['rotate'] | undefined;
  readonly flip?: 'h' | 'v' | undefined;
  readonly crop?: { readonly h: number; readonly w: number; readonly at?: 'center' | undefined } | undefined;
  readonly resize?: { readonly [K in keyof ResizeSpec]?: ResizeSpec[K] | undefined } | undefined;
  readonly layout?: ImageTensorSpec['layout'] | undefined;
  readonly scale?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly dtype?: ImageTensorSpec['dtype'] | undefined;
}

/**
 * The preprocessing of the original Python node, `cv2.resize(image, (224, 224)) / 255` with a batch dimension: float32
 * (1, 224, 224, 3) in 0 … 1. That node hands OpenCV's BGR to the model; `color: 'bgr'` gives exactly that.
 */
export const DEFAULT_IMAGE_SPEC: ImageTensorSpec = {
  color: 'rgb',
  rotate: 0,
  resize: { h: 224, w: 224, mode: 'stretch', filter: 'bilinear', antialias: false, padValue: 0 },
  layout: 'HWC',
  scale: 1 / 255,
  mean: [0, 0, 0],
  std: [1, 1, 1],
  dtype: 'float32',
};

/**
 * The complete specification behind `options`.
 * @throws VLAError INVALID_ARGUMENT when an option is out of range or contradicts another
 */
export function resolveImageSpec(options: ImageTensorOptions = {}): ImageTensorSpec {
  const base = DEFAULT_IMAGE_SPEC;
  const dtype = oneOf('dtype', options.dtype ?? base.dtype, DTYPES);
  const raw = dtype === 'uint8';
  const spec: ImageTensorSpec = {
    color: oneOf('color', options.color ?? base.color, COLORS),
    rotate: oneOf('rotate', options.rotate ?? base.rotate, ROTATIONS),
    ...(options.flip === undefined ? {} : { flip: oneOf('flip', options.flip, FLIPS) }),
    ...(options.crop === undefined ? {} : { crop: resolveCrop(options.crop) }),
    resize: resolveResize(options.resize ?? {}),
    layout: oneOf('layout', options.layout ?? base.layout, LAYOUTS),
    scale: positive('scale', options.scale ?? (raw ? 1 : base.scale)),
    mean: perChannel('mean', options.mean ?? base.mean, finite),
    std: perChannel('std', options.std ?? base.std, positive),
    dtype,
  };
  if (raw && (spec.scale !== 1 || spec.mean.some((m) => m !== 0) || spec.std.some((s) => s !== 1)))
    throw new VLAError(
      'INVALID_ARGUMENT',
      `dtype uint8 needs scale 1, mean 0 and std 1, got scale ${spec.scale}, mean [${spec.mean}], std [${spec.std}]`,
      { hint: 'Leave scale, mean and std out, or normalise into float32 or float16.' },
    );
  return spec;
}

const COLORS = ['rgb', 'bgr'] as const;
const ROTATIONS = [0, 90, 180, 270] as const;
const FLIPS = ['h', 'v'] as const;
const LAYOUTS = ['CHW', 'HWC'] as const;
const DTYPES = ['float32', 'float16', 'uint8'] as const;
const MODES = ['stretch', 'pad_center', 'pad_topleft', 'crop_center', 'none'] as const;
const FILTERS = ['bilinear', 'area', 'bicubic', 'nearest'] as const;

function resolveCrop(crop: NonNullable<ImageTensorOptions['crop']>): NonNullable<ImageTensorSpec['crop']> {
  return {
    h: side('crop.h', crop.h),
    w: side('crop.w', crop.w),
    at: oneOf('crop.at', crop.at ?? 'center', ['center']),
  };
}

function resolveResize(resize: NonNullable<ImageTensorOptions['resize']>): ResizeSpec {
  const base = DEFAULT_IMAGE_SPEC.resize;
  const filter = oneOf('resize.filter', resize.filter ?? base.filter, FILTERS);
  const antialias = oneOf('resize.antialias', resize.antialias ?? base.antialias, [true, false]);
  if (antialias && filter === 'nearest')
    throw new VLAError('INVALID_ARGUMENT', 'resize.antialias does not go with filter nearest', {
      hint: 'Use filter bilinear, bicubic or area for a smooth reduction.',
    });
  const padValue = finite('resize.padValue', resize.padValue ?? base.padValue);
  if (padValue < 0 || padValue > 1) throw wrong('resize.padValue', 'a number from 0 to 1', padValue);
  return {
    h: side('resize.h', resize.h ?? base.h),
    w: side('resize.w', resize.w ?? base.w),
    mode: oneOf('resize.mode', resize.mode ?? base.mode, MODES),
    filter,
    antialias,
    padValue,
  };
}

function wrong(where: string, expected: string, value: unknown): VLAError {
  const got = Array.isArray(value) ? `[${value}]` : String(value);
  return new VLAError('INVALID_ARGUMENT', `image option ${where} must be ${expected}, got ${got}`);
}

function oneOf<T extends string | number | boolean>(where: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value)) throw wrong(where, allowed.join(', ').replace(/, ([^,]*)$/, ' or $1'), value);
  return value;
}

function side(where: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > MAX_IMAGE_SIDE)
    throw wrong(where, `a whole number of pixels from 1 to ${MAX_IMAGE_SIDE}`, value);
  return value;
}

function finite(where: string, value: number): number {
  if (!Number.isFinite(value)) throw wrong(where, 'a finite number', value);
  return value;
}

function positive(where: string, value: number): number {
  if (!(value > 0 && Number.isFinite(value))) throw wrong(where, 'a finite number above 0', value);
  return value;
}

function perChannel(
  where: string,
  values: readonly number[],
  check: (where: string, value: number) => number,
): readonly number[] {
  if (!Array.isArray(values) || (values.length !== 1 && values.length !== 3))
    throw wrong(where, 'an array of 1 or 3 numbers', values);
  return [0, 1, 2].map((c) => check(`${where}[${c % values.length}]`, values[c % values.length] as number));
}
