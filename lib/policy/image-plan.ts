import { VLAError } from '../errors.js';
import type { CameraFrame } from './camera-frame.js';
import type { ImageTensorSpec } from './image-spec.js';
import { BYTES_PER_PIXEL, isYuv422, rowStep } from './pixel-formats.js';
import { channelOffsets, cropped, flipped, type PixelGrid, packedGrid, rotated } from './pixel-grid.js';
import { fitImage, type ResizeFit } from './resize-fit.js';
import { planResize, type ResizePlan } from './resize-plan.js';

/** Everything that follows from the geometry of a frame: how frames of that geometry become tensors of one spec. */
export interface ImagePlan {
  readonly encoding: CameraFrame['encoding'];
  /** Of the frame: pixels, and bytes from one row to the next. */
  readonly width: number;
  readonly height: number;
  readonly step: number;
  /**
   * The turned, mirrored and cut pixels that are resized: of the frame, or for a 4:2:2 frame of its packed RGB form.
   * Without a resize they are those of the tensor.
   */
  readonly grid: PixelGrid;
  readonly fit: ResizeFit;
  readonly resize: ResizePlan | undefined;
}

/**
 * The plan for a checked frame and all others of its geometry.
 * @throws VLAError INVALID_IMAGE when the frame is smaller than the crop, or has another size than resize mode `none`
 *   expects
 */
export function planImage(frame: CameraFrame, spec: ImageTensorSpec): ImagePlan {
  const { encoding, width, height } = frame;
  const step = rowStep(frame);
  const coded = isYuv422(encoding);
  const source = {
    ...packedGrid(width, height),
    ...(coded ? {} : { strideX: BYTES_PER_PIXEL[encoding], strideY: step }),
    channels: channelOffsets(coded ? 'rgb8' : encoding, spec.color),
  };
  let grid = rotated(source, spec.rotate);
  if (spec.flip !== undefined) grid = flipped(grid, spec.flip);
  if (spec.crop !== undefined) grid = cropCentre(grid, spec.crop);
  const fit = fitImage(grid.width, grid.height, spec.resize);
  const resize = planResize(grid, fit, spec.resize);
  if (resize === undefined) grid = cropped(grid, fit.cropX, fit.cropY, fit.width, fit.height);
  return { encoding, width, height, step, grid, fit, resize };
}

/** Whether `plan` is for frames like this one. */
export function isPlanFor(plan: ImagePlan, frame: CameraFrame): boolean {
  const { encoding, width, height } = frame;
  return (
    plan.encoding === encoding &&
    plan.width === width &&
    plan.height === height &&
    plan.step === rowStep(frame)
  );
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
