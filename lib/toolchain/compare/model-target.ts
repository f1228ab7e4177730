import { stat } from 'node:fs/promises';
import path from 'node:path';
import { VLAError } from '../../errors.js';
import { loadBundle, type PolicyBundle } from '../../policy/bundle.js';
import { artifactFiles } from '../../policy/bundle-files.js';
import { bundleOrFile } from '../../policy/bundle-or-file.js';
import { type Artifact, modelsOf } from '../../policy/manifest-stages.js';
import { readExternalData } from '../external-data.js';

/** One model file that can be compared with others. */
export interface ModelTarget {
  /** Short, for tables: `pick@float32` of a bundle's artifact, `model.onnx` of a bare file. */
  readonly name: string;
  readonly format: Artifact['format'];
  /** Absolute. */
  readonly file: string;
  /** Of the file and the weights beside it. */
  readonly bytes: number;
  /** What policy.json says the contents are; absent for a bare file. */
  readonly sha256?: string;
  /** As policy.json names it, such as `uint8-dynamic`; absent for a bare file. */
  readonly precision?: string;
  /** The bundle that the model belongs to: it says how observations become inputs, and outputs actions. */
  readonly bundle?: PolicyBundle;
}

const FORMATS: Readonly<Record<string, Artifact['format']>> = {
  '.onnx': 'onnx',
  '.engine': 'engine',
  '.plan': 'engine',
};

/**
 * The models that an argument of a command means: every artifact of a bundle (its directory or its policy.json), those
 * of one precision (`DIR@precision`), or an .onnx or .engine file. A file that a policy.json beside it names is taken
 * as that artifact of its bundle.
 *
 * @throws VLAError BUNDLE_NOT_FOUND when there is nothing at the path; INVALID_ARGUMENT for a file of another kind or
 *   a precision that the bundle does not have; MODEL_INVALID; what {@link loadBundle} throws
 */
export async function resolveModels(argument: string): Promise<readonly ModelTarget[]> {
  const { location, precision } = await splitPrecision(argument);
  const found = await bundleOrFile(location);
  if ('bundle' in found) return bundleTargets(found.bundle, precision);
  if (precision !== undefined)
    throw new VLAError('INVALID_ARGUMENT', `@${precision} chooses from a bundle, ${location} is one file`, {
      hint: 'Name the directory of the bundle before the @, or leave the @ out.',
    });
  return [(await targetInBundle(location)) ?? (await fileTarget(location))];
}

/**
 * A model file by itself, or as one that a bundle will have.
 *
 * @throws VLAError INVALID_ARGUMENT for an unknown extension, MODEL_INVALID, BUNDLE_NOT_FOUND
 */
export async function fileTarget(
  file: string,
  belongsTo: Pick<ModelTarget, 'bundle' | 'precision'> = {},
): Promise<ModelTarget> {
  const format = FORMATS[path.extname(file).toLowerCase()];
  if (format === undefined)
    throw new VLAError('INVALID_ARGUMENT', `expected a bundle, policy.json, .onnx or .engine, got ${file}`);
  const absolute = path.resolve(file);
  const weights = format === 'onnx' ? await weightFiles(absolute) : [];
  return {
    name: path.basename(file),
    format,
    file: absolute,
    bytes: await totalBytes([absolute, ...weights]),
    ...belongsTo,
  };
}

async function weightFiles(model: string): Promise<string[]> {
  return (await readExternalData(model)).map((location) => path.resolve(path.dirname(model), location));
}

async function bundleTargets(directory: string, precision?: string): Promise<readonly ModelTarget[]> {
  const targets = await targetsOf(await loadBundle(directory));
  const chosen = targets.filter((target) => precision === undefined || target.precision === precision);
  if (chosen.length > 0) return chosen;
  throw new VLAError(
    'INVALID_ARGUMENT',
    `${directory}: expected a model of precision ${precision}, the bundle has ` +
      targets.map((target) => `${target.precision} (${path.basename(target.file)})`).join(', '),
    { hint: 'Choose one of these, or make it: jetson-vla quantise, jetson-vla build.' },
  );
}

async function targetsOf(bundle: PolicyBundle): Promise<readonly ModelTarget[]> {
  const artifacts = modelsOf(bundle.manifest.stages).flatMap(({ model }) => model.artifacts);
  const id = path.basename(bundle.directory);
  return Promise.all(
    artifacts.map(async (artifact) => {
      const { format, precision, sha256 } = artifact;
      const twin = artifacts.some((other) => other !== artifact && other.precision === precision);
      return {
        name: `${id}@${precision}${twin ? ` (${path.basename(artifact.file)})` : ''}`,
        format,
        file: bundle.resolve(artifact.file),
        bytes: await totalBytes(artifactFiles(artifact, '').map(({ file }) => bundle.resolve(file))),
        sha256,
        precision,
        bundle,
      };
    }),
  );
}

/** Undefined for a file that stands alone; a broken policy.json beside it does not make it less of a model. */
async function targetInBundle(file: string): Promise<ModelTarget | undefined> {
  const absolute = path.resolve(file);
  try {
    const targets = await targetsOf(await loadBundle(path.dirname(absolute)));
    return targets.find((target) => target.file === absolute);
  } catch (error) {
    if (error instanceof VLAError) return undefined;
    throw error;
  }
}

async function splitPrecision(argument: string): Promise<{ location: string; precision?: string }> {
  const at = argument.lastIndexOf('@');
  const exists = await stat(argument).then(
    () => true,
    () => false,
  );
  if (exists || at <= 0 || at === argument.length - 1) return { location: argument };
  return { location: argument.slice(0, at), precision: argument.slice(at + 1) };
}

async function totalBytes(files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(
    files.map(async (file) => {
      try {
        return (await stat(file)).size;
      } catch (cause) {
        throw new VLAError('BUNDLE_NOT_FOUND', `expected the weights of a model, found nothing at ${file}`, {
          hint: 'Copy the file with the weights beside the .onnx file.',
          cause,
        });
      }
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
