import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import type { TensorRTLibraryOptions } from '../../lib/engine/tensorrt-options.js';
import { backendDirectory } from '../../lib/native/load-addon.js';
import { temporaryDirectory } from '../engine/fixtures.js';
import { StandinCuda, StandinTensorRT } from '../fakes/native/control.js';
import type { StandinVersion } from '../fakes/native/engine-file.js';
import { type OnnxGraph, writeOnnx } from './write-onnx.js';

/** Where the build that the addon comes from put the stand-in libraries. */
export const STANDINS = join(backendDirectory(), '..', 'standins');

export interface BuildPlace {
  readonly directory: string;
  readonly onnx: string;
  readonly engine: string;
  readonly libraries: TensorRTLibraryOptions;
  readonly tensorrt: StandinTensorRT;
  readonly cuda: StandinCuda;
  /** Names of all files in the directory, sorted. */
  files(): Promise<string[]>;
}

const ECHO: OnnxGraph = { inputs: [{ name: 'x', shape: [1, 4] }] };

/** A directory with a model, a cache directory of its own, and a stand-in TensorRT that is reset after the test. */
export async function buildPlace(version: StandinVersion, graph: OnnxGraph = ECHO): Promise<BuildPlace> {
  vi.stubEnv('JETSON_VLA_CACHE_DIR', await temporaryDirectory());
  const directory = await temporaryDirectory();
  const tensorrt = new StandinTensorRT(STANDINS, version);
  const cuda = new StandinCuda(STANDINS);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    tensorrt.setBuildStepMs(0);
    tensorrt.reset();
    cuda.reset();
  });
  const onnx = join(directory, 'model.onnx');
  await writeOnnx(onnx, graph);
  return {
    directory,
    onnx,
    engine: join(directory, 'model.engine'),
    libraries: { nvinfer: tensorrt.path, onnxParser: tensorrt.parserPath, cuda: cuda.path },
    tensorrt,
    cuda,
    files: async () => (await readdir(directory)).sort(),
  };
}

/** Nothing of TensorRT and CUDA is alive, and nothing forbidden was done to them. */
export function expectNothingLeft({ tensorrt, cuda }: BuildPlace): void {
  for (const { live, violations } of [tensorrt.counters(), tensorrt.parserCounters(), cuda.counters()])
    for (const count of [...Object.entries(live), ...Object.entries(violations)])
      expect(count).toEqual([count[0], 0]);
}
