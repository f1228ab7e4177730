import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { loadAddon } from '../lib/native/load-addon.js';
import type { CameraFrame } from '../lib/policy/camera-frame.js';
import { planImage } from '../lib/policy/image-plan.js';
import { resolveImageSpec } from '../lib/policy/image-spec.js';
import { ImagePreprocessor } from '../lib/policy/image-tensor.js';
import { pixelTables } from '../lib/policy/pixel-tables.js';
import { allocateTensor } from '../lib/policy/tensor.js';
import { TypeScriptImageKernel } from '../lib/policy/typescript-image-kernel.js';
import { developmentEnvironment } from '../python/environment.js';
import type { BenchResult } from './bench-result.js';
import { PythonPeer } from './python-peer.js';
import { quantiles } from './quantiles.js';

const WIDTH = 640;
const HEIGHT = 480;
/** Both sides take turns, so that a busy machine slows both. */
const ROUNDS = 40;
const CALLS_PER_ROUND = 25;
const WARM_UP_ROUNDS = 4;

/** Milliseconds of each call. */
const opencvTimes = z.object({ resize: z.array(z.number()), preprocess: z.array(z.number()) });

/**
 * 640×480 bgr8 → 224×224 float32 in 0 … 1, NHWC with the channels as they come, against what a Python node does:
 * `cv2.resize(frame, (224, 224)).astype(np.float32) / 255`, with OpenCV's own choice of threads. Also against
 * `cv2.resize` alone, and our TypeScript path, which takes over where there is no native addon.
 */
export async function bench(): Promise<BenchResult> {
  // Without it, the figures would be those of the TypeScript path.
  loadAddon();
  const python = await developmentEnvironment('requirements-dev.txt');
  const folder = await mkdtemp(path.join(tmpdir(), 'jetson-vla-bench-'));
  try {
    return await measure(python, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(python: string, folder: string): Promise<BenchResult> {
  const data = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => Math.imul(at, 2654435761) >>> 24);
  const frame: CameraFrame = { encoding: 'bgr8', width: WIDTH, height: HEIGHT, data };
  const preprocessor = new ImagePreprocessor({ color: 'bgr' });
  const tensor = allocateTensor('float32', preprocessor.shape);
  const spec = resolveImageSpec({ color: 'bgr' });
  const fallback = new TypeScriptImageKernel(planImage(frame, spec), spec, pixelTables(spec));
  const scratch = new Float32Array(tensor.data.length);

  const frameFile = path.join(folder, 'frame');
  const tensorFile = path.join(folder, 'tensor');
  await writeFile(frameFile, data);
  const script = fileURLToPath(new URL('opencv_preprocess.py', import.meta.url));
  const peer = new PythonPeer(python, [script, frameFile, tensorFile]);
  try {
    const { version, threads } = await peer.answer(z.object({ version: z.string(), threads: z.number() }));
    preprocessor.write(frame, tensor);
    assertSame(tensor.data, await readFile(tensorFile));

    const times = {
      ours: [] as number[],
      typescript: [] as number[],
      resize: [] as number[],
      whole: [] as number[],
    };
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const ours = timed(() => preprocessor.write(frame, tensor));
      const typescript = timed(() => fallback.write(frame, scratch));
      const theirs = await peer.ask(`${CALLS_PER_ROUND}`, opencvTimes);
      if (round < 0) continue;
      times.ours.push(...ours);
      times.typescript.push(...typescript);
      times.resize.push(...theirs.resize);
      times.whole.push(...theirs.preprocess);
    }
    const us = quantiles(times.ours);
    const them = quantiles(times.whole);
    const opencv = `OpenCV ${version}, ${threads} threads`;
    return {
      name: 'preprocess-opencv',
      unit: 'ms',
      ours: us,
      peer: { name: `${opencv}: resize, astype, / 255`, ...them },
      others: [
        { name: `${opencv}: resize alone`, ...quantiles(times.resize) },
        { name: 'jetson-vla without the addon', ...quantiles(times.typescript) },
      ],
      ratio: them.p50 / us.p50,
    };
  } finally {
    await peer.end();
  }
}

function timed(action: () => void): number[] {
  return Array.from({ length: CALLS_PER_ROUND }, () => {
    const start = performance.now();
    action();
    return performance.now() - start;
  });
}

/** Where OpenCV uses Intel's IPP, its bytes may be one step from those of its own code, which are ours. */
function assertSame(ours: Float32Array, bytes: Buffer): void {
  const theirs = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const apart = ours.reduce(
    (worst, value, at) => Math.max(worst, Math.abs(value - (theirs[at] ?? Number.NaN))),
    0,
  );
  if (theirs.length !== ours.length || !(apart <= 1.01 / 255))
    throw new Error(`the two tensors must be equal to compare times, differ by ${apart}`);
}
