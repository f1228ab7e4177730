import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { OnnxRuntimeSession } from '../lib/engine/onnxruntime-session.js';
import type { Tensor as PolicyTensor } from '../lib/policy/tensor.js';
import { developmentEnvironment, StepError } from '../python/environment.js';
import type { BenchResult } from './bench-result.js';
import { PythonPeer } from './python-peer.js';
import { quantiles } from './quantiles.js';
import { openStandinEngine } from './standin-engine.js';

const MODEL = fileURLToPath(new URL('../test/fixtures/models/trivial.onnx', import.meta.url));
const SHAPE = [1, 8];
const INPUT = Float32Array.from({ length: 8 }, (_, at) => at);
/** All sides take turns, so that a busy machine slows all. */
const ROUNDS = 50;
const CALLS_PER_ROUND = 200;
const WARM_UP_ROUNDS = 10;

/** Microseconds of each of a number of calls, one after the other. */
type Side = (count: number) => Promise<number[]>;

/**
 * What a call costs when the model costs nothing: y = x + 1 on eight values, with the input in its place. Ours is
 * `TensorRTEngine.executeV2`, the peer `session.run` of onnxruntime-node on the main thread; beside them
 * `TensorRTEngine.infer`, `OnnxRuntimeSession.run` with its `acquire`, and `run` of onnxruntime in Python.
 *
 * The engine is one of the stand-in TensorRT, so what that and the stand-in CUDA driver do on the CPU is inside our
 * figures, and what a GPU adds to them is not.
 */
export async function bench(): Promise<BenchResult> {
  await using engine = await openStandinEngine({
    kind: 'increment',
    inputs: [{ name: 'x', dtype: 'float32', shape: SHAPE }],
    outputs: [{ name: 'y', dtype: 'float32', shape: SHAPE }],
  });
  fill(engine.inputs['x']);
  await engine.infer();
  assertIncremented(engine.outputs['y']?.data);

  const node = await InferenceSession.create(MODEL, { intraOpNumThreads: 1 });
  const feeds = { x: new Tensor('float32', INPUT, SHAPE) };
  assertIncremented((await node.run(feeds))['y']?.data);

  await using session = await OnnxRuntimeSession.load(MODEL, { threads: 1 });
  const runSession = async () => {
    const inputs = session.acquire({ x: SHAPE });
    fill(inputs['x']);
    return session.run(inputs);
  };
  assertIncremented((await runSession()).outputs['y']?.data);

  const python = await startPython();
  try {
    const [ours, theirs, ...others] = await takeTurns([
      async (count) => Array.from({ length: count }, () => timed(() => engine.executeV2())),
      (count) => timedEach(count, () => node.run(feeds)),
      (count) => timedEach(count, () => engine.infer()),
      (count) => timedEach(count, runSession),
      ...(python ? [python.side] : []),
    ]);
    const names = [
      'jetson-vla TensorRTEngine.infer',
      'jetson-vla OnnxRuntimeSession.run, in its thread',
      ...(python ? [python.name] : []),
    ];
    const [us, them] = [quantiles(ours ?? []), quantiles(theirs ?? [])];
    return {
      name: 'call-overhead',
      unit: 'µs',
      ours: us,
      peer: { name: 'onnxruntime-node session.run on the main thread', ...them },
      others: names.map((name, at) => ({ name, ...quantiles(others[at] ?? []) })),
      ratio: them.p50 / us.p50,
    };
  } finally {
    await python?.peer.end();
    await node.release();
  }
}

/** Nothing where its Python environment cannot be made; the other figures hold without it. */
async function startPython(): Promise<{ peer: PythonPeer; name: string; side: Side } | undefined> {
  try {
    const script = fileURLToPath(new URL('onnxruntime_calls.py', import.meta.url));
    const peer = new PythonPeer(await developmentEnvironment('requirements-dev.txt'), [script, MODEL]);
    const { version } = await peer.answer(z.object({ version: z.string() }));
    const times = z.object({ run: z.array(z.number()) });
    const side: Side = async (count) => (await peer.ask(`${count}`, times)).run;
    return { peer, name: `onnxruntime ${version} in Python, session.run`, side };
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    process.stderr.write(`without onnxruntime in Python: ${error.message}\n`);
    return undefined;
  }
}

async function takeTurns(sides: readonly Side[]): Promise<number[][]> {
  const times = sides.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++)
    for (const [at, side] of sides.entries()) {
      const measured = await side(CALLS_PER_ROUND);
      if (round >= 0) times[at]?.push(...measured);
    }
  return times;
}

function timed(call: () => void): number {
  const start = performance.now();
  call();
  return (performance.now() - start) * 1000;
}

async function timedEach(count: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await call();
    times.push((performance.now() - start) * 1000);
  }
  return times;
}

function fill(tensor: PolicyTensor | undefined): void {
  if (tensor?.dtype !== 'float32') throw new Error('the trivial model takes float32');
  tensor.data.set(INPUT);
}

function assertIncremented(output: unknown): void {
  if (!(output instanceof Float32Array && output.every((value, at) => value === at + 1)))
    throw new Error(`all sides must compute x + 1, got ${output}`);
}
