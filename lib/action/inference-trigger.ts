import { VLAError } from '../errors.js';

export interface InferenceTriggerOptions {
  /** Ask for the next chunk once this share of the running one is left, 0 … 1. Default 0.5. */
  readonly threshold?: number;
  /**
   * Waypoints that shall still be left when the next chunk is expected to arrive, 0 or more. Default 1.5: above the
   * reserve of the deadline, so that a chunk within its usual delay is not late.
   */
  readonly margin?: number;
  /** Longest wait after failures in a row, milliseconds. Default 500. */
  readonly maxBackOffMs?: number;
}

/** What the trigger looks at, at one tick. */
export interface TriggerInput {
  readonly nowMs: number;
  /** Waypoints ahead, with fractions. */
  readonly remaining: number;
  /** Waypoints of the chunk that runs; 0 before the first. */
  readonly horizon: number;
  /** Waypoints that are expected to be consumed until the next chunk is there. */
  readonly delayActions: number;
}

/**
 * Decides when the next chunk is asked for: when `remaining / horizon ≤ threshold`, or when
 * `remaining ≤ delay + margin`, but never while a request is in flight. An empty queue always asks. After a request
 * that brought no motion the next one is due whatever remains: at once after the first failure in a row, then after
 * 1, 3, 7 … periods. Every wait is bounded, so a queue that has run dry is always asked for in the end.
 */
export class InferenceTrigger {
  readonly #threshold: number;
  readonly #margin: number;
  readonly #maxBackOffMs: number;
  readonly #periodMs: number;
  #inFlight = false;
  #urgent = false;
  #failures = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  /**
   * @param periodMs of the control loop
   * @throws VLAError INVALID_ARGUMENT when an option is out of range
   */
  constructor(periodMs: number, options: InferenceTriggerOptions = {}) {
    const { threshold = 0.5, margin = 1.5, maxBackOffMs = 500 } = options;
    if (!(threshold >= 0 && threshold <= 1))
      throw new VLAError('INVALID_ARGUMENT', `trigger.threshold must be 0 … 1, got ${threshold}`);
    if (!(margin >= 0 && Number.isFinite(margin)))
      throw new VLAError('INVALID_ARGUMENT', `trigger.margin must be 0 or more waypoints, got ${margin}`);
    if (!(maxBackOffMs >= 0 && Number.isFinite(maxBackOffMs)))
      throw new VLAError('INVALID_ARGUMENT', `trigger.maxBackOffMs must be 0 or more, got ${maxBackOffMs}`);
    this.#periodMs = periodMs;
    this.#threshold = threshold;
    this.#margin = margin;
    this.#maxBackOffMs = maxBackOffMs;
  }

  /** How many waypoints may be left when the next chunk is asked for. */
  level({ horizon, delayActions }: Pick<TriggerInput, 'horizon' | 'delayActions'>): number {
    return Math.max(this.#threshold * horizon, delayActions + this.#margin);
  }

  due(input: TriggerInput): boolean {
    if (this.#inFlight || input.nowMs < this.#notBeforeMs) return false;
    // Negated, so that a NaN asks instead of waiting for ever.
    return this.#urgent || !(input.remaining > this.level(input));
  }

  /** A request has been sent. */
  requested(): void {
    this.#inFlight = true;
    this.#urgent = false;
  }

  /** The request has brought a motion. One that was urged for meanwhile stays due. */
  served(): void {
    this.#inFlight = false;
    this.#failures = 0;
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
  }

  /** The request has failed, or its chunk was rejected. */
  failed(nowMs: number): void {
    this.#inFlight = false;
    this.#urgent = true;
    const backOffMs = Math.min((2 ** this.#failures - 1) * this.#periodMs, this.#maxBackOffMs);
    this.#failures++;
    this.#notBeforeMs = nowMs + backOffMs;
  }

  /** The request's answer is not wanted any more: a new instruction has come. */
  dropped(): void {
    this.#inFlight = false;
    this.#urgent = true;
  }

  /** The next request is due at once, whatever remains and whatever failed before. */
  urge(): void {
    this.#urgent = true;
    this.#failures = 0;
    this.#notBeforeMs = Number.NEGATIVE_INFINITY;
  }
}
