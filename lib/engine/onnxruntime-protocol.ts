import type { InferenceSession } from 'onnxruntime-node';
import type { TensorInfo, TensorMap } from '../policy/tensor.js';

/** What the worker gets when it starts. */
export interface WorkerStart {
  /** The .onnx file. ONNX Runtime opens it itself, so that external data beside it is found. */
  readonly file: string;
  readonly options: InferenceSession.SessionOptions;
  /** See exit-gate.ts: 0 may be entered, 1 the worker is inside ONNX Runtime, 2 the process is exiting. */
  readonly gate: Int32Array<SharedArrayBuffer>;
}

/** The worker takes these in order, one after the other. */
export type ToWorker = { readonly kind: 'run'; readonly inputs: TensorMap } | { readonly kind: 'release' };

/**
 * `ready` or `refused` once, then one `result` or `failure` per run. Runs give their inputs back so that the
 * buffers can be used again.
 */
export type FromWorker =
  | { readonly kind: 'ready'; readonly inputs: TensorInfo[]; readonly outputs: TensorInfo[] }
  | { readonly kind: 'refused'; readonly stage: 'import' | 'load' | 'types'; readonly message: string }
  | {
      readonly kind: 'result';
      readonly inputs: TensorMap;
      readonly outputs: TensorMap;
      readonly inferMs: number;
    }
  | { readonly kind: 'failure'; readonly inputs: TensorMap; readonly message: string };
