import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { passportFile } from '../../engine/engine-passport.js';
import { VLAError } from '../../errors.js';
import { loadBundle, type PolicyBundle } from '../../policy/bundle.js';
import { artifactFiles } from '../../policy/bundle-files.js';
import { modelsOf } from '../../policy/manifest-stages.js';
import { refuseUnsupported } from '../../policy/policy-support.js';
import { inspectModel } from './inspect-model.js';
import type { BundlePart, Inspection } from './inspection.js';

export interface InspectOptions {
  /** Opens each model on the backends of this machine; true by default. */
  readonly load?: boolean;
  /** Compares every file with its sha256 in policy.json; false by default. */
  readonly verify?: boolean;
}

/**
 * Looks into a policy bundle.
 *
 * @throws VLAError what {@link loadBundle} throws
 */
export async function inspectBundle(directory: string, options: InspectOptions): Promise<Inspection> {
  const { load = true, verify = false } = options;
  const bundle = await loadBundle(directory, { verify: verify ? 'all' : 'used' });
  const artifacts = modelsOf(bundle.manifest.stages).flatMap(({ model }) => model.artifacts);
  const models = [];
  // One after the other: each takes as much memory as the policy.
  for (const { file, format, precision } of artifacts)
    models.push(
      await inspectModel({
        path: bundle.resolve(file),
        file,
        format,
        precision,
        buildTarget: `${directory}${precision === 'float32' ? '' : ` --precision ${precision}`}`,
        load,
      }),
    );
  const parts = await bundleParts(bundle);
  const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
  return {
    kind: 'bundle',
    path: bundle.directory,
    bytes,
    bundle: { manifest: bundle.manifest, parts, unsupported: unsupportedFeatures(bundle) },
    models,
    warnings: [
      ...bundle.warnings,
      ...(bundle.manifest.golden.length === 0
        ? [
            'no golden observation: nothing checks at load that the model does here what it did where it was made',
          ]
        : []),
    ],
  };
}

function unsupportedFeatures({ manifest }: PolicyBundle): readonly string[] {
  try {
    refuseUnsupported(manifest);
    return [];
  } catch (error) {
    if (!(error instanceof VLAError)) throw error;
    return error.message.split('\n');
  }
}

async function bundleParts({ directory, manifest }: PolicyBundle): Promise<readonly BundlePart[]> {
  const kinds = new Map<string, BundlePart['part']>([['policy.json', 'manifest']]);
  for (const artifact of modelsOf(manifest.stages).flatMap(({ model }) => model.artifacts))
    for (const [index, { file }] of artifactFiles(artifact, '').entries()) {
      kinds.set(file, index === 0 ? 'model' : 'weights');
      if (index === 0 && artifact.format === 'engine') kinds.set(passportFile(file), 'passport');
    }
  const { tokenizer } = manifest.inputs.text ?? {};
  if (tokenizer) kinds.set(tokenizer.file, 'tokenizer');
  for (const { file } of manifest.golden) kinds.set(file, 'golden');
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)));
  const parts = await Promise.all(
    files.map(async (file) => {
      const found = await stat(path.join(directory, file)).catch(() => undefined);
      return { part: kinds.get(file) ?? 'other', file, bytes: found?.size ?? 0 } as const;
    }),
  );
  return parts.toSorted((a, b) => b.bytes - a.bytes);
}
