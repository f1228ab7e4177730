import { SENSOR } from '../../lib/ros/qos.js';
import type { RosNode, TopicPublisher } from '../../lib/ros/ros-node.js';
import type { PickWorld } from '../sim/pick-world.js';
import { RayCamera } from '../sim/ray-camera.js';
import { timeMessage } from './stamp.js';

export interface CameraOptions {
  readonly encoding: 'rgb8' | 'bgr8';
  /** Side of the traced image, pixels. The time for it grows with the square: 128 takes about 8 ms. */
  readonly tracedSize: number;
  /** What is published: the traced image, each pixel as often as it takes. */
  readonly width: number;
  readonly height: number;
  /** Also as a JPEG on `camera/image_raw/compressed`; needs the package sharp. */
  readonly compressed: boolean;
}

/** The simulated camera on `camera/image_raw`. */
export class CameraPublisher implements Disposable {
  readonly #options: CameraOptions;
  readonly #view: RayCamera;
  readonly #raw: TopicPublisher<'sensor_msgs/msg/Image'>;
  readonly #compressed: TopicPublisher<'sensor_msgs/msg/CompressedImage'> | undefined;
  readonly #columns: Uint32Array;
  #encodeJpeg: ((rgb: Uint8Array) => Promise<Uint8Array>) | undefined;
  #encoding = false;
  #frozen: Uint8Array | undefined;

  constructor(node: RosNode, world: PickWorld, options: CameraOptions) {
    const { tracedSize, width, compressed } = options;
    this.#options = options;
    this.#view = new RayCamera(world, { width: tracedSize, height: tracedSize });
    this.#raw = node.advertise('sensor_msgs/msg/Image', 'camera/image_raw', SENSOR);
    this.#compressed = compressed
      ? node.advertise('sensor_msgs/msg/CompressedImage', 'camera/image_raw/compressed', SENSOR)
      : undefined;
    this.#columns = Uint32Array.from({ length: width }, (_, x) => 3 * Math.floor((x * tracedSize) / width));
  }

  /** Repeats the next image for ever, under new stamps. */
  freeze(): void {
    this.#frozen = this.#view.render();
  }

  thaw(): void {
    this.#frozen = undefined;
  }

  /** @param atMs ROS time of what the world shows now */
  publish(atMs: number): void {
    const rgb = this.#frozen ?? this.#view.render();
    const { width, height, encoding } = this.#options;
    const header = { stamp: timeMessage(atMs), frame_id: 'camera' };
    const data = this.#scaled(rgb);
    this.#raw.publish({ header, width, height, encoding, is_bigendian: 0, step: 3 * width, data });
    if (this.#compressed !== undefined) void this.#publishJpeg(header, rgb);
  }

  #scaled(rgb: Uint8Array): Uint8Array<ArrayBuffer> {
    const { width, height, tracedSize, encoding } = this.#options;
    const data = new Uint8Array(3 * width * height);
    const [first, last] = encoding === 'rgb8' ? [0, 2] : [2, 0];
    const rowBytes = 3 * width;
    let drawn = -1;
    for (let y = 0; y < height; y++) {
      const source = Math.floor((y * tracedSize) / height);
      const row = y * rowBytes;
      if (source === drawn) {
        data.copyWithin(row, row - rowBytes, row);
        continue;
      }
      drawn = source;
      const from = 3 * tracedSize * source;
      for (let x = 0, at = row; x < width; x++, at += 3) {
        const pixel = from + (this.#columns[x] as number);
        data[at] = rgb[pixel + first] as number;
        data[at + 1] = rgb[pixel + 1] as number;
        data[at + 2] = rgb[pixel + last] as number;
      }
    }
    return data;
  }

  async #publishJpeg(header: { stamp: { sec: number; nanosec: number }; frame_id: string }, rgb: Uint8Array) {
    // The newest image only, as a camera driver does it.
    if (this.#encoding) return;
    this.#encoding = true;
    try {
      this.#encodeJpeg ??= await jpegEncoder(this.#options.tracedSize);
      this.#compressed?.publish({ header, format: 'jpeg', data: await this.#encodeJpeg(rgb) });
    } finally {
      this.#encoding = false;
    }
  }

  dispose(): void {
    this.#view.dispose();
    this.#raw.dispose();
    this.#compressed?.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

async function jpegEncoder(size: number): Promise<(rgb: Uint8Array) => Promise<Uint8Array>> {
  const { default: sharp } = await import('sharp');
  const raw = { width: size, height: size, channels: 3 } as const;
  return (rgb) => sharp(rgb, { raw }).jpeg({ quality: 90 }).toBuffer();
}
