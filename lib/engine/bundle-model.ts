import { dirname, relative } from 'node:path';
import { VLAError, type VLAErrorCode } from '../errors.js';
import { type PolicyBundle, selectArtifact, selectArtifacts, verifyArtifact } from '../policy/bundle.js';
import { type Artifact, modelsOf } from '../policy/manifest-stages.js';
import type { OnnxModel } from './engine-cache/onnx-model.js';
import { fittingEngines } from './engine-fit.js';
import type { LoadOptions } from './load-options.js';
import { type Machine, thisMachine } from './machine.js';
import { policyProfile } from './model-profiles.js';
import {
  describe,
  insteadOf,
  mayRunTensorRT,
  NOT_ON_THIS_MACHINE,
  type OpenedModel,
  openOnnx,
  usesEngineCache,
} from './open-onnx.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';
import { findTensorRT } from './tensorrt-libraries.js';
import { resolveTensorRTOptions } from './tensorrt-options.js';

/** What another engine of the same bundle may not suffer from, nor one that is built from its ONNX file. */
const OTHER_ENGINE_MAY_FIT: ReadonlySet<VLAErrorCode> = new Set([
  'ENGINE_VERSION_MISMATCH',
  'ENGINE_DEVICE_MISMATCH',
]);

/**
 * Chooses a backend and an artifact, and opens it: an engine that fits, else one that is built from the ONNX file and
 * kept in the cache, else the ONNX file.
 *
 * @throws VLAError BACKEND_UNAVAILABLE when the bundle has nothing for the backend that the options ask for;
 *   INVALID_ARGUMENT for a precision that it does not have; CHECKSUM_MISMATCH; what the session throws
 */
export async function openBundleModel(
  bundle: PolicyBundle,
  options: LoadOptions,
  machine: Machine = thisMachine(),
): Promise<OpenedModel> {
  const { backend = 'auto' } = options;
  const has = (format: Artifact['format']) => hasFormat(bundle, format, options.precision);
  const builds = has('onnx') && usesEngineCache(options, machine);
  if (backend === 'onnxruntime' || (!has('engine') && (backend === 'auto' || builds)))
    return openOnnxFile(bundle, options, machine);
  if (backend === 'auto' && has('onnx') && !mayRunTensorRT(options, machine))
    return openOnnxFile(bundle, options, machine);
  try {
    return { session: await openEngine(bundle, options), warnings: [] };
  } catch (error) {
    if (!(error instanceof VLAError) || !has('onnx')) throw error;
    if (builds && OTHER_ENGINE_MAY_FIT.has(error.code)) return openOnnxFile(bundle, options, machine);
    if (backend === 'tensorrt' || !NOT_ON_THIS_MACHINE.has(error.code)) throw error;
    const onOnnxRuntime = () => openOnnxFile(bundle, { ...options, backend: 'onnxruntime' }, machine);
    return {
      session: await insteadOf(error, async () => (await onOnnxRuntime()).session),
      warnings: [`runs on ONNX Runtime, because its TensorRT engine cannot be used here: ${describe(error)}`],
    };
  }
}

async function openEngine(bundle: PolicyBundle, options: LoadOptions): Promise<Session> {
  requireFormat(bundle, 'engine', {
    hint: `Build one on this machine: npx jetson-vla build ${bundle.directory}`,
  });
  const artifacts = selectArtifacts(bundle, query('engine', options));
  const { info } = await findTensorRT(resolveTensorRTOptions(options.tensorrt));
  const mismatches: VLAError[] = [];
  for (const artifact of fittingEngines(artifacts, info)) {
    const file = await verifyArtifact(bundle, artifact);
    try {
      return await openSession({ format: 'engine', file }, options);
    } catch (error) {
      if (!(error instanceof VLAError) || !OTHER_ENGINE_MAY_FIT.has(error.code)) throw error;
      mismatches.push(error);
    }
  }
  const [first] = mismatches;
  if (first === undefined || mismatches.length === 1) throw first;
  throw new VLAError(first.code, mismatches.map(({ message }) => message).join('\n'), {
    ...(first.hint !== undefined && { hint: first.hint }),
    cause: first,
  });
}

async function openOnnxFile(
  bundle: PolicyBundle,
  options: LoadOptions,
  machine: Machine,
): Promise<OpenedModel> {
  requireFormat(bundle, 'onnx', {
    hint: "Load it with backend 'tensorrt', or add the .onnx that the engine was built from to policy.json.",
  });
  const artifact = selectArtifact(bundle, query('onnx', options));
  const file = await verifyArtifact(bundle, artifact);
  const checked = (artifact.externalData ?? []).flatMap((data) =>
    typeof data === 'string' ? [] : [[relative(dirname(artifact.file), data.file), data.sha256]],
  );
  const model: OnnxModel = {
    file,
    sha256: { '.': artifact.sha256, ...Object.fromEntries(checked) },
    profile: (inputs) => policyProfile(bundle.manifest, inputs),
  };
  return openOnnx(model, options, machine);
}

function query(format: Artifact['format'], { precision }: LoadOptions) {
  return { format, ...(precision !== undefined && { precision }) };
}

function requireFormat(bundle: PolicyBundle, format: Artifact['format'], { hint }: { hint: string }): void {
  if (hasFormat(bundle, format, undefined)) return;
  const [backend, missing] =
    format === 'engine' ? ['TensorRT', 'no engine'] : ['ONNX Runtime', 'no ONNX file, only engines'];
  throw new VLAError(
    'BACKEND_UNAVAILABLE',
    `${bundle.directory} cannot run on ${backend}: policy.json names ${missing}`,
    { hint },
  );
}

function hasFormat(bundle: PolicyBundle, format: Artifact['format'], precision: string | undefined): boolean {
  return modelsOf(bundle.manifest.stages).some(({ model }) =>
    model.artifacts.some(
      (artifact) =>
        artifact.format === format && (precision === undefined || artifact.precision === precision),
    ),
  );
}
