import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { TensorRTEngine } from '../lib/engine/tensorrt-engine.js';
import { StandinCuda, StandinTensorRT } from '../test/fakes/native/control.js';
import { type StandinEngine, writeEngineFile } from '../test/fakes/native/engine-file.js';
import { standinDirectory } from '../test/fakes/native/standins.js';

/** An engine on the stand-in TensorRT and CUDA that `npm run build:native` builds: no GPU, the addon that ships. */
export async function openStandinEngine(engine: StandinEngine): Promise<TensorRTEngine> {
  const nvinfer = new StandinTensorRT(standinDirectory()).path;
  const cuda = new StandinCuda(standinDirectory()).path;
  const folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-bench-'));
  try {
    const file = path.join(folder, 'bench.engine');
    await writeEngineFile(file, engine);
    return await TensorRTEngine.load(file, { nvinfer, cuda });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
