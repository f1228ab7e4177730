import { readFileSync } from 'node:fs';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { parseManifest } from '../../lib/policy/manifest.js';
import { type Observation, Policy } from '../../lib/policy/policy.js';
import { allocateTensor, type TensorMap } from '../../lib/policy/tensor.js';
import { TextTokenizer } from '../../lib/policy/tokenizer.js';

export const tokenizer = new TextTokenizer(
  JSON.parse(readFileSync(new URL('../fixtures/tokenizers/word-level.json', import.meta.url), 'utf8')),
);

export function policyOf(json: unknown): Policy {
  return new Policy(parseManifest(json).manifest, { tokenizer });
}

/** A frame of one grey level. */
export function greyFrame(width: number, height: number, level: number): CameraFrame {
  return { encoding: 'rgb8', width, height, data: new Uint8Array(width * height * 3).fill(level) };
}

/** Tensors for the observation, filled with rubbish as recycled memory is. */
export function inputTensors(policy: Policy, observation: Observation): TensorMap {
  const shapes = policy.inputShapes(observation);
  const { inputs } =
    policy.manifest.stages.kind === 'single' ? policy.manifest.stages.models[0] : { inputs: [] };
  return Object.fromEntries(
    inputs.map(({ name, dtype }) => {
      const tensor = allocateTensor(dtype, shapes[name] ?? []);
      if (tensor.dtype === 'int64') tensor.data.fill(77n);
      else if (tensor.dtype === 'string') tensor.data.fill('rubbish');
      else tensor.data.fill(77);
      return [name, tensor];
    }),
  );
}

/** A float32 tensor of rows, batch 1. */
export function rowsTensor(rows: readonly (readonly number[])[]): TensorMap[string] {
  const data = Float32Array.from(rows.flat());
  return { dtype: 'float32', shape: [1, rows.length, rows[0]?.length ?? 0], data };
}
