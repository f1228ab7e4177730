import type { CameraFrame } from '../../policy/camera-frame.js';
import type { Camera, Clock } from '../../robot/robot.js';

/**
 * A camera that looks at most once per period and gives the same frame in between: an inference that waits for a new
 * frame then runs at the period's rate, on the newest frame there is, however long the one before it took.
 */
export class PacedCamera implements Camera {
  readonly #camera: Camera;
  readonly #clock: Clock;
  readonly #rateHz: () => number;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #frame: Promise<CameraFrame> | undefined;

  /** @param rateHz asked at each call, so that the rate may change */
  constructor(camera: Camera, clock: Clock, rateHz: () => number) {
    this.#camera = camera;
    this.#clock = clock;
    this.#rateHz = rateHz;
  }

  capture(): Promise<CameraFrame> {
    const now = this.#clock.now();
    const periodMs = 1000 / this.#rateHz();
    if (this.#frame !== undefined && now - this.#lookedAt < periodMs) return this.#frame;
    // On the timeline of the ticks, not of the calls, which come up to a control period late.
    const behind = now - this.#lookedAt;
    this.#lookedAt = behind < 2 * periodMs ? this.#lookedAt + periodMs : now;
    this.#frame = this.#camera.capture();
    // A camera that failed is asked again by the next call.
    this.#frame.catch(() => {
      this.#frame = undefined;
    });
    return this.#frame;
  }
}
