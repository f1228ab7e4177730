import { FixedRate, systemClock } from 'jetson-vla';
import type { TimeMessage } from '../../lib/ros/messages.js';
import { qosProfile, SENSOR } from '../../lib/ros/qos.js';
import type { RosNode } from '../../lib/ros/ros-node.js';
import { FRAME_NUMBERS, type FrameLog } from './frame-log.js';
import { ImageCdr } from './image-cdr.js';

export const CAMERA_HZ = 30;

/** What the frames look like, and what happens with each. */
export interface CameraScene {
  readonly width: number;
  readonly height: number;
  /** The second channel of the mark goes up and down, slowly, and the first, the number, stays 0. */
  readonly moving?: boolean;
  readonly onFrame?: (number: number, stamp: TimeMessage, atMs: number) => void;
}

/** Publishes bgr8 frames at 30 Hz, best effort, each with its number in it. */
export class Camera implements Disposable {
  readonly #node: RosNode;
  readonly #publisher;
  readonly #log: FrameLog;
  readonly #scene: CameraScene;
  readonly #image: ImageCdr;

  constructor(node: RosNode, namespace: string, log: FrameLog, scene: CameraScene) {
    this.#node = node;
    this.#publisher = node.raw.createPublisher('sensor_msgs/msg/Image', `${namespace}/camera/image_raw`, {
      qos: qosProfile(node.rcl, SENSOR),
    });
    this.#log = log;
    this.#scene = scene;
    this.#image = new ImageCdr(scene.width, scene.height);
  }

  /** Publishes until `over` says so before a frame. */
  async publish(over: () => boolean): Promise<void> {
    const rate = new FixedRate(systemClock, CAMERA_HZ);
    while (!over()) {
      await rate.next();
      const number = this.#log.next();
      if (this.#scene.moving) this.#image.mark(0, Math.abs(2 * number - (FRAME_NUMBERS - 1)));
      else this.#image.mark(number, 0);
      const now = this.#node.now();
      const atMs = performance.now();
      const stamp = { sec: Number(now / 1_000_000_000n), nanosec: Number(now % 1_000_000_000n) };
      this.#image.stamp(stamp);
      this.#log.sent(number, atMs);
      this.#scene.onFrame?.(number, stamp, atMs);
      this.#publisher.publish(this.#image.bytes);
    }
  }

  dispose(): void {
    this.#node.raw.destroyPublisher(this.#publisher);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
