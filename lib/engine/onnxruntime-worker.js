/**
 * The thread that ONNX Runtime runs on: `session.run` of onnxruntime-node blocks the event loop that calls it.
 *
 * Plain JavaScript, because Node itself loads a worker's entry point: this one file must start from lib/ under
 * vitest or tsx and from dist/, where no TypeScript loader is at hand.
 *
 * @import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
 * @import { Dtype, Tensor, TensorInfo, TensorMap } from '../policy/tensor.js'
 * @import { FromWorker, ToWorker, WorkerStart } from './onnxruntime-protocol.js'
 */
import { parentPort, workerData } from 'node:worker_threads';

/** @type {ReadonlySet<string>} */
const DTYPES = new Set(['float32', 'float16', 'uint8', 'int8', 'int32', 'int64', 'bool', 'string']);

if (parentPort === null) throw new Error('onnxruntime-worker.js only runs as a worker thread');
const port = parentPort;

/** @type {WorkerStart} */
const start = workerData;

/** @type {(message: FromWorker, transfer?: ArrayBuffer[]) => void} */
const post = (message, transfer = []) => port.postMessage(message, transfer);

/** @type {(error: unknown) => string} */
const text = (error) => (error instanceof Error ? error.message : String(error)).trim();

/** @type {(tensors: TensorMap) => ArrayBuffer[]} */
const buffers = (tensors) =>
  Object.values(tensors).flatMap((tensor) => (tensor.dtype === 'string' ? [] : [tensor.data.buffer]));

/** @type {(type: string) => type is Dtype} */
const isDtype = (type) => DTYPES.has(type);

/**
 * @param {readonly InferenceSession.ValueMetadata[]} metadata
 * @returns {TensorInfo[]}
 */
function describe(metadata) {
  return metadata.map((value) => {
    if (!value.isTensor) throw new TypeError(`"${value.name}" is a sequence, map or optional, not a tensor`);
    if (!isDtype(value.type)) throw new TypeError(`"${value.name}" has the element type ${value.type}`);
    // A dynamic dimension without a name arrives as an empty string.
    return { name: value.name, dtype: value.type, shape: value.shape.map((dim) => (dim === '' ? -1 : dim)) };
  });
}

/** @type {(output: OrtTensor) => Tensor} */
function fromOrt({ type, dims, data }) {
  // Node 24 has a Float16Array and ONNX Runtime then returns one; callers get the bit patterns on every version.
  const bits =
    type === 'float16' && ArrayBuffer.isView(data)
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : data;
  // TypeScript cannot follow that `type` picks the class of `data`.
  return /** @type {Tensor} */ ({ dtype: type, shape: dims, data: bits });
}

/**
 * Calls ONNX Runtime with the exit gate held. While the process exits this waits, and Node stops the thread there.
 *
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
async function inside(call) {
  while (Atomics.compareExchange(start.gate, 0, 0, 1) === 2) Atomics.wait(start.gate, 0, 2);
  try {
    return await call();
  } finally {
    Atomics.store(start.gate, 0, 0);
    Atomics.notify(start.gate, 0);
  }
}

/** @returns {Promise<typeof import('onnxruntime-node') | undefined>} */
async function importRuntime() {
  try {
    return await inside(() => import('onnxruntime-node'));
  } catch (error) {
    post({ kind: 'refused', stage: 'import', message: text(error) });
    return undefined;
  }
}

/**
 * @param {typeof import('onnxruntime-node')} ort
 * @returns {Promise<InferenceSession | undefined>}
 */
async function openSession(ort) {
  try {
    return await inside(() => ort.InferenceSession.create(start.file, start.options));
  } catch (error) {
    const message = text(error);
    const stage = message.startsWith('Unsupported data type') ? 'types' : 'load';
    post({ kind: 'refused', stage, message });
    return undefined;
  }
}

/**
 * @param {typeof import('onnxruntime-node')} ort
 * @param {InferenceSession} session
 * @param {TensorMap} inputs
 */
async function run(ort, session, inputs) {
  try {
    /** @type {Record<string, OrtTensor>} */
    const feeds = {};
    for (const [name, { dtype, data, shape }] of Object.entries(inputs)) {
      // TypeScript cannot know that the session hands out the types of `describe` only, so never bfloat16.
      const type = /** @type {OrtTensor.Type} */ (dtype);
      feeds[name] = new ort.Tensor(type, data, shape);
    }

    const startedAt = performance.now();
    const results = await inside(() => session.run(feeds));
    const inferMs = performance.now() - startedAt;

    const outputs = Object.fromEntries(
      Object.entries(results).map(([name, result]) => [name, fromOrt(result)]),
    );
    post({ kind: 'result', inputs, outputs, inferMs }, [...buffers(inputs), ...buffers(outputs)]);
  } catch (error) {
    post({ kind: 'failure', inputs, message: text(error) }, buffers(inputs));
  }
}

async function main() {
  const ort = await importRuntime();
  const session = ort && (await openSession(ort));
  if (!ort || !session) return;
  try {
    post({
      kind: 'ready',
      inputs: describe(session.inputMetadata),
      outputs: describe(session.outputMetadata),
    });
  } catch (error) {
    post({ kind: 'refused', stage: 'types', message: text(error) });
    await inside(() => session.release());
    return;
  }

  let previous = Promise.resolve();
  port.on('message', (/** @type {ToWorker} */ message) => {
    previous = previous.then(async () => {
      if (message.kind === 'run') return run(ort, session, message.inputs);
      await inside(() => session.release());
      port.close();
    });
  });
}

await main();
