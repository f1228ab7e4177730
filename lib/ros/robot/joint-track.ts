import type { TimeMessage } from '../messages.js';
import { secondsBetween } from './ros-time.js';

/**
 * The least time over which a missing velocity is taken from positions, seconds: the steps of an encoder, divided by
 * the 1 to 2 ms between two messages of a fast driver, look like motion.
 */
const LEAST_BASE_S = 0.01;
/** A mean over more than this says nothing about now, seconds. */
const LONGEST_BASE_S = 0.5;

/** One joint in one message. */
export interface JointSample {
  /** As the sender set it; only differences of these are taken. */
  readonly stamp: TimeMessage;
  /** The same on the robot's clock, milliseconds. */
  readonly clockMs: number;
  /** When it came in, milliseconds on the process's monotonic clock. */
  readonly arrivedMs: number;
  /** rad or m, as the driver has it: NaN included. */
  readonly position: number;
  /** rad/s or m/s; NaN when it was not measured. */
  readonly velocity: number;
}

/** What is known of one joint: its newest sample, and older ones that a missing velocity is taken from. */
export class JointTrack {
  #newest: JointSample;
  /** At least {@link LEAST_BASE_S} before the newest, where there is one so old. */
  #base: JointSample | undefined;
  #nextBase: JointSample;

  constructor(first: JointSample) {
    this.#newest = first;
    this.#nextBase = first;
  }

  get newest(): JointSample {
    return this.#newest;
  }

  /** rad/s or m/s as measured, or else the mean since the base; NaN while nothing can be said. */
  get velocity(): number {
    const { stamp, position, velocity } = this.#newest;
    if (!Number.isNaN(velocity)) return velocity;
    if (this.#base === undefined) return Number.NaN;
    const seconds = secondsBetween(this.#base.stamp, stamp);
    return seconds <= LONGEST_BASE_S ? (position - this.#base.position) / seconds : Number.NaN;
  }

  isNewerThan({ stamp }: JointSample): boolean {
    return secondsBetween(stamp, this.#newest.stamp) > 0;
  }

  /** Takes a sample that is newer than the newest, and says whether it is. */
  accept(sample: JointSample): boolean {
    if (!(secondsBetween(this.#newest.stamp, sample.stamp) > 0)) return false;
    this.#newest = sample;
    if (secondsBetween(this.#nextBase.stamp, sample.stamp) >= LEAST_BASE_S) {
      this.#base = this.#nextBase;
      this.#nextBase = sample;
    }
    return true;
  }
}
