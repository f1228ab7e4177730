import { VLAError } from '../errors.js';
import type { Tensor, TensorInfo, TensorMap } from '../policy/tensor.js';
import { abortError } from './abort.js';
import type { RunOptions, RunResult, Session } from './session.js';

/** Lends input tensors: each once, and it comes back at most once. */
export interface TensorLender {
  /** @throws VLAError INVALID_ARGUMENT for an impossible shape */
  acquire(name: string, dtype: TensorInfo['dtype'], shape: readonly number[]): Tensor;
  isLent(tensor: Tensor): boolean;
  /** Does nothing with a tensor that is not lent. */
  release(tensor: Tensor): void;
}

interface Call {
  readonly inputs: TensorMap;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What sessions of all backends share: who holds which tensor, and whose turn it is. */
export abstract class QueuedSession implements Session {
  abstract readonly backend: Session['backend'];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #lender: TensorLender;
  readonly #waiting: Call[] = [];
  #running: Promise<void> | undefined;
  #failure: VLAError | undefined;
  #disposal: Promise<void> | undefined;

  protected constructor(inputs: readonly TensorInfo[], outputs: readonly TensorInfo[], lender: TensorLender) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#lender = lender;
  }

  /** Runs one call, while no other runs. Takes `inputs` over and gives them back to the lender whatever comes. */
  protected abstract compute(inputs: TensorMap): Promise<RunResult>;

  /** Frees everything; no call is running, and none will. */
  protected abstract free(): Promise<void>;

  /** @throws VLAError INVALID_ARGUMENT for a name that the model does not have, or an impossible shape */
  acquire(shapes: Readonly<Record<string, readonly number[]>>): TensorMap {
    const acquired: Record<string, Tensor> = {};
    try {
      for (const [name, shape] of Object.entries(shapes)) {
        const info = this.inputs.find((input) => input.name === name);
        if (info === undefined)
          throw new VLAError(
            'INVALID_ARGUMENT',
            `the model has the inputs ${this.inputs.map((input) => input.name).join(', ')}, not "${name}"`,
          );
        acquired[name] = this.#lender.acquire(name, info.dtype, shape);
      }
    } catch (error) {
      this.release(acquired);
      throw error;
    }
    return acquired;
  }

  release(inputs: TensorMap): void {
    for (const tensor of Object.values(inputs)) this.#lender.release(tensor);
  }

  /**
   * @throws VLAError INFERENCE_FAILED with the backend's own message, ABORTED, DISPOSED, or INVALID_ARGUMENT for
   * tensors that {@link acquire} did not hand out or that were already handed back
   */
  async run(inputs: TensorMap, options: RunOptions = {}): Promise<RunResult> {
    const { signal } = options;
    if (!Object.values(inputs).every((tensor) => this.#lender.isLent(tensor)))
      throw new VLAError(
        'INVALID_ARGUMENT',
        'run takes tensors that acquire() handed out, each of them once',
        {
          hint: 'Call acquire() for every run and fill the tensors it returns.',
        },
      );
    const refusal =
      (this.#disposal && disposedError()) ??
      this.#failure ??
      (signal?.aborted ? abortError(signal) : undefined);
    if (refusal) {
      this.release(inputs);
      throw refusal;
    }

    let abort: (() => void) | undefined;
    try {
      return await new Promise<RunResult>((resolve, reject) => {
        const call: Call = { inputs, resolve, reject };
        if (signal) {
          abort = () => {
            this.#drop(call);
            reject(abortError(signal));
          };
          signal.addEventListener('abort', abort, { once: true });
        }
        this.#waiting.push(call);
        this.#next();
      });
    } finally {
      if (abort) signal?.removeEventListener('abort', abort);
    }
  }

  dispose(): Promise<void> {
    this.#disposal ??= this.#close();
    return this.#disposal;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Refuses the waiting calls and all later ones with `error`. */
  protected fail(error: VLAError): void {
    this.#failure ??= error;
    this.#refuseWaiting(this.#failure);
  }

  async #close(): Promise<void> {
    this.#refuseWaiting(disposedError());
    await this.#running;
    await this.free();
  }

  #refuseWaiting(error: VLAError): void {
    for (const call of this.#waiting.splice(0)) {
      this.release(call.inputs);
      call.reject(error);
    }
  }

  #next(): void {
    if (this.#running) return;
    const call = this.#waiting.shift();
    if (!call) return;
    this.#running = this.compute(call.inputs)
      .then(call.resolve, call.reject)
      .finally(() => {
        this.#running = undefined;
        this.#next();
      });
  }

  #drop(call: Call): void {
    const place = this.#waiting.indexOf(call);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    this.release(call.inputs);
  }
}

function disposedError(): VLAError {
  return new VLAError('DISPOSED', 'the session was disposed', { hint: 'Load the policy again.' });
}
