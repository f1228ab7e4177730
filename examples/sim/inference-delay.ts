import type { ActionChunk, JetsonVLAEngine, VirtualClock } from 'jetson-vla';

/**
 * An engine whose inference takes `delayMs` of simulated time, whatever it takes in truth: the observation is the one
 * of the call, and its chunk arrives that much later, while the robot goes on moving.
 */
export class InferenceDelay {
  readonly #engine: Pick<JetsonVLAEngine, 'infer'>;
  readonly #clock: VirtualClock;
  readonly #delayMs: number;

  constructor(engine: Pick<JetsonVLAEngine, 'infer'>, clock: VirtualClock, delayMs: number) {
    this.#engine = engine;
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  async infer(...question: Parameters<JetsonVLAEngine['infer']>): Promise<ActionChunk> {
    const chunk = await this.#clock.withHold(() => this.#engine.infer(...question));
    await this.#clock.sleep(this.#delayMs, question[2]?.signal);
    return chunk;
  }
}
