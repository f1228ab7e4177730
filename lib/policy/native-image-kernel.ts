import type { NativeAddon, NativeImagePlan, NativeImagePlanDescription } from '../native/addon-types.js';
import { nativeError } from '../native/native-error.js';
import type { CameraFrame } from './camera-frame.js';
import type { ImageKernel } from './image-kernel.js';
import type { ImagePlan } from './image-plan.js';
import type { ImageTensorSpec } from './image-spec.js';
import { BYTES_PER_PIXEL, isYuv422 } from './pixel-formats.js';
import type { PixelTables, PixelValues } from './pixel-tables.js';

/** The image path in native code: one pass over the frame with the instructions that the processor has. */
export class NativeImageKernel implements ImageKernel {
  readonly #native: NativeImagePlan;

  constructor(
    { ImagePlan }: Pick<NativeAddon, 'ImagePlan'>,
    plan: ImagePlan,
    spec: ImageTensorSpec,
    tables: PixelTables,
  ) {
    try {
      this.#native = new ImagePlan(describe(plan, spec, tables));
    } catch (error) {
      throw nativeError(error);
    }
  }

  write(frame: CameraFrame, out: PixelValues): void {
    try {
      this.#native.write(frame.data, out);
    } catch (error) {
      throw nativeError(error);
    }
  }
}

function describe(plan: ImagePlan, spec: ImageTensorSpec, tables: PixelTables): NativeImagePlanDescription {
  const { encoding, width, height, step, grid, fit, resize } = plan;
  return {
    frame: {
      coding: isYuv422(encoding) ? encoding : 'packed',
      width,
      height,
      step,
      bytes: step * (height - 1) + width * BYTES_PER_PIXEL[encoding],
    },
    grid,
    resize,
    output: {
      dtype: spec.dtype,
      planar: spec.layout === 'CHW',
      width: spec.resize.w,
      height: spec.resize.h,
      imageWidth: fit.width,
      imageHeight: fit.height,
      left: fit.left,
      top: fit.top,
      tables: tables.values.map(bitPatterns),
      factor: tables.factor,
      padding: tables.padding.map((value) => bitPattern(value, spec.dtype)),
    },
  };
}

function bitPatterns(values: PixelValues): Uint32Array {
  return values instanceof Float32Array
    ? new Uint32Array(values.buffer, values.byteOffset, values.length)
    : Uint32Array.from(values);
}

function bitPattern(value: number, dtype: ImageTensorSpec['dtype']): number {
  return dtype === 'float32' ? (new Uint32Array(Float32Array.of(value).buffer)[0] as number) : value;
}
