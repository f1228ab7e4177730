import { VLAError } from '../errors.js';

/** How long a chunk takes from the decision to ask for it until the robot runs it. */
export interface Delay {
  /** Waypoints that the robot consumes meanwhile, with fractions. */
  readonly actions: number;
  /** Milliseconds on the robot's clock. */
  readonly ms: number;
}

export interface DelayEstimatorOptions {
  /** How many of the last delays count, 1 or more. Default 50. */
  readonly window?: number;
  /** How many of the first are left out, because the first inferences of a process are slow. Default 2. */
  readonly warmUp?: number;
  /** Share of the window that the estimate is to cover, above 0 and at most 1. Default 0.95. */
  readonly quantile?: number;
  /** The estimate before there are samples. Default 1 waypoint and 200 ms. */
  readonly initial?: Delay;
}

/**
 * The delay to expect, from those that were seen: the nearest-rank percentile over a window, for consumed actions and
 * for milliseconds each.
 */
export class DelayEstimator {
  readonly #window: number;
  readonly #quantile: number;
  readonly #initial: Delay;
  readonly #delays: Delay[] = [];
  #toSkip: number;

  /** @throws VLAError INVALID_ARGUMENT when an option is out of range */
  constructor(options: DelayEstimatorOptions = {}) {
    const { window = 50, warmUp = 2, quantile = 0.95, initial = { actions: 1, ms: 200 } } = options;
    if (!(Number.isInteger(window) && window >= 1))
      throw new VLAError('INVALID_ARGUMENT', `delay.window must be a whole number, 1 or more, got ${window}`);
    if (!(Number.isInteger(warmUp) && warmUp >= 0))
      throw new VLAError('INVALID_ARGUMENT', `delay.warmUp must be a whole number, 0 or more, got ${warmUp}`);
    if (!(quantile > 0 && quantile <= 1))
      throw new VLAError('INVALID_ARGUMENT', `delay.quantile must be above 0 and at most 1, got ${quantile}`);
    if (!isDelay(initial))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `delay.initial must be finite, 0 or more, got ${initial.actions} actions and ${initial.ms} ms`,
      );
    this.#window = window;
    this.#toSkip = warmUp;
    this.#quantile = quantile;
    this.#initial = initial;
  }

  /** Records one delay; the first few are warm-up and left out. */
  record(delay: Delay): void {
    if (!isDelay(delay))
      throw new VLAError(
        'INVALID_ARGUMENT',
        `a delay must be finite, 0 or more, got ${delay.actions} actions and ${delay.ms} ms`,
      );
    if (this.#toSkip > 0) {
      this.#toSkip--;
      return;
    }
    this.#delays.push(delay);
    if (this.#delays.length > this.#window) this.#delays.shift();
  }

  get estimate(): Delay {
    if (this.#delays.length === 0) return this.#initial;
    return {
      actions: this.#percentile(({ actions }) => actions),
      ms: this.#percentile(({ ms }) => ms),
    };
  }

  #percentile(value: (delay: Delay) => number): number {
    const sorted = this.#delays.map(value).sort((a, b) => a - b);
    return sorted[Math.ceil(this.#quantile * sorted.length) - 1] as number;
  }
}

function isDelay({ actions, ms }: Delay): boolean {
  return Number.isFinite(actions) && actions >= 0 && Number.isFinite(ms) && ms >= 0;
}
