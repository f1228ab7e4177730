import type { ActionChunk } from '../../action/action-chunk.js';
import type { ChunkInferrer } from '../../action/chunk-inferrer.js';
import type { CameraFrame } from '../../policy/camera-frame.js';

/** Passes questions on to a policy, and tells of each chunk before anything else is done with it. */
export class PublishingInferrer implements ChunkInferrer {
  readonly #policy: ChunkInferrer;
  readonly #publish: (chunk: ActionChunk) => void;

  constructor(policy: ChunkInferrer, publish: (chunk: ActionChunk) => void) {
    this.#policy = policy;
    this.#publish = publish;
  }

  async infer(
    image: CameraFrame,
    instruction: string,
    options: Parameters<ChunkInferrer['infer']>[2],
  ): Promise<ActionChunk> {
    const chunk = await this.#policy.infer(image, instruction, options);
    this.#publish(chunk);
    return chunk;
  }
}
