import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { VLAError } from '../errors.js';
import type { Tensor, TensorInfo, TensorMap } from '../policy/tensor.js';
import { abortError } from './abort.js';
import type { FromWorker, ToWorker } from './onnxruntime-protocol.js';
import { type StartedWorker, startWorker } from './onnxruntime-start.js';
import type { RunOptions, RunResult, Session } from './session.js';
import { TensorPool } from './tensor-pool.js';

export interface OnnxRuntimeOptions {
  /**
   * Threads that one operator may use, 1 or more. By default two, and never all cores: small policies gain nothing
   * from more, and the control loop needs one.
   */
  readonly threads?: number;
}

interface Call {
  readonly inputs: TensorMap;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: VLAError) => void;
}

/**
 * A model in ONNX Runtime, in a thread of its own. Tensors move to that thread and back without a copy.
 *
 * The thread keeps the process alive while a call is running and not otherwise. A running call that is aborted
 * rejects at once; the model finishes in the background, and the next call starts after it.
 */
export class OnnxRuntimeSession implements Session {
  readonly backend = 'onnxruntime';
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #pool = new TensorPool();
  readonly #waiting: Call[] = [];
  #running: Call | undefined;
  #failure: VLAError | undefined;
  #disposal: Promise<void> | undefined;

  /**
   * Reads the model in the worker thread.
   *
   * @param path an .onnx file
   * @throws VLAError BUNDLE_NOT_FOUND, BACKEND_UNAVAILABLE when onnxruntime-node is not there or does not load,
   * MODEL_INVALID, UNSUPPORTED_POLICY for element types that no policy has, INVALID_ARGUMENT
   */
  static async load(path: string, options: OnnxRuntimeOptions = {}): Promise<OnnxRuntimeSession> {
    const threads = options.threads ?? Math.max(1, Math.min(2, availableParallelism() - 1));
    if (!Number.isInteger(threads) || threads < 1)
      throw new VLAError('INVALID_ARGUMENT', `threads must be a whole number of 1 or more, got ${threads}`);
    return new OnnxRuntimeSession(await startWorker(resolve(path), threads));
  }

  private constructor({ worker, exited, inputs, outputs }: StartedWorker) {
    this.#worker = worker;
    this.#exited = exited;
    this.inputs = inputs;
    this.outputs = outputs;
    worker.on('message', (message: FromWorker) => this.#onReply(message));
    worker.on('messageerror', (error) => this.#fail(error));
    worker.on('error', (error) => this.#fail(error));
    worker.on('exit', (code) => this.#fail(new Error(`it ended with exit code ${code}`)));
    worker.unref();
  }

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
        acquired[name] = this.#pool.acquire(name, info.dtype, shape);
      }
    } catch (error) {
      this.release(acquired);
      throw error;
    }
    return acquired;
  }

  release(inputs: TensorMap): void {
    for (const tensor of Object.values(inputs)) this.#pool.release(tensor);
  }

  /**
   * @throws VLAError INFERENCE_FAILED with ONNX Runtime's own message, ABORTED, DISPOSED, or INVALID_ARGUMENT for
   * tensors that {@link acquire} did not hand out or that were already handed back
   */
  async run(inputs: TensorMap, options: RunOptions = {}): Promise<RunResult> {
    const { signal } = options;
    if (!Object.values(inputs).every((tensor) => this.#pool.isLent(tensor)))
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

  async #close(): Promise<void> {
    for (const call of this.#waiting.splice(0)) call.reject(disposedError());
    this.#worker.ref();
    this.#send({ kind: 'release' });
    await this.#exited;
    this.#pool.clear();
  }

  #next(): void {
    if (this.#running) return;
    const call = this.#waiting.shift();
    if (!call) {
      if (!this.#disposal) this.#worker.unref();
      return;
    }
    const tensors = Object.values(call.inputs);
    try {
      this.#send(
        { kind: 'run', inputs: call.inputs },
        tensors.flatMap((tensor) => (tensor.dtype === 'string' ? [] : [tensor.data.buffer])),
      );
      this.#running = call;
      this.#worker.ref();
    } catch (cause) {
      call.reject(
        new VLAError('INFERENCE_FAILED', `the inputs cannot be sent to ONNX Runtime: ${cause}`, { cause }),
      );
      this.#next();
    } finally {
      for (const tensor of tensors) this.#pool.forget(tensor);
    }
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #drop(call: Call): void {
    const place = this.#waiting.indexOf(call);
    if (place < 0) return;
    this.#waiting.splice(place, 1);
    this.release(call.inputs);
  }

  #onReply(message: FromWorker): void {
    if (message.kind !== 'result' && message.kind !== 'failure') return;
    for (const tensor of Object.values(message.inputs)) this.#pool.adopt(tensor);
    const call = this.#running;
    this.#running = undefined;
    if (message.kind === 'result') call?.resolve({ outputs: message.outputs, inferMs: message.inferMs });
    else call?.reject(new VLAError('INFERENCE_FAILED', `ONNX Runtime: ${message.message}`));
    this.#next();
  }

  #fail(cause: Error): void {
    this.#failure ??= new VLAError('INFERENCE_FAILED', `the ONNX Runtime thread stopped: ${cause.message}`, {
      hint: 'Dispose this one and load the policy again.',
      cause,
    });
    const failed = [...(this.#running ? [this.#running] : []), ...this.#waiting.splice(0)];
    this.#running = undefined;
    for (const call of failed) call.reject(this.#failure);
  }
}

function disposedError(): VLAError {
  return new VLAError('DISPOSED', 'the ONNX Runtime session was disposed', {
    hint: 'Load the policy again.',
  });
}
