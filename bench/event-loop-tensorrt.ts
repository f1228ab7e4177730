import { setTimeout } from 'node:timers/promises';
import type { BenchResult } from './bench-result.js';
import { type LoopDelay, loopDelay } from './loop-delay.js';
import { quantiles } from './quantiles.js';
import { SlowModel } from './slow-model.js';
import { openStandinEngine } from './standin-engine.js';

const INFER_MS = 50;
const RUNS = 100;

/**
 * How long the event loop is blocked while an engine of 50 ms runs back to back through `TensorRTEngine.infer`, against
 * `session.run` of onnxruntime-node on the main thread with a model of about 50 ms, and against no work at all. The
 * engine is one of the stand-in TensorRT: it sleeps for 50 ms where a GPU would work. `ratio` is the peer's p99 over
 * ours.
 */
export async function bench(): Promise<BenchResult & { inferMs: number; ours: LoopDelay }> {
  await using model = await SlowModel.load();
  const words = await model.wordsFor(INFER_MS);
  const peer = await loopDelay(() => model.run(words), RUNS);

  await using engine = await openStandinEngine({
    kind: 'features',
    delayMs: INFER_MS,
    inputs: [
      { name: 'image', dtype: 'float32', shape: [1, 224, 224, 3] },
      { name: 'text', dtype: 'int64', shape: [1, 16] },
    ],
    outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 7] }],
  });
  const idle = await loopDelay(() => setTimeout(INFER_MS), RUNS);
  const inferMs: number[] = [];
  const ours = await loopDelay(async () => {
    inferMs.push(await engine.infer());
  }, RUNS);

  return {
    name: 'event-loop-tensorrt',
    unit: 'ms',
    inferMs: quantiles(inferMs).p50,
    ours,
    peer: { name: 'onnxruntime-node session.run on the main thread', ...peer },
    others: [{ name: 'a timer of 50 ms, nothing running', ...idle }],
    ratio: peer.p99 / ours.p99,
  };
}
