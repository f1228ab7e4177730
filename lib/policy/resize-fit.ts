import { VLAError } from '../errors.js';
import type { ResizeSpec } from './image-spec.js';

/** Where an image goes when it is brought to the size of a {@link ResizeSpec}; all in pixels. */
export interface ResizeFit {
  /** Size of the whole resized image. */
  readonly fullWidth: number;
  readonly fullHeight: number;
  /** First column and row of the resized image that is kept. */
  readonly cropX: number;
  readonly cropY: number;
  /** Size of the part that is kept. */
  readonly width: number;
  readonly height: number;
  /** Where the kept part goes in the output; the rest of the output is padding. */
  readonly left: number;
  readonly top: number;
}

/**
 * @throws VLAError INVALID_IMAGE when the mode is `none` and the image has another size
 */
export function fitImage(imageWidth: number, imageHeight: number, resize: ResizeSpec): ResizeFit {
  const { w, h, mode } = resize;
  const whole = { fullWidth: w, fullHeight: h, cropX: 0, cropY: 0, width: w, height: h, left: 0, top: 0 };
  switch (mode) {
    case 'stretch':
      return whole;
    case 'none':
      if (imageWidth !== w || imageHeight !== h)
        throw new VLAError(
          'INVALID_IMAGE',
          `resize mode none expects an image of ${w}×${h} px, got ${imageWidth}×${imageHeight} px`,
          { hint: 'Set the camera to this size, or choose another resize mode if the policy allows it.' },
        );
      return whole;
    case 'pad_center':
    case 'pad_topleft': {
      // Divided and cut off in this order because the training code of openpi and LeRobot does so, in doubles as here.
      const ratio = Math.max(imageWidth / w, imageHeight / h);
      const width = Math.max(1, Math.floor(imageWidth / ratio));
      const height = Math.max(1, Math.floor(imageHeight / ratio));
      const share = mode === 'pad_center' ? 0.5 : 1;
      const left = Math.floor((w - width) * share);
      const top = Math.floor((h - height) * share);
      return { ...whole, fullWidth: width, fullHeight: height, width, height, left, top };
    }
    case 'crop_center': {
      const ratio = Math.max(w / imageWidth, h / imageHeight);
      const fullWidth = Math.max(w, Math.round(imageWidth * ratio));
      const fullHeight = Math.max(h, Math.round(imageHeight * ratio));
      const cropX = Math.floor((fullWidth - w) / 2);
      const cropY = Math.floor((fullHeight - h) / 2);
      return { ...whole, fullWidth, fullHeight, cropX, cropY };
    }
  }
}
