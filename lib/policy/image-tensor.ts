import { VLAError } from '../errors.js';
import { tryLoadAddon } from '../native/load-addon.js';
import type { CameraFrame } from './camera-frame.js';
import type { ImageKernel } from './image-kernel.js';
import { type ImagePlan, isPlanFor, planImage } from './image-plan.js';
import { type ImageTensorOptions, type ImageTensorSpec, resolveImageSpec } from './image-spec.js';
import { NativeImageKernel } from './native-image-kernel.js';
import { checkFrame } from './pixel-formats.js';
import { type PixelTables, type PixelValues, pixelTables } from './pixel-tables.js';
import { allocateTensor, elementCount, type Tensor, type TensorOf } from './tensor.js';
import { TypeScriptImageKernel } from './typescript-image-kernel.js';

export {
  DEFAULT_IMAGE_SPEC,
  type ImageTensorOptions,
  type ImageTensorSpec,
  type ResizeSpec,
} from './image-spec.js';

/** A tensor of one image, batch dimension first; float16 values are bit patterns. */
export type ImageTensor = TensorOf<ImageTensorSpec['dtype']>;

/**
 * Turns camera frames into image tensors: decode → rotate → flip → centre crop → resize → clamp and round to 8 bit →
 * `(byte × scale − mean) / std`. Mean and std are per channel in the order of the output channels. The resize equals
 * OpenCV's, or Pillow's with `antialias`, within one 8-bit step.
 *
 * Keeps its tables and scratch memory while the frames have the same size, row step and encoding; use one
 * preprocessor per camera.
 *
 * @throws VLAError INVALID_ARGUMENT from the constructor for options out of range
 */
export class ImagePreprocessor {
  readonly spec: ImageTensorSpec;
  /** Shape of every tensor: (1, 3, h, w) for CHW, (1, h, w, 3) for HWC. */
  readonly shape: readonly number[];
  readonly #tables: PixelTables;
  /** Made for the first frame of a geometry, used for all that follow. */
  #ready: { readonly plan: ImagePlan; readonly kernel: ImageKernel } | undefined;

  constructor(options: ImageTensorOptions = {}) {
    this.spec = resolveImageSpec(options);
    const { h, w } = this.spec.resize;
    this.shape = this.spec.layout === 'CHW' ? [1, 3, h, w] : [1, h, w, 3];
    this.#tables = pixelTables(this.spec);
  }

  /**
   * The shape of the tensor for `frame`, after checking that the frame can be converted; makes ready for its geometry.
   * @throws VLAError INVALID_IMAGE, UNSUPPORTED_ENCODING as {@link write}
   */
  shapeFor(frame: CameraFrame): readonly number[] {
    checkFrame(frame);
    this.#kernelFor(frame);
    return this.shape;
  }

  /**
   * Writes `frame` over the whole of `tensor`, which must have {@link shape} and the dtype of the spec; float16
   * values are bit patterns. On an error the tensor is untouched.
   * @throws VLAError INVALID_IMAGE for a frame that contradicts itself, is smaller than the crop, or has another size
   *   than resize mode `none` expects
   * @throws VLAError UNSUPPORTED_ENCODING for an encoding outside FRAME_ENCODINGS
   * @throws VLAError INVALID_ARGUMENT for a tensor of another shape or dtype
   */
  write(frame: CameraFrame, tensor: Tensor): void {
    checkFrame(frame);
    const out = this.#target(tensor);
    this.#kernelFor(frame).write(frame, out);
  }

  #target(tensor: Tensor): PixelValues {
    const { dtype } = this.spec;
    const length = elementCount(this.shape);
    const fits =
      tensor.dtype === dtype &&
      tensor.shape.length === this.shape.length &&
      tensor.shape.every((size, axis) => size === this.shape[axis]) &&
      tensor.data.length === length;
    if (fits)
      switch (tensor.dtype) {
        case 'float32':
        case 'float16':
        case 'uint8':
          return tensor.data;
      }
    throw new VLAError(
      'INVALID_ARGUMENT',
      `the image tensor must be ${dtype} of shape [${this.shape.join(', ')}] with ${length} elements, ` +
        `got ${tensor.dtype} of shape [${tensor.shape.join(', ')}] with ${tensor.data.length}`,
      { hint: 'Allocate it as allocateTensor(spec.dtype, shape) of the same ImagePreprocessor.' },
    );
  }

  #kernelFor(frame: CameraFrame): ImageKernel {
    const ready = this.#ready;
    if (ready !== undefined && isPlanFor(ready.plan, frame)) return ready.kernel;
    const plan = planImage(frame, this.spec);
    const kernel = makeKernel(plan, this.spec, this.#tables);
    this.#ready = { plan, kernel };
    return kernel;
  }
}

/** The fastest kernel that this machine has. */
function makeKernel(plan: ImagePlan, spec: ImageTensorSpec, tables: PixelTables): ImageKernel {
  const addon = tryLoadAddon();
  return addon === undefined
    ? new TypeScriptImageKernel(plan, spec, tables)
    : new NativeImageKernel(addon, plan, spec, tables);
}

/**
 * One frame as an image tensor with the batch dimension first; the steps are those of {@link ImagePreprocessor}, which
 * is the better choice for a stream of frames.
 * @throws VLAError INVALID_ARGUMENT, INVALID_IMAGE, UNSUPPORTED_ENCODING
 */
export function imageTensor(frame: CameraFrame, options: ImageTensorOptions = {}): ImageTensor {
  const preprocessor = new ImagePreprocessor(options);
  const tensor = allocateTensor(preprocessor.spec.dtype, preprocessor.shape);
  preprocessor.write(frame, tensor);
  return tensor;
}
