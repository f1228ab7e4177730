import type { TensorInfo, TensorMap } from '../policy/tensor.js';

export interface RunOptions {
  /** Cancels the call. Work that is already running on the device may finish in the background. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** Owned by the caller. */
  readonly outputs: TensorMap;
  /** Time that the backend itself spent running the model, milliseconds. */
  readonly inferMs: number;
}

/**
 * One loaded model on one backend. A session knows tensors, not images or joints. It runs one call at a time;
 * ordering, bounds and deadlines are the caller's ({@link SerialQueue}).
 *
 * Inputs are filled in place: {@link acquire} hands out tensors whose memory the backend can run on without a
 * further copy (transferable buffers for ONNX Runtime in its worker, pinned memory for TensorRT), the caller
 * writes into them, and {@link run} takes them over and recycles them whatever the outcome.
 */
export interface Session extends AsyncDisposable {
  readonly backend: 'onnxruntime' | 'tensorrt';
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** GPU memory for what the model computes in between, weights not counted; undefined where the backend does not say. */
  readonly deviceMemoryBytes?: number;
  /** A set of input tensors of these shapes, contents undefined. Hand it to {@link run} or {@link release}. */
  acquire(shapes: Readonly<Record<string, readonly number[]>>): TensorMap;
  /** Gives acquired tensors back unused. */
  release(inputs: TensorMap): void;
  /**
   * Runs the model. Takes ownership of `inputs`; they must not be touched afterwards.
   *
   * @throws VLAError INFERENCE_FAILED, ABORTED or DISPOSED
   */
  run(inputs: TensorMap, options?: RunOptions): Promise<RunResult>;
  /** Waits for the call in flight, then frees all memory. Idempotent. */
  dispose(): Promise<void>;
}
