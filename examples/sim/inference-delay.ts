import { ActionChunk, type JetsonVLAEngine, type VirtualClock } from 'jetson-vla';

/**
 * An engine whose inference takes `delayMs` of simulated time, whatever it takes in truth: the observation is the one
 * of the call, its chunk arrives that much later, while the robot goes on moving, and says that it took so long.
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
    return this.#withSimulatedTiming(chunk);
  }

  /** Guards subtract the inference from the age of an image; that of this machine has nothing to do with the clock. */
  #withSimulatedTiming(chunk: ActionChunk): ActionChunk {
    const { dims, secondsPerWaypoint, capturedAt, sequence, frameFingerprint } = chunk;
    return new ActionChunk({
      data: chunk.toFloat32Array(),
      dims,
      secondsPerWaypoint,
      capturedAt,
      sequence,
      ...(frameFingerprint !== undefined && { frameFingerprint }),
      timing: {
        preprocessMs: 0,
        queueMs: 0,
        inferMs: this.#delayMs,
        postprocessMs: 0,
        totalMs: this.#delayMs,
      },
    });
  }
}
