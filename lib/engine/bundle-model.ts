import { VLAError, type VLAErrorCode } from '../errors.js';
import { type PolicyBundle, selectArtifact, selectArtifacts, verifyArtifact } from '../policy/bundle.js';
import { type Artifact, modelsOf } from '../policy/manifest-stages.js';
import { fittingEngines } from './engine-fit.js';
import type { LoadOptions } from './load-options.js';
import { type Machine, thisMachine } from './machine.js';
import { mayHaveNvidiaGpu } from './nvidia-gpu.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';
import { isChosen } from './tensorrt-candidates.js';
import { findTensorRT } from './tensorrt-libraries.js';
import { resolveTensorRTOptions } from './tensorrt-options.js';

export interface OpenedModel {
  /** Owned by the caller. */
  readonly session: Session;
  /** Why it is not the backend that one would expect, one line each. */
  readonly warnings: readonly string[];
}

/** Reasons to run the ONNX file instead of the engine. A damaged engine is none of them: it must not go unnoticed. */
const NOT_ON_THIS_MACHINE: ReadonlySet<VLAErrorCode> = new Set([
  'ADDON_UNAVAILABLE',
  'CUDA_DRIVER_NOT_FOUND',
  'CUDA_FAILED',
  'TENSORRT_NOT_FOUND',
  'TENSORRT_UNSUPPORTED_VERSION',
  'TENSORRT_FAILED',
  'STANDIN_BUILD',
  'ENGINE_VERSION_MISMATCH',
  'ENGINE_DEVICE_MISMATCH',
]);

/** What another engine of the same bundle may not suffer from. */
const OTHER_ENGINE_MAY_FIT: ReadonlySet<VLAErrorCode> = new Set([
  'ENGINE_VERSION_MISMATCH',
  'ENGINE_DEVICE_MISMATCH',
]);

/**
 * Chooses a backend and an artifact, and opens it.
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
  if (backend === 'tensorrt' || (backend === 'auto' && !has('onnx') && has('engine')))
    return { session: await openEngine(bundle, options), warnings: [] };
  if (backend === 'onnxruntime' || !has('engine'))
    return { session: await openOnnx(bundle, options), warnings: [] };
  // Quick and without a word: on a laptop nobody expects TensorRT.
  if (!isChosen(options.tensorrt ?? {}, machine) && !mayHaveNvidiaGpu(machine))
    return { session: await openOnnx(bundle, options), warnings: [] };
  try {
    return { session: await openEngine(bundle, options), warnings: [] };
  } catch (error) {
    if (!(error instanceof VLAError) || !NOT_ON_THIS_MACHINE.has(error.code)) throw error;
    return {
      session: await openOnnxInstead(bundle, options, error),
      warnings: [`runs on ONNX Runtime, because its TensorRT engine cannot be used here: ${describe(error)}`],
    };
  }
}

async function openEngine(bundle: PolicyBundle, options: LoadOptions): Promise<Session> {
  requireFormat(bundle, 'engine', {
    hint: 'Build one on this machine from the .onnx: npx jetson-vla build',
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

async function openOnnx(bundle: PolicyBundle, options: LoadOptions): Promise<Session> {
  requireFormat(bundle, 'onnx', {
    hint: "Load it with backend 'tensorrt', or add the .onnx that the engine was built from to policy.json.",
  });
  const file = await verifyArtifact(bundle, selectArtifact(bundle, query('onnx', options)));
  return openSession({ format: 'onnx', file }, options);
}

/** Where neither backend runs, the reason why TensorRT does not matters as much as the other. */
async function openOnnxInstead(
  bundle: PolicyBundle,
  options: LoadOptions,
  tensorrt: VLAError,
): Promise<Session> {
  try {
    return await openOnnx(bundle, options);
  } catch (error) {
    if (!(error instanceof VLAError) || error.code !== 'BACKEND_UNAVAILABLE') throw error;
    throw new VLAError(
      error.code,
      `neither backend runs here.\nTensorRT: ${tensorrt.message}\nONNX Runtime: ${error.message}`,
      { hint: [tensorrt.hint, error.hint].filter((hint) => hint !== undefined).join(' '), cause: error },
    );
  }
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

function describe({ code, message, hint }: VLAError): string {
  // A warning is one line, however many libraries were tried.
  const summary = message.replaceAll(/\s*\n\s*/g, '; ');
  return hint === undefined ? `[${code}] ${summary}` : `[${code}] ${summary} (${hint})`;
}
