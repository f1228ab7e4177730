import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { JetsonVLAEngine } from '../../lib/index.js';
import { loadBundle } from '../../lib/policy/bundle.js';
import { observationLine } from '../../lib/policy/observation-file.js';
import { Policy } from '../../lib/policy/policy.js';
import { TextTokenizer } from '../../lib/policy/tokenizer.js';
import { encodeObservations } from '../../lib/toolchain/compare/model-policy.js';
import { readTensors, writeTensors } from '../../lib/toolchain/tensor-files.js';
import { exportHere, POLICIES, PYTHON, temporaryDirectory } from './export/export-here.js';

const source = `${POLICIES}:make`;
const checkpoints = mkdtempSync(path.join(tmpdir(), 'jetson-vla-checkpoints-'));

beforeAll(() => {
  const made = spawnSync(PYTHON, [POLICIES, checkpoints], { encoding: 'utf8' });
  expect(made.stderr).toBe('');
});
afterAll(() => rmSync(checkpoints, { recursive: true, force: true }));

/** What PyTorch itself, told nothing by the export, makes of the tensors in a directory. */
function inPyTorch(directory: string, checkpoint: string): void {
  const code = `
import sys, numpy as np, torch
sys.path.insert(0, ${JSON.stringify(path.dirname(POLICIES))})
from policies import Policy
policy = Policy().eval()
policy.load_state_dict(torch.load(${JSON.stringify(checkpoint)}))
load = lambda index: torch.from_numpy(np.load(f"seen.{index}.npy"))
np.save("answer.npy", policy(load(0), load(1)).detach().numpy())
`;
  const ran = spawnSync(PYTHON, ['-c', code], { cwd: directory, encoding: 'utf8' });
  expect(ran.stderr).toBe('');
}

function frame(seed: number) {
  const data = Uint8Array.from({ length: 20 * 30 * 3 }, (_, index) => (index * (seed + 3)) % 251);
  return { encoding: 'bgr8', width: 30, height: 20, data } as const;
}

describe('exportPolicy', () => {
  it('makes a bundle that gives the numbers of PyTorch in Node, on frames that the export never saw', async () => {
    const checkpoint = path.join(checkpoints, 'whole.pt');
    const { output, directory, report, left } = await exportHere({ source, checkpoint });
    const { parity, golden, tolerance, warnings, opset, exporter } = await report;
    expect({ opset, exporter, warnings }).toEqual({ opset: 18, exporter: 'dynamo', warnings: [] });
    expect(parity.random).toMatchObject({ samples: 6, count: 3 * 4 * 12 });
    expect(Math.max(parity.random.maxAbs, parity.observed.maxAbs)).toBeLessThan(Math.min(tolerance, 1e-4));
    expect(golden.maxAbs).toBeLessThan(1e-4);
    expect(await left()).toEqual(['bundle']);

    const { manifest, warnings: odd } = await loadBundle(output, { verify: 'all' });
    expect(odd).toEqual([]);
    expect(manifest.provenance.source).toBe('policies.py:make');
    expect(manifest.stages).toMatchObject({
      models: [{ outputs: [{ name: 'actions', shape: ['batch', 4, 3] }], artifacts: [{ opset: 18 }] }],
    });

    const observation = { images: { image: frame(1) }, instruction: 'pick up the block', capturedAt: 0 };
    const policy = new Policy(manifest, {
      tokenizer: await TextTokenizer.load(path.join(output, 'tokenizer.json')),
    });
    const [inputs = {}] = encodeObservations(policy, [observation]);
    const folder = path.join(directory, 'tensors');
    await mkdir(folder);
    await writeTensors(folder, 'seen', inputs);
    inPyTorch(folder, checkpoint);
    const wanted = policy.decode(
      { actions: (await readTensors(folder, { answer: 'answer.npy' }))['answer'] ?? expect.fail() },
      observation,
      { sequence: 0 },
    );
    await using engine = await JetsonVLAEngine.load(output);
    const got = await engine.infer(observation.images, observation.instruction);
    const values = got.toFloat32Array();
    expect(values).toHaveLength(12);
    for (const [index, value] of wanted.toFloat32Array().entries())
      expect(values[index]).toBeCloseTo(value, 4);
  });

  it('exports with the older exporter for an opset that the new one has not, comparing on what was recorded', async () => {
    const directory = await temporaryDirectory();
    const observations = path.join(directory, 'recorded.jsonl');
    const lines = [1, 2, 3].map((seed) =>
      observationLine({ images: { image: frame(seed) }, instruction: 'pick up the red block' }),
    );
    await writeFile(observations, lines.join(''));
    const { output, report } = await exportHere({
      source,
      opset: 17,
      observations,
      checkpoint: path.join(checkpoints, 'wrapped.pt'),
    });
    const { exporter, opset, parity } = await report;
    expect({ exporter, opset }).toEqual({ exporter: 'legacy', opset: 17 });
    expect(parity.observed).toMatchObject({ source: 'recorded', samples: 3 });
    const golden = JSON.parse(await readFile(path.join(output, 'golden.json'), 'utf8'));
    expect(golden.images.image).toMatchObject({ width: 30, height: 20, encoding: 'bgr8' });
    const model = await readFile(path.join(output, 'model.onnx'), 'latin1');
    // Where the user's code lies is nobody else's business.
    expect(model).not.toContain(path.dirname(POLICIES));
  });

  it('takes two cameras and the state as a manifest names them, and a dictionary with the actions', async () => {
    const directory = await temporaryDirectory();
    const manifest = path.join(directory, 'part.json');
    await writeFile(
      manifest,
      JSON.stringify({
        id: 'two-eyes',
        inputs: {
          cameras: [
            { id: 'front', resize: { h: 16, w: 16 }, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
            { id: 'wrist', resize: { h: 8, w: 12 } },
          ],
          state: { norm: [{ slice: [0, 3], mode: 'mean_std', mean: [0, 10, 50], std: [40, 30, 20] }] },
        },
        chunk: { dt: 0.05, execute: 2 },
        evaluator: { script: 'evaluate' },
      }),
    );
    const { output, report } = await exportHere({
      source: `${POLICIES}:two_eyes`,
      manifest,
      flags: {
        joints: [{ name: 'pan', unit: 'deg' }, { name: 'jaw' }, { name: 'lift', unit: 'deg' }],
        gripper: { name: 'jaw', open: 0, closed: 50 },
      },
    });
    const { id, chunk, golden, warnings } = await report;
    expect({ id, chunk }).toEqual({
      id: 'two-eyes',
      chunk: { horizon: 4, width: 3, secondsPerWaypoint: 0.05 },
    });
    expect(golden.maxAbs).toBeLessThan(1e-4);
    expect(warnings).toEqual([expect.stringContaining('pan (deg), jaw (unit), lift (deg)')]);
    const { manifest: written } = await loadBundle(output, { verify: 'all' });
    expect(written.evaluator).toEqual({ script: 'evaluate' });
    expect(written.stages.kind === 'single' && written.stages.models[0].inputs).toMatchObject([
      { name: 'front', shape: ['batch', 3, 16, 16] },
      { name: 'wrist', shape: ['batch', 3, 8, 12] },
      { name: 'state', shape: ['batch', 3] },
    ]);
  });

  it('leaves the checkpoint to a factory that takes one', async () => {
    const checkpoint = path.join(checkpoints, 'ema.pt');
    const { output, report } = await exportHere({
      source: `${POLICIES}:from_checkpoint`,
      checkpoint,
      exporter: 'legacy',
    });
    await report;
    const { manifest } = await loadBundle(output);
    expect(manifest.provenance.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  it('exports a network that takes one observation at a time when the manifest says a batch of 1', async () => {
    const { directory, report: refused } = await exportHere({ source: `${POLICIES}:single` });
    await expect(refused).rejects.toMatchObject({
      code: 'EXPORT_FAILED',
      message: expect.stringMatching(/batch of 1 and fails with a batch of 2.*policies\.py:\d+, in forward/s),
    });
    const manifest = path.join(directory, 'part.json');
    await writeFile(
      manifest,
      JSON.stringify({
        stages: {
          models: [
            {
              inputs: [
                { name: 'image', dtype: 'float32', shape: [1, 3, 16, 16], from: 'camera:image' },
                { name: 'text', dtype: 'int64', shape: [1, 6], from: 'text.ids' },
              ],
            },
          ],
        },
      }),
    );
    const { output, report } = await exportHere({
      source: `${POLICIES}:single`,
      manifest,
      exporter: 'legacy',
    });
    expect((await report).parity.random.samples).toBe(3);
    await expect(loadBundle(output)).resolves.toMatchObject({
      manifest: { stages: { models: [{ outputs: [{ shape: [1, 4, 3] }] }] } },
    });
  });
});
