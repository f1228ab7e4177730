import { VLAError, type VLAErrorCode } from '../errors.js';
import type { OnnxModel } from './engine-cache/onnx-model.js';
import type { LoadOptions } from './load-options.js';
import { type Machine, thisMachine } from './machine.js';
import { mayHaveNvidiaGpu } from './nvidia-gpu.js';
import { openSession } from './open-session.js';
import type { Session } from './session.js';
import { isChosen } from './tensorrt-candidates.js';

export interface OpenedModel {
  /** Owned by the caller. */
  readonly session: Session;
  /** The engine that runs in the place of the ONNX file; absolute. */
  readonly engine?: string;
  /** Why it is not the backend that one would expect, one line each. */
  readonly warnings: readonly string[];
}

/** Reasons to run the ONNX file instead of an engine of the bundle. A damaged engine is none: it must not go unnoticed. */
export const NOT_ON_THIS_MACHINE: ReadonlySet<VLAErrorCode> = new Set([
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

/** Reasons to run the ONNX file instead of an engine that would be built from it. */
const NO_ENGINE_OF_IT: ReadonlySet<VLAErrorCode> = new Set([
  ...NOT_ON_THIS_MACHINE,
  'BACKEND_UNAVAILABLE',
  'ENGINE_BUILD_FAILED',
  'ENGINE_CORRUPT',
  'OUT_OF_DEVICE_MEMORY',
  'UNSUPPORTED_POLICY',
  'WRITE_FAILED',
]);

/** Switches the engine cache off where no option says otherwise, as on a PC whose GPU is for other things. */
const NO_ENGINE_CACHE = 'JETSON_VLA_NO_ENGINE_CACHE';

/**
 * Runs an ONNX file: as a TensorRT engine that is built from it once and kept in the cache, where the options and the
 * machine allow for it, else in ONNX Runtime.
 *
 * @throws VLAError with the backend `tensorrt` what stands in the way; with `auto` what ONNX Runtime throws, and what
 *   is wrong with the options
 */
export async function openOnnx(
  model: OnnxModel,
  options: LoadOptions,
  machine: Machine = thisMachine(),
): Promise<OpenedModel> {
  const { backend = 'auto' } = options;
  const onOnnxRuntime = () => openSession({ format: 'onnx', file: model.file }, options);
  if (!usesEngineCache(options, machine) || (backend === 'auto' && !mayRunTensorRT(options, machine)))
    return { session: await onOnnxRuntime(), warnings: [] };
  try {
    // With the first one, so that machines without a GPU load nothing of it.
    const { openCachedEngine } = await import('./engine-cache/cached-engine.js');
    const { session, file } = await openCachedEngine(model, options, machine);
    return { session, engine: file, warnings: [] };
  } catch (error) {
    if (backend === 'tensorrt' || !(error instanceof VLAError) || !NO_ENGINE_OF_IT.has(error.code))
      throw error;
    return {
      session: await insteadOf(error, onOnnxRuntime),
      warnings: [
        `runs on ONNX Runtime, because TensorRT cannot run it here: ${describe(error)}; ` +
          `${NO_ENGINE_CACHE}=1 does without TensorRT`,
      ],
    };
  }
}

/** Whether an engine may be built, or taken from the cache: as the options say, and the environment where they do not. */
export function usesEngineCache({ backend = 'auto', engineCache }: LoadOptions, { env }: Machine): boolean {
  if (backend === 'onnxruntime' || engineCache === false) return false;
  const off = env[NO_ENGINE_CACHE];
  return engineCache !== undefined || off === undefined || off === '' || off === '0';
}

/** Quick and without a word: on a laptop nobody expects TensorRT. */
export function mayRunTensorRT({ tensorrt = {} }: LoadOptions, machine: Machine): boolean {
  return isChosen(tensorrt, machine) || mayHaveNvidiaGpu(machine);
}

/** Where neither backend runs, the reason why TensorRT does not matters as much as the other. */
export async function insteadOf(tensorrt: VLAError, open: () => Promise<Session>): Promise<Session> {
  try {
    return await open();
  } catch (error) {
    if (!(error instanceof VLAError) || error.code !== 'BACKEND_UNAVAILABLE') throw error;
    throw new VLAError(
      error.code,
      `neither backend runs here.\nTensorRT: ${tensorrt.message}\nONNX Runtime: ${error.message}`,
      { hint: [tensorrt.hint, error.hint].filter((hint) => hint !== undefined).join(' '), cause: error },
    );
  }
}

export function describe({ code, message, hint }: VLAError): string {
  // A warning is one line, however many libraries were tried.
  const summary = message.replaceAll(/:\s*\n\s*/g, ': ').replaceAll(/\s*\n\s*/g, '; ');
  return hint === undefined ? `[${code}] ${summary}` : `[${code}] ${summary} (${hint})`;
}
