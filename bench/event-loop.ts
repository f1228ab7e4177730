import { JetsonVLAEngine } from '../lib/engine/jetson-vla-engine.js';
import type { CameraFrame } from '../lib/policy/camera-frame.js';
import type { BenchResult } from './bench-result.js';
import { type LoopDelay, loopDelay } from './loop-delay.js';
import { quantiles } from './quantiles.js';
import { SLOW_MODEL, SlowModel } from './slow-model.js';

const TARGET_INFER_MS = 100;
const RUNS = 20;

/**
 * How long the event loop is blocked while a policy of about 100 ms runs back to back: through the engine, camera
 * frame of 640 × 480 included, against `session.run` of onnxruntime-node on the main thread, tensors ready.
 * `ratio` is the peer's p99 over ours.
 */
export async function bench(): Promise<BenchResult & { inferMs: number; ours: LoopDelay }> {
  const { words, delay: peer } = await onMainThread();
  await using engine = await JetsonVLAEngine.load(SLOW_MODEL, { threads: 1, onWarning: () => {} });
  const frame: CameraFrame = {
    encoding: 'rgb8',
    width: 640,
    height: 480,
    data: new Uint8Array(640 * 480 * 3).fill(128),
  };
  const instruction = 'work '.repeat(words);
  const inferMs: number[] = [];
  const ours = await loopDelay(async () => {
    const { timing } = await engine.infer(frame, instruction);
    inferMs.push(timing?.inferMs ?? Number.NaN);
  }, RUNS);

  return {
    name: 'event-loop',
    unit: 'ms',
    inferMs: quantiles(inferMs).p50,
    ours,
    peer: { name: 'onnxruntime-node session.run on the main thread', ...peer },
    ratio: peer.p99 / ours.p99,
  };
}

async function onMainThread(): Promise<{ words: number; delay: LoopDelay }> {
  await using model = await SlowModel.load();
  const words = await model.wordsFor(TARGET_INFER_MS);
  return { words, delay: await loopDelay(() => model.run(words), RUNS) };
}
