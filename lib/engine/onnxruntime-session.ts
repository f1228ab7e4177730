import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { VLAError } from '../errors.js';
import type { TensorMap } from '../policy/tensor.js';
import type { FromWorker, ToWorker } from './onnxruntime-protocol.js';
import { type StartedWorker, startWorker } from './onnxruntime-start.js';
import { QueuedSession } from './queued-session.js';
import type { RunResult } from './session.js';
import { TensorPool } from './tensor-pool.js';

export interface OnnxRuntimeOptions {
  /**
   * Threads that one operator may use, 1 or more. By default two, and never all cores: small policies gain nothing
   * from more, and the control loop needs one.
   */
  readonly threads?: number;
}

interface Reply {
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: VLAError) => void;
}

/**
 * A model in ONNX Runtime, in a thread of its own. Tensors move to that thread and back without a copy.
 *
 * The thread keeps the process alive while a call is running and not otherwise. A running call that is aborted
 * rejects at once; the model finishes in the background, and the next call starts after it.
 */
export class OnnxRuntimeSession extends QueuedSession {
  readonly backend = 'onnxruntime';
  readonly #worker: Worker;
  readonly #exited: Promise<void>;
  readonly #pool: TensorPool;
  #reply: Reply | undefined;

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
    return new OnnxRuntimeSession(await startWorker(resolve(path), threads), new TensorPool());
  }

  private constructor({ worker, exited, inputs, outputs }: StartedWorker, pool: TensorPool) {
    super(inputs, outputs, pool);
    this.#worker = worker;
    this.#exited = exited;
    this.#pool = pool;
    worker.on('message', (message: FromWorker) => this.#onReply(message));
    worker.on('messageerror', (error) => this.#onEnd(error));
    worker.on('error', (error) => this.#onEnd(error));
    worker.on('exit', (code) => this.#onEnd(new Error(`it ended with exit code ${code}`)));
    worker.unref();
  }

  protected override async compute(inputs: TensorMap): Promise<RunResult> {
    const tensors = Object.values(inputs);
    this.#worker.ref();
    try {
      return await new Promise<RunResult>((resolve, reject) => {
        this.#reply = { resolve, reject };
        this.#send(
          { kind: 'run', inputs },
          tensors.flatMap((tensor) => (tensor.dtype === 'string' ? [] : [tensor.data.buffer])),
        );
        for (const tensor of tensors) this.#pool.forget(tensor);
      });
    } catch (cause) {
      this.release(inputs);
      if (cause instanceof VLAError) throw cause;
      throw new VLAError('INFERENCE_FAILED', `the inputs cannot be sent to ONNX Runtime: ${cause}`, {
        cause,
      });
    } finally {
      this.#reply = undefined;
      this.#worker.unref();
    }
  }

  protected override async free(): Promise<void> {
    this.#worker.ref();
    this.#send({ kind: 'release' });
    await this.#exited;
    this.#pool.clear();
  }

  #send(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #onReply(message: FromWorker): void {
    if (message.kind !== 'result' && message.kind !== 'failure') return;
    for (const tensor of Object.values(message.inputs)) this.#pool.adopt(tensor);
    if (message.kind === 'result')
      this.#reply?.resolve({ outputs: message.outputs, inferMs: message.inferMs });
    else this.#reply?.reject(new VLAError('INFERENCE_FAILED', `ONNX Runtime: ${message.message}`));
  }

  #onEnd(cause: Error): void {
    const failure = new VLAError('INFERENCE_FAILED', `the ONNX Runtime thread stopped: ${cause.message}`, {
      hint: 'Dispose this one and load the policy again.',
      cause,
    });
    this.fail(failure);
    this.#reply?.reject(failure);
  }
}
