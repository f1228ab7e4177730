import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { JetsonVLAEngine } from '../lib/engine/jetson-vla-engine.js';
import type { CameraFrame } from '../lib/policy/camera-frame.js';

/** How late timers of the control loop fire, milliseconds. */
interface Delay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const MODEL = fileURLToPath(new URL('../test/fixtures/models/slow.onnx', import.meta.url));
const TARGET_INFER_MS = 100;
const RUNS = 20;
const RESOLUTION_MS = 1;
/** Matrix products that the word "work" stands for in the fixture's tokenizer. */
const STEPS_PER_WORD = 100;

/**
 * How long the event loop is blocked while a policy of about 100 ms runs back to back: through the engine, camera
 * frame of 640 × 480 included, against `session.run` of onnxruntime-node on the main thread, tensors ready.
 * `ratio` is the peer's p99 over ours.
 */
export async function bench(): Promise<{
  name: 'event-loop';
  unit: 'ms';
  inferMs: number;
  ours: Delay;
  peer: Delay & { name: string };
  ratio: number;
}> {
  const session = await InferenceSession.create(MODEL, { intraOpNumThreads: 1 });
  const words = await tune(session);
  const peer = await measure(() => runOnMainThread(session, words * STEPS_PER_WORD));
  await session.release();

  const engine = await JetsonVLAEngine.load(MODEL, { threads: 1, onWarning: () => {} });
  const frame: CameraFrame = {
    encoding: 'rgb8',
    width: 640,
    height: 480,
    data: new Uint8Array(640 * 480 * 3).fill(128),
  };
  const instruction = 'work '.repeat(words);
  const inferMs: number[] = [];
  const ours = await measure(async () => {
    const { timing } = await engine.infer(frame, instruction);
    inferMs.push(timing?.inferMs ?? Number.NaN);
  });
  await engine.dispose();

  return {
    name: 'event-loop',
    unit: 'ms',
    inferMs: inferMs.toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN,
    ours,
    peer: { name: 'onnxruntime-node session.run on the main thread', ...peer },
    ratio: peer.p99 / ours.p99,
  };
}

async function measure(run: () => Promise<unknown>): Promise<Delay> {
  for (let warmUp = 0; warmUp < 3; warmUp++) await run();
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  // The monitor counts from its first tick on.
  await setTimeout(10);
  histogram.reset();
  for (let index = 0; index < RUNS; index++) await run();
  histogram.disable();
  return delays(histogram);
}

/** The monitor records the time between ticks that are meant to be {@link RESOLUTION_MS} apart. */
function delays(histogram: IntervalHistogram): Delay {
  const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return {
    p50: late(histogram.percentile(50)),
    p99: late(histogram.percentile(99)),
    max: late(histogram.max),
  };
}

/** The number of words that makes one run take about {@link TARGET_INFER_MS} on this machine. */
async function tune(session: InferenceSession): Promise<number> {
  const probe = 10;
  await runOnMainThread(session, probe * STEPS_PER_WORD);
  const startedAt = performance.now();
  await runOnMainThread(session, probe * STEPS_PER_WORD);
  const msPerWord = (performance.now() - startedAt) / probe;
  return Math.max(1, Math.round(TARGET_INFER_MS / msPerWord));
}

function runOnMainThread(session: InferenceSession, steps: number): Promise<unknown> {
  return session.run({
    image: new Tensor('float32', new Float32Array(8 * 8 * 3).fill(0.5), [1, 8, 8, 3]),
    text: new Tensor('int64', BigInt64Array.of(BigInt(steps)), [1, 1]),
  });
}
