import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { JetsonVLAEngine, type LoadOptions } from '../../../lib/engine/jetson-vla-engine.js';
import type { StandinVersion } from '../../fakes/native/engine-file.js';
import { type OnnxGraph, writeOnnx } from '../../toolchain/write-onnx.js';
import { frame } from '../bundle.js';
import { model, referenceActions, temporaryDirectory, tokenizer } from '../fixtures.js';
import { standins } from '../tensorrt-fixtures.js';

/** The inputs of the fixture policy default-nhwc, for graphs with other operators. */
export const POLICY_INPUTS: OnnxGraph['inputs'] = [
  { name: 'image', shape: [1, 8, 8, 3] },
  { name: 'text', type: 7, shape: [1, 'tokens'] },
];

/** What the search for TensorRT finds is the same for all tests of a file, and takes its time. */
export const searchCache = mkdtempSync(join(tmpdir(), 'jetson-vla-'));
process.on('exit', () => rmSync(searchCache, { recursive: true, force: true }));

/** A directory with a bare model, an engine cache of its own, and a stand-in TensorRT. */
export async function cachePlace(version: StandinVersion = '10.16', graph?: OnnxGraph) {
  const engines = join(await temporaryDirectory(), 'engines');
  vi.stubEnv('JETSON_VLA_CACHE_DIR', searchCache);
  const { tensorrt, libraries } = standins(version);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    tensorrt.setBuildStepMs(0);
    tensorrt.reset();
  });
  const directory = await temporaryDirectory();
  const onnx = join(directory, 'policy.onnx');
  if (graph === undefined) await copyFile(model('default-nhwc'), onnx);
  else await writeOnnx(onnx, graph);
  await copyFile(tokenizer, join(directory, 'tokenizer.json'));
  const said: string[] = [];
  const load = async (options: LoadOptions = {}, path = onnx) => {
    const engine = await JetsonVLAEngine.load(path, {
      threads: 1,
      engineCache: engines,
      onWarning: (text) => said.push(text),
      ...options,
      tensorrt: { ...libraries, ...options.tensorrt },
    });
    onTestFinished(() => engine.dispose());
    return engine;
  };
  return {
    directory,
    onnx,
    engines,
    tensorrt,
    libraries,
    said,
    load,
    /** How often TensorRT has built in this process. */
    builds: () => tensorrt.counters().calls['IBuilder::buildSerializedNetwork'] ?? 0,
    /** Names of all files in the cache, sorted, with `<key>` for the keys. */
    files: async () =>
      (await readdir(engines).catch(() => [])).map((name) => name.replace(/[\da-f]{32}/, '<key>')).sort(),
    /** The only engine in the cache. */
    engineFile: async () => {
      const name = (await readdir(engines)).find((file) => file.endsWith('.engine'));
      if (name === undefined) throw new Error('the cache has no engine');
      return join(engines, name);
    },
  };
}

/** Appends an empty field that no reader of ONNX knows: other contents, the same model. */
export async function touchModel(file: string): Promise<void> {
  await writeFile(file, Buffer.concat([await readFile(file), Buffer.from([0xfa, 0x7f, 0])]));
}

/** How far the policy is from what the fixture model computes; grippers are clamped and left out. */
export async function deviationOf(policy: JetsonVLAEngine): Promise<number> {
  const chunk = await policy.infer(frame([255, 255, 255]), 'open');
  const expected = referenceActions([1, 1, 1, 1 / 16]);
  const differences = [...chunk.toFloat32Array()].map((value, index) =>
    index % 7 === 6 ? 0 : Math.abs(value - (expected[index] ?? Number.NaN)),
  );
  return Math.max(...differences);
}
