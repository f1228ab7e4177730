import type { ActionChunk } from '../action/action-chunk.js';
import type { EncodedText, Observation, Policy } from '../policy/policy.js';
import type { TensorMap } from '../policy/tensor.js';
import type { Session } from './session.js';

/** An observation as tensors. Owns the tensors until it is run. */
export interface EncodedObservation {
  readonly observation: Observation;
  readonly inputs: TensorMap;
  readonly text: EncodedText;
  /** Of the frames as they were encoded: whoever filled them may have reused their memory since. */
  readonly frameFingerprint: number | undefined;
  readonly preprocessMs: number;
}

/** One call of the engine, for the chunk that comes out of it. */
export interface InferenceCall {
  readonly sequence: number;
  /** `performance.now()` when it was made. */
  readonly calledAt: number;
  readonly queueMs: number;
  readonly signal?: AbortSignal;
}

/** The path of one observation: policy → session → policy. Live calls and golden observations take the same one. */
export class Inference {
  readonly policy: Policy;
  readonly #session: Session;

  constructor(policy: Policy, session: Session) {
    this.policy = policy;
    this.#session = session;
  }

  /** @throws VLAError as {@link Policy.encode}; the tensors are back in the session's pool then */
  encode(observation: Observation): EncodedObservation {
    const startedAt = performance.now();
    const inputs = this.#session.acquire(this.policy.inputShapes(observation));
    try {
      const text = this.policy.encode(observation, inputs);
      const frameFingerprint = this.policy.fingerprint(observation);
      return { observation, inputs, text, frameFingerprint, preprocessMs: performance.now() - startedAt };
    } catch (error) {
      this.#session.release(inputs);
      throw error;
    }
  }

  /** @throws VLAError as {@link Session.run} and {@link Policy.decode} */
  async run(
    { observation, inputs, frameFingerprint, preprocessMs }: EncodedObservation,
    call: InferenceCall,
  ): Promise<ActionChunk> {
    const { sequence, calledAt, queueMs, signal } = call;
    const { outputs, inferMs } = await this.#session.run(inputs, signal && { signal });
    const startedAt = performance.now();
    const timing = { preprocessMs, queueMs, inferMs, postprocessMs: 0, totalMs: 0 };
    const chunk = this.policy.decode(outputs, observation, {
      sequence,
      timing,
      ...(frameFingerprint !== undefined && { frameFingerprint }),
    });
    // Making the chunk is a part of what these two measure, so they are known only now.
    const now = performance.now();
    timing.postprocessMs = now - startedAt;
    timing.totalMs = now - calledAt;
    return chunk;
  }
}
