import type { FrameEncoding } from './camera-frame.js';

/**
 * Where the pixels of an image lie in a byte buffer: channel c of the pixel in column x and row y is at
 * `origin + x × strideX + y × strideY + channels[c]`. Turning, mirroring and cutting an image only changes these
 * numbers, so none of them copies a byte.
 */
export interface PixelGrid {
  readonly width: number;
  readonly height: number;
  readonly origin: number;
  readonly strideX: number;
  readonly strideY: number;
  /** Offsets of the three output channels within a pixel. */
  readonly channels: readonly [number, number, number];
}

/** The grid of tightly packed three-channel pixels. */
export function packedGrid(width: number, height: number): PixelGrid {
  return { width, height, origin: 0, strideX: 3, strideY: width * 3, channels: [0, 1, 2] };
}

/** The channel offsets that read `encoding` as `color`; a grey pixel gives its one byte three times. */
export function channelOffsets(
  encoding: Exclude<FrameEncoding, 'yuv422' | 'yuv422_yuy2'>,
  color: 'rgb' | 'bgr',
): PixelGrid['channels'] {
  if (encoding === 'mono8') return [0, 0, 0];
  return encoding.startsWith(color) ? [0, 1, 2] : [2, 1, 0];
}

/** The image turned clockwise. */
export function rotated(grid: PixelGrid, degrees: 0 | 90 | 180 | 270): PixelGrid {
  const { width, height, origin, strideX, strideY } = grid;
  const right = origin + (width - 1) * strideX;
  const bottom = origin + (height - 1) * strideY;
  switch (degrees) {
    case 0:
      return grid;
    case 90:
      return { ...grid, width: height, height: width, origin: bottom, strideX: -strideY, strideY: strideX };
    case 180:
      return { ...grid, origin: right + bottom - origin, strideX: -strideX, strideY: -strideY };
    case 270:
      return { ...grid, width: height, height: width, origin: right, strideX: strideY, strideY: -strideX };
  }
}

/** The image mirrored: `h` swaps left and right, `v` swaps top and bottom. */
export function flipped(grid: PixelGrid, axis: 'h' | 'v'): PixelGrid {
  const { width, height, origin, strideX, strideY } = grid;
  return axis === 'h'
    ? { ...grid, origin: origin + (width - 1) * strideX, strideX: -strideX }
    : { ...grid, origin: origin + (height - 1) * strideY, strideY: -strideY };
}

/** The part of `width` × `height` pixels whose first pixel is in column `x` and row `y`. */
export function cropped(grid: PixelGrid, x: number, y: number, width: number, height: number): PixelGrid {
  return { ...grid, width, height, origin: grid.origin + x * grid.strideX + y * grid.strideY };
}
