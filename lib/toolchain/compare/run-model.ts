import type { LoadOptions } from '../../engine/load-options.js';
import { openSession } from '../../engine/open-session.js';
import type { RunResult, Session } from '../../engine/session.js';
import { VLAError } from '../../errors.js';
import { verifyArtifact } from '../../policy/bundle.js';
import { modelsOf } from '../../policy/manifest-stages.js';
import type { Tensor, TensorInfo, TensorMap } from '../../policy/tensor.js';
import type { ModelTarget } from './model-target.js';
import { convertTensor } from './tensor-values.js';

export type RunnerOptions = Pick<LoadOptions, 'threads' | 'tensorrt' | 'onWarning'>;

/** A model in a session of its own, run on samples that stay as they are. */
export class ModelRunner implements AsyncDisposable {
  readonly target: ModelTarget;
  readonly backend: Session['backend'];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #session: Session;

  /** @throws VLAError CHECKSUM_MISMATCH for a file that is not the one in policy.json, and what the session throws */
  static async open(target: ModelTarget, options: RunnerOptions = {}): Promise<ModelRunner> {
    const { bundle, file, format } = target;
    const artifact =
      bundle &&
      modelsOf(bundle.manifest.stages)
        .flatMap(({ model }) => model.artifacts)
        .find((candidate) => bundle.resolve(candidate.file) === file);
    if (artifact) await verifyArtifact(bundle, artifact);
    return new ModelRunner(target, await openSession({ format, file }, options));
  }

  private constructor(target: ModelTarget, session: Session) {
    this.target = target;
    this.#session = session;
    this.backend = session.backend;
    this.inputs = session.inputs;
    this.outputs = session.outputs;
  }

  /**
   * Copies the sample into the session, in the types of this model, and runs it.
   *
   * @throws VLAError MODEL_MISMATCH for a sample that lacks an input; INFERENCE_FAILED and the like, naming the model
   */
  async run(sample: TensorMap, signal?: AbortSignal): Promise<RunResult> {
    try {
      const tensors = this.inputs.map(
        ({ name, dtype }) => [name, convertTensor(this.#input(sample, name), dtype)] as const,
      );
      const inputs = this.#session.acquire(
        Object.fromEntries(tensors.map(([name, { shape }]) => [name, shape])),
      );
      for (const [name, tensor] of tensors) copy(tensor, inputs[name]);
      return await this.#session.run(inputs, signal && { signal });
    } catch (error) {
      if (!(error instanceof VLAError) || error.code === 'ABORTED') throw error;
      throw new VLAError(error.code, `${this.target.name}: ${error.message}`, {
        ...(error.hint !== undefined && { hint: error.hint }),
        cause: error,
      });
    }
  }

  #input(sample: TensorMap, name: string): Tensor {
    const tensor = sample[name];
    if (tensor) return tensor;
    throw new VLAError(
      'MODEL_MISMATCH',
      `expected a sample with ${name}, got ${Object.keys(sample).join(', ')}`,
      {
        hint: 'Compare models that take the same inputs.',
      },
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#session.dispose();
  }
}

function copy(from: Tensor, to: Tensor | undefined): void {
  if (from.dtype === 'string' && to?.dtype === 'string') to.data.splice(0, from.data.length, ...from.data);
  else if (from.dtype !== 'string' && to && to.dtype !== 'string') bytesOf(to.data).set(bytesOf(from.data));
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
