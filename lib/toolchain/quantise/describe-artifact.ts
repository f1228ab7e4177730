import path from 'node:path';
import { fileSha256 } from '../../engine/file-sha256.js';
import { type Artifact, modelsOf } from '../../policy/manifest-stages.js';
import type { NewArtifact } from '../add-artifact.js';
import type { ModelTarget } from '../compare/model-target.js';
import type { QuantisedModel } from './run-quantiser.js';

/** The files of a model with its weights, relative to the directory that `name` is relative to. */
export function filesOf(name: string, { externalData }: QuantisedModel): readonly [string, ...string[]] {
  return [name, ...externalData.map((file) => path.join(path.dirname(name), file))];
}

/**
 * What policy.json is to say about a new model.
 *
 * @param name its file, relative to `directory` now and to the bundle later
 */
export async function describeArtifact(
  { bundle, file }: ModelTarget,
  name: string,
  directory: string,
  precision: string,
  quantised: QuantisedModel,
): Promise<NewArtifact> {
  const listed: readonly Artifact[] = bundle
    ? modelsOf(bundle.manifest.stages).flatMap(({ model }) => model.artifacts)
    : [];
  const exporter = listed.find((artifact) => bundle?.resolve(artifact.file) === file)?.exporter;
  const [, ...weights] = filesOf(name, quantised);
  const externalData = await Promise.all(
    weights.map(async (weight) => ({
      file: slashed(weight),
      sha256: await fileSha256(path.join(directory, weight)),
    })),
  );
  return {
    format: 'onnx',
    file: slashed(name),
    ...(externalData.length > 0 && { externalData }),
    precision,
    opset: quantised.opset,
    exporter: [...(exporter === undefined ? [] : [exporter]), quantised.tool].join(', '),
  };
}

/** Paths in policy.json are the same on every system. */
function slashed(file: string): string {
  return file.split(path.sep).join('/');
}
