import { rm } from 'node:fs/promises';
import path from 'node:path';
import { type EnginePassport, passportFile } from '../engine/engine-passport.js';
import { findTensorRT } from '../engine/tensorrt-libraries.js';
import { loadBundle, type PolicyBundle, selectArtifact, verifyArtifact } from '../policy/bundle.js';
import { type Artifact, modelsOf } from '../policy/manifest-stages.js';
import { addArtifact, type NewArtifact } from './add-artifact.js';
import { buildCheckedEngine, type CheckedBuildOptions, type CheckedEngine } from './build-checked.js';

export interface BundleBuildOptions extends Omit<CheckedBuildOptions, 'output'> {
  /** Precision of the ONNX file to build from, as in policy.json; the first one by default. */
  readonly artifact?: string;
}

/** An engine in a bundle, and its entry in policy.json. */
export interface BundleEngine extends CheckedEngine {
  readonly artifact: Artifact;
}

/** Types that TensorRT may compute in, as bundles call them. */
const PRECISIONS = { fp16: 'float16', bf16: 'bfloat16', int8: 'int8', fp8: 'fp8' } as const;

/**
 * Builds an engine from a bundle's ONNX file and adds it to the bundle: engine, passport, and policy.json last. It
 * takes the place of the engine of the same precision for the same TensorRT and GPU.
 *
 * @throws VLAError as `loadBundle`, `buildCheckedEngine` and `addArtifact`; the bundle is as it was then
 */
export async function buildBundleEngine(
  directory: string,
  { artifact: precision, ...options }: BundleBuildOptions = {},
): Promise<BundleEngine> {
  const bundle = await loadBundle(directory);
  const source = selectArtifact(bundle, { format: 'onnx', ...(precision !== undefined && { precision }) });
  const onnx = await verifyArtifact(bundle, source);
  const { info } = await findTensorRT({ ...options.libraries, parser: true });
  const name = precisionOf(source, options.precision);
  const file = freeName(
    bundle,
    source,
    `${name}.sm${info.device.computeCapability.replace('.', '')}.trt${info.version}`,
  );
  const output = bundle.resolve(file);
  const built = await buildCheckedEngine(onnx, { ...options, output }, bundle);
  const artifact = await addArtifact(bundle.directory, entryOf(file, name, built.passport)).catch(
    async (error: unknown) => {
      await Promise.all([output, passportFile(output)].map((path) => rm(path, { force: true })));
      throw error;
    },
  );
  await removeReplaced(bundle);
  return { ...built, artifact };
}

function entryOf(file: string, precision: string, passport: EnginePassport): NewArtifact {
  const { tensorrt, sm, platform, options } = passport;
  return {
    format: 'engine',
    file,
    precision,
    // What it needs, which for compatible engines is less than what it was built with.
    tensorrt: options.versionCompatible ? `${Number.parseInt(tensorrt, 10)}` : tensorrt,
    ...(!options.hardwareCompatible && { sm }),
    platform,
    stronglyTyped: options.stronglyTyped,
  };
}

/** A model in lower precision keeps its name; one in float32 is called after what TensorRT may compute in. */
function precisionOf(source: Artifact, allowed: BundleBuildOptions['precision'] = []): string {
  const names = [allowed].flat().flatMap((name) => (name === 'fp32' ? [] : [PRECISIONS[name]]));
  return source.precision !== 'float32' || names.length === 0 ? source.precision : names.join('+');
}

/** A name that policy.json does not have: what it names has to stay whole until it names something else. */
function freeName(bundle: PolicyBundle, source: Artifact, suffix: string): string {
  const used = new Set(enginesOf(bundle));
  const name = source.file.replace(/\.onnx$/i, '');
  const stem = name.endsWith(`.${source.precision}`) ? name.slice(0, -source.precision.length - 1) : name;
  for (let number = 1; ; number++) {
    const file = `${stem}.${suffix}${number > 1 ? `.${number}` : ''}.engine`;
    if (!used.has(file)) return file;
  }
}

/** Engines that policy.json no longer names, with their passports. */
async function removeReplaced(before: PolicyBundle): Promise<void> {
  const now = new Set(enginesOf(await loadBundle(before.directory)));
  const gone = enginesOf(before).filter((file) => !now.has(file));
  for (const file of gone.flatMap((name) => [name, passportFile(name)]))
    await rm(path.join(before.directory, file), { force: true });
}

function enginesOf({ manifest }: PolicyBundle): readonly string[] {
  return modelsOf(manifest.stages).flatMap(({ model }) =>
    model.artifacts.flatMap(({ format, file }) => (format === 'engine' ? [file] : [])),
  );
}
