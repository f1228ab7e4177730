/**
 * Pixel encodings of camera frames, named as in ROS `sensor_msgs/image_encodings`. `yuv422` is UYVY byte order,
 * `yuv422_yuy2` is YUYV; both are BT.601 limited range, two bytes a pixel, and need an even width.
 */
export const FRAME_ENCODINGS = ['rgb8', 'bgr8', 'rgba8', 'bgra8', 'mono8', 'yuv422', 'yuv422_yuy2'] as const;

export type FrameEncoding = (typeof FRAME_ENCODINGS)[number];

/** One image as a camera delivers it, plus when it was taken. */
export interface CameraFrame {
  readonly encoding: FrameEncoding;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Bytes from the start of one row to the start of the next; `width × bytes per pixel` when absent. */
  readonly step?: number;
  /** Row-major pixel data, at least `step × (height − 1) + width × bytes per pixel` bytes. */
  readonly data: Uint8Array;
  /** When the exposure ended: milliseconds on the robot's monotonic clock; the time of the call when absent. */
  readonly capturedAt?: number;
}
