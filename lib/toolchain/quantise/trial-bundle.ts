import { copyFile, link, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { JetsonVLAEngine } from '../../engine/jetson-vla-engine.js';
import { VLAError } from '../../errors.js';
import type { PolicyBundle } from '../../policy/bundle.js';
import { artifactFiles, namedFiles } from '../../policy/bundle-files.js';
import { addArtifact, type NewArtifact } from '../add-artifact.js';

/**
 * A copy of a bundle, without a copy of its weights where the file system can do so, that has one more model: to be
 * tried before the bundle itself changes.
 *
 * @param from directory with the new model's files
 * @param directory does not exist yet; on the bundle's file system
 */
export async function makeTrialBundle(
  bundle: PolicyBundle,
  artifact: NewArtifact,
  from: string,
  directory: string,
): Promise<void> {
  const added = artifactFiles({ ...artifact, sha256: '' }, '').map(({ file }) => file);
  const files = new Set(namedFiles(bundle.manifest).map(({ file }) => file));
  for (const file of [...files].filter((name) => !added.includes(name)))
    await linkOrCopy(bundle.resolve(file), path.join(directory, file));
  for (const file of added) await linkOrCopy(path.join(from, file), path.join(directory, file));
  await copyFile(path.join(bundle.directory, 'policy.json'), path.join(directory, 'policy.json'));
  await addArtifact(directory, artifact);
}

/**
 * Loads the model as a robot would, which runs the bundle's golden observations.
 *
 * @throws VLAError ACCURACY_LOST when it does not reproduce them; what `JetsonVLAEngine.load` throws
 */
export async function checkGoldenOf(directory: string, precision: string): Promise<void> {
  try {
    const engine = await JetsonVLAEngine.load(directory, {
      backend: 'onnxruntime',
      precision,
      golden: 'refuse',
      onWarning: () => {},
    });
    await engine.dispose();
  } catch (error) {
    if (!(error instanceof VLAError) || error.code !== 'GOLDEN_MISMATCH') throw error;
    throw new VLAError('ACCURACY_LOST', error.message, {
      hint: 'Leave sensitive nodes exact with --auto-keep or --keep, or choose another --mode.',
      cause: error,
    });
  }
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}
