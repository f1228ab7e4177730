import { createHash } from 'node:crypto';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CameraFrame } from '../../lib/policy/camera-frame.js';
import { model, temporaryDirectory, tokenizer } from './fixtures.js';

/** A frame of one colour, 8 × 8 pixels unless said otherwise. */
export function frame(rgb: readonly [number, number, number] = [255, 255, 255], side = 8): CameraFrame {
  const data = Uint8Array.from({ length: side * side * 3 }, (_, index) => rgb[index % 3] ?? 0);
  return { encoding: 'rgb8', width: side, height: side, data };
}

const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');

export interface BundleChanges {
  /** Name of a fixture model. */
  readonly model?: string;
  /** Stands in for the contents of the model. */
  readonly content?: Uint8Array;
  readonly inputs?: object;
  readonly modelInputs?: readonly object[];
  readonly artifact?: object;
  readonly golden?: readonly object[];
}

/** The text section of the bundles. */
export const textSection = async () => ({
  tokenizer: { file: 'tokenizer.json', sha256: sha256(await readFile(tokenizer)) },
  maxLength: 8,
  padTo: 'none',
});

/** Writes a bundle around a fixture model and returns its directory. */
export async function writeBundle(changes: BundleChanges = {}): Promise<string> {
  const directory = await temporaryDirectory();
  const content = changes.content ?? (await readFile(model(changes.model ?? 'default-nhwc')));
  await writeFile(join(directory, 'model.onnx'), content);
  await copyFile(tokenizer, join(directory, 'tokenizer.json'));
  const golden = changes.golden ?? [];
  await Promise.all(
    golden.map((content, index) =>
      writeFile(join(directory, `golden-${index}.json`), JSON.stringify(content)),
    ),
  );
  const manifest = {
    schema: 'jetson-vla/policy',
    version: 1,
    id: 'fixture',
    inputs: {
      cameras: [{ id: 'wrist', aliases: ['hand_eye'], resize: { h: 8, w: 8 } }],
      text: await textSection(),
      ...changes.inputs,
    },
    stages: {
      kind: 'single',
      models: [
        {
          inputs: changes.modelInputs ?? [
            { name: 'image', dtype: 'float32', shape: [1, 8, 8, 3], from: 'camera:wrist' },
            { name: 'text', dtype: 'int64', shape: [1, 'tokens'], from: 'text.ids' },
          ],
          outputs: [{ name: 'actions', dtype: 'float32', shape: [1, 5, 7] }],
          artifacts: [{ format: 'onnx', file: 'model.onnx', sha256: sha256(content), ...changes.artifact }],
        },
      ],
    },
    action: {
      dims: [
        { name: 'pan', unit: 'rad', limits: [-3, 3] },
        { name: 'lift', unit: 'deg', limits: [-180, 90] },
        ...['elbow', 'wrist_1', 'wrist_2', 'wrist_3'].map((name) => ({ name, unit: 'rad' })),
        { name: 'gripper', unit: 'unit', gripper: { open: 0, closed: 1 } },
      ],
    },
    chunk: { dt: 0.25 },
    golden: golden.map((_, index) => ({ file: `golden-${index}.json` })),
  };
  await writeFile(join(directory, 'policy.json'), JSON.stringify(manifest));
  return directory;
}

export interface BundleEngine {
  readonly content: Uint8Array;
  /** What the manifest says about it besides its file. */
  readonly artifact?: object;
}

/** Adds engines to a bundle, as `engine-0.engine` and so on, or puts them in the place of its model. */
export async function addEngines(
  directory: string,
  engines: readonly BundleEngine[],
  { onnx = true } = {},
): Promise<void> {
  const file = join(directory, 'policy.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  const artifacts = await Promise.all(
    engines.map(async ({ content, artifact }, index) => {
      const name = `engine-${index}.engine`;
      await writeFile(join(directory, name), content);
      return { format: 'engine', file: name, sha256: sha256(content), ...artifact };
    }),
  );
  const [model] = manifest.stages.models;
  model.artifacts = onnx ? [...model.artifacts, ...artifacts] : artifacts;
  await writeFile(file, JSON.stringify(manifest));
}
