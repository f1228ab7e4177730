import { VLA_ERROR_CODES, VLAError, type VLAErrorCode } from '../errors.js';
import type { Candidates, Refusal } from './tensorrt-candidates.js';
import { type ProbeOutcome, probe } from './tensorrt-probe.js';

/** What every attempt has in common. */
export interface SearchContext {
  /** The addon's file. */
  readonly addon: string;
  readonly backendDirectory: string;
  readonly device: number;
  readonly env: Readonly<NodeJS.ProcessEnv>;
  /** For each attempt, milliseconds; 30 s by default. */
  readonly timeoutMs?: number;
}

/** A TensorRT and a driver that open together, tried in a process of its own. */
export interface Found {
  readonly nvinfer: string;
  readonly cuda: string;
  /** Of the TensorRT library, absolute and without links. */
  readonly path: string;
  readonly version: string;
}

/** What no other library would change: reported at once, as what it is. */
const FATAL: ReadonlySet<VLAErrorCode> = new Set([
  'INVALID_ARGUMENT',
  'ADDON_UNAVAILABLE',
  'CUDA_FAILED',
  'OUT_OF_DEVICE_MEMORY',
]);

/** No file can be there, so an attempt to open it gets as far as the driver and the device, and no further. */
const NO_TENSORRT = '/dev/null/libnvinfer.so';

/**
 * The first driver that opens and has the device. It is settled before any TensorRT is tried: a driver that hangs
 * would otherwise hang once for each of them.
 *
 * @throws VLAError CUDA_FAILED, OUT_OF_DEVICE_MEMORY, INVALID_ARGUMENT for the device, ADDON_UNAVAILABLE
 */
export async function searchDriver(
  candidates: Candidates,
  context: SearchContext,
): Promise<{ readonly cuda?: string; readonly refusals: readonly Refusal[] }> {
  const refusals: Refusal[] = [];
  for (const cuda of candidates.libraries) {
    const [outcome] = await attempt([NO_TENSORRT], cuda, undefined, context);
    if (outcome === undefined || outcome.kind === 'opened') continue;
    const refusal = refusalOf(cuda, outcome, 'CUDA_DRIVER_NOT_FOUND');
    if (refusal.code === 'TENSORRT_NOT_FOUND') return { cuda, refusals };
    throwIfFatal(refusal);
    refusals.push(refusal);
  }
  return { refusals: [...refusals, ...candidates.refusals] };
}

/**
 * The first TensorRT that opens with this driver.
 *
 * @throws VLAError CUDA_FAILED, OUT_OF_DEVICE_MEMORY, ADDON_UNAVAILABLE
 */
export async function searchTensorRT(
  candidates: Candidates,
  cuda: string,
  context: SearchContext,
): Promise<{ readonly found?: Found; readonly refusals: readonly Refusal[] }> {
  const refusals: Refusal[] = [];
  for (let tried = 0; tried < candidates.libraries.length; tried = refusals.length) {
    const outcomes = await attempt(candidates.libraries.slice(tried), cuda, undefined, context);
    for (const [index, outcome] of outcomes.entries()) {
      const library = candidates.libraries[tried + index] ?? '';
      if (outcome.kind === 'opened') {
        const { path, version } = outcome;
        return { found: { nvinfer: library, cuda, path, version }, refusals };
      }
      const refusal = refusalOf(library, outcome, 'TENSORRT_NOT_FOUND');
      throwIfFatal(refusal);
      refusals.push(refusal);
    }
  }
  return { refusals: [...refusals, ...candidates.refusals] };
}

/** The first ONNX parser that opens together with a TensorRT. */
export async function searchParser(
  parsers: Candidates,
  { nvinfer, cuda }: Pick<Found, 'nvinfer' | 'cuda'>,
  context: SearchContext,
): Promise<{ readonly onnxParser?: string; readonly refusals: readonly Refusal[] }> {
  const refusals: Refusal[] = [];
  for (const onnxParser of parsers.libraries) {
    const [outcome] = await attempt([nvinfer], cuda, onnxParser, context);
    if (outcome?.kind === 'opened') return { onnxParser, refusals };
    if (outcome) refusals.push(refusalOf(onnxParser, outcome, 'TENSORRT_NOT_FOUND'));
  }
  return { refusals: [...refusals, ...parsers.refusals] };
}

function throwIfFatal({ library, code, reason }: Refusal): void {
  if (FATAL.has(code)) throw new VLAError(code, `${library}: ${reason}`);
}

function attempt(
  libraries: readonly string[],
  cuda: string,
  onnxParser: string | undefined,
  { addon, backendDirectory, device, env, timeoutMs }: SearchContext,
): Promise<readonly ProbeOutcome[]> {
  const attempts = libraries.map((nvinfer) => ({
    nvinfer,
    cuda,
    backendDirectory,
    device,
    ...(onnxParser !== undefined && { onnxParser }),
  }));
  return probe({ addon, attempts }, env, timeoutMs);
}

/** @param otherwise the code of a library that crashed, or that said something without one */
function refusalOf(
  library: string,
  outcome: Exclude<ProbeOutcome, { kind: 'opened' }>,
  otherwise: VLAErrorCode,
): Refusal {
  const code = outcome.kind === 'refused' && isErrorCode(outcome.code) ? outcome.code : otherwise;
  let reason = outcome.message.replace(/\s+/g, ' ').trim();
  // The addon and the dynamic loader each begin with the library, which the line that this becomes begins with too.
  for (const beginning of [`cannot load ${library}: `, `${library}: `])
    if (reason.startsWith(beginning)) reason = reason.slice(beginning.length);
  return { library, code, reason };
}

function isErrorCode(code: string): code is VLAErrorCode {
  return Object.hasOwn(VLA_ERROR_CODES, code);
}
