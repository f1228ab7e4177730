import { VLAError } from '../../errors.js';
import type { CameraFrame } from '../../policy/camera-frame.js';
import type { Camera } from '../../robot/robot.js';
import type { Header } from '../messages.js';
import { SENSOR } from '../qos.js';
import type { RosEntity, RosNode } from '../ros-node.js';
import { Arrivals } from './arrivals.js';
import { compressedFrame } from './compressed-frame.js';
import { readImage } from './image-cdr.js';
import { imageFrame } from './image-frame.js';
import type { RosTime } from './ros-time.js';
import { silentTopicError } from './silent-topic.js';

export interface RosCameraOptions {
  readonly topic: string;
  /** Whether the topic holds sensor_msgs/CompressedImage. */
  readonly compressed: boolean;
  /** The 16-bit value that becomes white. Default 65535. */
  readonly max16bit?: number;
  /** How long the first capture waits for an image, milliseconds. Default 1000. */
  readonly firstFrameTimeoutMs?: number;
  /** Called with each image that arrives. */
  readonly onFrame?: () => void;
}

export interface RosCameraStats {
  /** Full name after remapping. */
  readonly topic: string;
  /** Images that have arrived. */
  readonly frames: number;
  /** When the newest was taken, milliseconds on the robot's clock. */
  readonly lastStampMs: number | undefined;
  /** When it arrived, milliseconds on the robot's clock. */
  readonly lastArrivalMs: number | undefined;
  readonly rateHz: number;
  /** As the newest message says: the encoding of an image, the format of a compressed one. */
  readonly encoding: string | undefined;
}

interface Arrived {
  readonly encoding: string;
  readonly capturedAt: number;
  readonly convert: () => Promise<CameraFrame>;
  /** Set by the first capture of this image. */
  frame?: Promise<CameraFrame>;
}

/**
 * A camera topic. Only the newest image is kept, and it is converted when somebody wants it, once: a topic that is
 * faster than its reader costs no more than its reception. While one image is decoded, captures share it.
 */
export class RosCamera implements Camera {
  readonly #node: RosNode;
  readonly #time: RosTime;
  readonly #options: Required<Omit<RosCameraOptions, 'onFrame'>>;
  readonly #onFrame: (() => void) | undefined;
  readonly #subscription: RosEntity;
  readonly #arrivals = new Arrivals();
  #newest: Arrived | undefined;
  #converting: Promise<CameraFrame> | undefined;

  constructor(node: RosNode, time: RosTime, options: RosCameraOptions) {
    this.#node = node;
    this.#time = time;
    this.#options = { max16bit: 65535, firstFrameTimeoutMs: 1000, ...options };
    this.#onFrame = options.onFrame;
    const { topic, max16bit } = this.#options;
    this.#subscription = options.compressed
      ? node.subscribe('sensor_msgs/msg/CompressedImage', topic, SENSOR, (message) =>
          this.#arrived(message.header, message.format, (capturedAt) =>
            compressedFrame(message, capturedAt, { max16bit }),
          ),
        )
      : node.subscribeCdr('sensor_msgs/msg/Image', topic, SENSOR, (cdr) => {
          const message = readImage(cdr);
          this.#arrived(message.header, message.encoding, async (capturedAt) =>
            imageFrame(message, capturedAt, { max16bit }),
          );
        });
  }

  /**
   * The newest image, with its stamp on the robot's clock; however old it is, the guards judge that.
   *
   * @throws VLAError ROS_TIMEOUT when no image has ever come; UNSUPPORTED_ENCODING, INVALID_IMAGE; DISPOSED
   */
  async capture(): Promise<CameraFrame> {
    const { firstFrameTimeoutMs } = this.#options;
    await this.#arrivals.until(() => this.#newest !== undefined, firstFrameTimeoutMs);
    if (this.#newest === undefined) throw this.#silent();
    return this.#converting ?? this.#convert(this.#newest);
  }

  get stats(): RosCameraStats {
    return {
      topic: this.#subscription.name,
      frames: this.#arrivals.count,
      lastStampMs: this.#newest?.capturedAt,
      lastArrivalMs: this.#arrivals.lastMs,
      rateHz: this.#arrivals.rateHz(this.#time.clock.now()),
      encoding: this.#newest?.encoding,
    };
  }

  /** Ends the subscription. Idempotent. */
  dispose(): void {
    this.#subscription.dispose();
    this.#arrivals.dispose();
    this.#newest = undefined;
  }

  #arrived(header: Header, encoding: string, convert: (capturedAt: number) => Promise<CameraFrame>): void {
    const capturedAt = this.#time.toClockMs(header.stamp, this.#subscription.name);
    this.#newest = { encoding, capturedAt, convert: () => convert(capturedAt) };
    this.#arrivals.arrived(this.#time.clock.now());
    this.#onFrame?.();
  }

  #convert(image: Arrived): Promise<CameraFrame> {
    if (image.frame !== undefined) return image.frame;
    const converting = image
      .convert()
      .catch((error: unknown) => {
        throw this.#withTopic(error);
      })
      .finally(() => {
        this.#converting = undefined;
      });
    image.frame = converting;
    this.#converting = converting;
    return converting;
  }

  #withTopic(error: unknown): unknown {
    if (!(error instanceof VLAError)) return error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    return new VLAError(error.code, `${this.#subscription.name}: ${error.message}`, {
      ...hint,
      cause: error,
    });
  }

  #silent(): VLAError {
    const { compressed, firstFrameTimeoutMs } = this.#options;
    return silentTopicError(this.#node, {
      topic: this.#subscription.name,
      type: compressed ? 'sensor_msgs/msg/CompressedImage' : 'sensor_msgs/msg/Image',
      qos: SENSOR,
      missing: `no image has come within ${firstFrameTimeoutMs} ms`,
    });
  }
}
