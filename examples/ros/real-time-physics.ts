import type { PickWorld } from '../sim/pick-world.js';

/** Farther behind than this the world gives up on catching up, ms. */
const LONGEST_CATCH_UP_MS = 1000;

/**
 * Simulated time that goes on with real time: after a pause the missed steps are made up, each with the time at which it
 * should have been, so a controller that plays trajectories by the clock stays on them.
 */
export class RealTimePhysics {
  readonly #world: PickWorld;
  readonly #stepMs: number;
  readonly #nowMs: () => number;
  #timeMs: number | undefined;
  #lostMs = 0;

  /** @param nowMs monotonic time, milliseconds */
  constructor(world: PickWorld, nowMs: () => number) {
    this.#world = world;
    this.#stepMs = world.timestep * 1000;
    this.#nowMs = nowMs;
  }

  /** Where the physics is on the clock: at most one step behind it after {@link advance}. */
  get timeMs(): number {
    return this.#timeMs ?? this.#nowMs();
  }

  /** Steps up to now; the first call starts the time. Slower than real time it still comes to an end, and time is lost. */
  advance(onStep: () => void): void {
    const now = this.#nowMs();
    this.#timeMs ??= now;
    if (now - this.#timeMs > LONGEST_CATCH_UP_MS) {
      this.#lostMs += now - this.#timeMs;
      this.#timeMs = now;
    }
    while (this.#timeMs + this.#stepMs <= now) {
      this.#world.step();
      this.#timeMs += this.#stepMs;
      onStep();
    }
  }

  /** Milliseconds of real time that the physics has left out since the last call. */
  takeLostMs(): number {
    const lost = this.#lostMs;
    this.#lostMs = 0;
    return lost;
  }
}
