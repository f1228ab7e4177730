import { VLAError } from '../errors.js';
import type { CameraFrame } from './camera-frame.js';
import { type ImageTensorOptions, type ImageTensorSpec, resolveImageSpec } from './image-spec.js';
import { BYTES_PER_PIXEL, checkFrame, decodeYuv422, isYuv422, rowStep } from './pixel-formats.js';
import { channelOffsets, cropped, flipped, type PixelGrid, packedGrid, rotated } from './pixel-grid.js';
import { PixelNormaliser, type PixelValues } from './pixel-normaliser.js';
import { Resizer } from './resize.js';
import { fitImage, type ResizeFit } from './resize-fit.js';
import { allocateTensor, elementCount, type Tensor, type TensorOf } from './tensor.js';

export {
  DEFAULT_IMAGE_SPEC,
  type ImageTensorOptions,
  type ImageTensorSpec,
  type ResizeSpec,
} from './image-spec.js';

/** A tensor of one image, batch dimension first; float16 values are bit patterns. */
export type ImageTensor = TensorOf<ImageTensorSpec['dtype']>;

/** Everything that follows from the geometry of a frame: made for the first such frame, used for all that follow. */
interface Plan {
  readonly encoding: CameraFrame['encoding'];
  readonly width: number;
  readonly height: number;
  readonly step: number;
  /** Memory for the RGB form of a 4:2:2 frame. */
  readonly rgb: Uint8Array | undefined;
  readonly fit: ResizeFit;
  /** Absent when the image has its final size already. */
  readonly resizer: Resizer | undefined;
  /** The pixels that are normalised: of the resizer's result, or of the image itself. */
  readonly final: PixelGrid;
}

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
  readonly #normaliser: PixelNormaliser;
  #plan: Plan | undefined;

  constructor(options: ImageTensorOptions = {}) {
    this.spec = resolveImageSpec(options);
    const { h, w } = this.spec.resize;
    this.shape = this.spec.layout === 'CHW' ? [1, 3, h, w] : [1, h, w, 3];
    this.#normaliser = new PixelNormaliser(this.spec);
  }

  /**
   * The shape of the tensor for `frame`, after checking that the frame can be converted; makes ready for its geometry.
   * @throws VLAError INVALID_IMAGE, UNSUPPORTED_ENCODING as {@link write}
   */
  shapeFor(frame: CameraFrame): readonly number[] {
    checkFrame(frame);
    this.#planFor(frame);
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
    const { rgb, resizer, final, fit } = this.#planFor(frame);
    if (rgb !== undefined) decodeYuv422(frame, rgb);
    const image = rgb ?? frame.data;
    resizer?.resize(image);
    const { h, w } = this.spec.resize;
    if (fit.width < w || fit.height < h) this.#normaliser.pad(out);
    this.#normaliser.write(resizer?.pixels ?? image, final, fit, out);
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

  #planFor(frame: CameraFrame): Plan {
    const plan = this.#plan;
    const { encoding, width, height } = frame;
    const step = rowStep(frame);
    if (plan?.encoding === encoding && plan.width === width && plan.height === height && plan.step === step)
      return plan;
    const made = this.#makePlan(encoding, width, height, step);
    this.#plan = made;
    return made;
  }

  #makePlan(encoding: CameraFrame['encoding'], width: number, height: number, step: number): Plan {
    const { color, rotate, flip, crop, resize } = this.spec;
    const coded = isYuv422(encoding);
    const source = {
      ...packedGrid(width, height),
      ...(coded ? {} : { strideX: BYTES_PER_PIXEL[encoding], strideY: step }),
      channels: channelOffsets(coded ? 'rgb8' : encoding, color),
    };
    let grid = rotated(source, rotate);
    if (flip !== undefined) grid = flipped(grid, flip);
    if (crop !== undefined) grid = cropCentre(grid, crop);
    const fit = fitImage(grid.width, grid.height, resize);
    const resized = fit.fullWidth !== grid.width || fit.fullHeight !== grid.height;
    return {
      encoding,
      width,
      height,
      step,
      rgb: coded ? new Uint8Array(width * height * 3) : undefined,
      fit,
      resizer: resized ? new Resizer(grid, fit, resize) : undefined,
      final: resized
        ? packedGrid(fit.width, fit.height)
        : cropped(grid, fit.cropX, fit.cropY, fit.width, fit.height),
    };
  }
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

function cropCentre(grid: PixelGrid, { w, h }: { readonly w: number; readonly h: number }): PixelGrid {
  if (w > grid.width || h > grid.height)
    throw new VLAError(
      'INVALID_IMAGE',
      `a crop of ${w}×${h} px needs an image at least as large, got ${grid.width}×${grid.height} px after rotation`,
      { hint: 'Set the camera to a larger size, or make the crop smaller if the policy allows it.' },
    );
  return cropped(grid, Math.floor((grid.width - w) / 2), Math.floor((grid.height - h) / 2), w, h);
}
