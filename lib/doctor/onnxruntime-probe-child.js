/**
 * The process that tries ONNX Runtime: on a machine that it was not built for, loading it can end the process.
 *
 * Plain JavaScript, because Node itself starts it, from lib/ and from dist/.
 */
import { writeSync } from 'node:fs';

/** y = x + 1, eight float32 values. */
const MODEL =
  'CAgSE2pldHNvbi12bGEgZml4dHVyZXM6VgoQCgF4CgNvbmUSAXkiA0FkZBIHdHJpdmlhbCoPCAEQAUIDb25lSgQAAIA/WhMKAXgSDgoMCAESCAoCCAEKAggIYhMKAXkSDgoMCAESCAoCCAEKAggIQgQKABAR';
const LOG_FATAL_ONLY = 4;

const { InferenceSession, Tensor } = await import('onnxruntime-node');
const session = await InferenceSession.create(Buffer.from(MODEL, 'base64'), {
  logSeverityLevel: LOG_FATAL_ONLY,
  intraOpNumThreads: 1,
});
const { y } = await session.run({
  x: new Tensor('float32', Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7), [1, 8]),
});
writeSync(1, `${JSON.stringify([...(y?.data ?? [])])}\n`);
process.exit(0);
