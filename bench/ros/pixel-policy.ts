import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { JOINT_NAMES } from '../../examples/sim/pick-world.js';
import { quantiles } from '../quantiles.js';

/** image (1, 224, 224, 3) and the text itself → actions (1, 5, 7), which only pass the first pixel through. */
export const PIXEL_MODEL = fileURLToPath(new URL('../../test/fixtures/models/pixel.onnx', import.meta.url));
/** Where it holds the simulated arm while the second channel is 0, rad. */
export const PIXEL_POSE = [0, 0.02, 1.75, 0, 1.37, 0];
const RUNS = 300;

/** Writes the bundle of the model: what the seed's Python does, image in 0 … 1 in the order of its channels. */
export async function writePixelPolicy(folder: string): Promise<string> {
  const bundle = path.join(folder, 'pixel-policy');
  await mkdir(bundle);
  await copyFile(PIXEL_MODEL, path.join(bundle, 'model.onnx'));
  const sha256 = createHash('sha256')
    .update(await readFile(PIXEL_MODEL))
    .digest('hex');
  const manifest = {
    schema: 'jetson-vla/policy',
    version: 1,
    id: 'pixel',
    inputs: { cameras: [{ id: 'front', color: 'bgr' }], text: { mode: 'string' } },
    stages: {
      kind: 'single',
      models: [
        {
          id: 'policy',
          inputs: [
            { name: 'image', dtype: 'float32', shape: [1, 224, 224, 3], from: 'camera:front' },
            { name: 'text', dtype: 'string', shape: [1], from: 'text.string' },
          ],
          outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 7], residency: 'host' }],
          artifacts: [{ format: 'onnx', file: 'model.onnx', sha256, precision: 'float32', opset: 17 }],
        },
      ],
      output: 'policy.actions',
    },
    action: {
      dims: [
        ...JOINT_NAMES.map((name) => ({ name, unit: 'rad', limits: [-2.9, 2.9] })),
        { name: 'gripper', unit: 'unit', gripper: { open: 0, closed: 1 } },
      ],
      groups: [
        { name: 'arm', slice: [0, 6], space: 'joint', quantity: 'position', ref: 'absolute' },
        { name: 'gripper', slice: [6, 7], space: 'gripper', quantity: 'position', ref: 'absolute' },
      ],
      modelDim: 7,
    },
    chunk: { horizon: 5, startIndex: 0, dt: 0.2, execute: 2 },
  };
  await writeFile(path.join(bundle, 'policy.json'), JSON.stringify(manifest));
  return bundle;
}

/** The p50 of the model alone, ms: onnxruntime-node on the main thread, tensors ready. */
export async function modelTime(): Promise<number> {
  const session = await InferenceSession.create(PIXEL_MODEL);
  const feeds = {
    image: new Tensor('float32', new Float32Array(224 * 224 * 3), [1, 224, 224, 3]),
    text: new Tensor('string', ['pick'], [1]),
  };
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const startedAt = performance.now();
    await session.run(feeds);
    times.push(performance.now() - startedAt);
  }
  await session.release();
  return quantiles(times).p50;
}
