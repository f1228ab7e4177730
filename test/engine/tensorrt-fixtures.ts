import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { TensorRTEngine, type TensorRTEngineOptions } from '../../lib/engine/tensorrt-engine.js';
import { StandinCuda, StandinTensorRT } from '../fakes/native/control.js';
import { type StandinEngine, type StandinVersion, writeEngineFile } from '../fakes/native/engine-file.js';
import { standinDirectory } from '../fakes/native/standins.js';
import { temporaryDirectory } from './fixtures.js';

export const VERSIONS = ['8.5', '8.6', '10.3', '10.16', '11.1'] as const;

/** The policy of the fixture default-nhwc.onnx. */
export const POLICY: StandinEngine = {
  kind: 'features',
  vocabulary: 16,
  inputs: [
    { name: 'image', dtype: 'float32', shape: [1, 8, 8, 3] },
    { name: 'text', dtype: 'int64', shape: [1, -1] },
  ],
  outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 7] }],
};

/** The fixture slow.onnx: 0.1 ms for each unit of its one token. */
export const SLOW: StandinEngine = { ...POLICY, kind: 'slow', vocabulary: 0, stepUs: 100 };

/** Four float32 values in, the same out; a dynamic size of 1 … 64. */
export const ECHO: StandinEngine = {
  inputs: [{ name: 'x', dtype: 'float32', shape: [-1] }],
  outputs: [{ name: 'y', dtype: 'float32', shape: [-1] }],
};

/** The stand-in libraries of one version, faults and counts forgotten. */
export function standins(version: StandinVersion = '10.3') {
  const cuda = new StandinCuda(standinDirectory());
  const tensorrt = new StandinTensorRT(standinDirectory(), version);
  cuda.reset();
  tensorrt.reset();
  return { cuda, tensorrt, libraries: { nvinfer: tensorrt.path, cuda: cuda.path } };
}

/** Writes an engine file for a version and gives its path. */
export async function engineFile(engine: StandinEngine, version: StandinVersion = '10.3'): Promise<string> {
  const file = join(await temporaryDirectory(), 'policy.engine');
  await writeEngineFile(file, { version, ...engine });
  return file;
}

/** An engine on the stand-ins, disposed after the test. */
export async function openEngine(
  engine: StandinEngine,
  options: TensorRTEngineOptions = {},
  version: StandinVersion = '10.3',
): Promise<TensorRTEngine> {
  const { libraries } = standins(version);
  const opened = await TensorRTEngine.load(await engineFile(engine, version), { ...libraries, ...options });
  onTestFinished(() => opened.dispose());
  return opened;
}

/** What is left of a record of counters without those that are 0. */
export function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
