import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import { VLAError } from '../errors.js';
import type { TensorInfo } from '../policy/tensor.js';
import { createExitGate } from './exit-gate.js';
import { sessionOptions } from './onnxruntime-options.js';
import type { FromWorker, WorkerStart } from './onnxruntime-protocol.js';

/** A thread that has a model loaded. */
export interface StartedWorker {
  readonly worker: Worker;
  /** Resolves when the thread has ended, for whatever reason. */
  readonly exited: Promise<void>;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * Starts a thread and loads a model in it. A thread that cannot has ended when this rejects.
 *
 * @throws VLAError BUNDLE_NOT_FOUND, BACKEND_UNAVAILABLE, MODEL_INVALID, UNSUPPORTED_POLICY
 */
export async function startWorker(file: string, threads: number): Promise<StartedWorker> {
  await requireFile(file);
  const { gate, remove } = createExitGate();
  const workerData: WorkerStart = { file, options: sessionOptions(threads), gate };
  const worker = new Worker(new URL('./onnxruntime-worker.js', import.meta.url), {
    name: 'jetson-vla onnxruntime',
    workerData,
    // Loaders and hooks of the main thread would only slow down a file that needs none.
    execArgv: [],
  });
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', () => {
      remove();
      resolve();
    });
  });
  const first = await answer(worker, exited);
  if (first.kind === 'ready') return { worker, exited, inputs: first.inputs, outputs: first.outputs };
  await exited;
  throw loadError(file, first);
}

async function requireFile(file: string): Promise<void> {
  const stats = await stat(file).catch((cause: unknown) => {
    throw new VLAError('BUNDLE_NOT_FOUND', `expected an ONNX model, but there is no file ${file}`, { cause });
  });
  if (!stats.isFile())
    throw new VLAError('BUNDLE_NOT_FOUND', `expected an ONNX model, but ${file} is not a file`);
}

type Answer = Extract<FromWorker, { kind: 'ready' | 'refused' }>;

/** The worker's answer to its start; one that dies without an answer has refused as well. */
function answer(worker: Worker, exited: Promise<void>): Promise<Answer> {
  return new Promise((resolve) => {
    const died = (message: string) => resolve({ kind: 'refused', stage: 'import', message });
    worker.once('message', (message: Answer) => resolve(message));
    worker.once('error', (error) => died(error.message));
    void exited.then(() => died('its thread ended without a word'));
  });
}

function loadError(file: string, { stage, message }: Extract<Answer, { kind: 'refused' }>): VLAError {
  switch (stage) {
    case 'import':
      return new VLAError('BACKEND_UNAVAILABLE', `onnxruntime-node cannot be loaded: ${message}`, {
        hint: 'Install it with: npm install onnxruntime-node',
      });
    case 'load':
      return new VLAError('MODEL_INVALID', `ONNX Runtime cannot read ${file}: ${message}`, {
        hint: 'Copy or export the model again; an external data file must lie beside it.',
      });
    case 'types':
      return new VLAError('UNSUPPORTED_POLICY', `${file}: ${message}, which policies cannot have`);
  }
}
