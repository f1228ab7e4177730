import type { LoadOptions } from '../../engine/load-options.js';
import { thisMachine } from '../../engine/machine.js';
import { mayRunTensorRT } from '../../engine/open-onnx.js';
import { openSession } from '../../engine/open-session.js';
import { TensorRTEngine, type TensorRTEngineInfo } from '../../engine/tensorrt-engine.js';
import { findTensorRT } from '../../engine/tensorrt-libraries.js';
import { VLAError } from '../../errors.js';
import type { OnnxSummary } from '../onnx/summary.js';
import type { Verdict } from './inspection.js';

/** Whether ONNX Runtime runs an ONNX file here: it is tried unless `load` is false. */
export async function onnxRuntimeVerdict(file: string, load: boolean): Promise<Verdict> {
  const backend = 'onnxruntime';
  if (!load) return { backend, runs: 'maybe', message: 'not tried' };
  const options: LoadOptions = { threads: 1 };
  try {
    await using _ = await openSession({ format: 'onnx', file }, options);
    return { backend, runs: 'yes', message: 'ONNX Runtime loads it' };
  } catch (error) {
    return refusal(backend, error);
  }
}

/** Whether an engine could be built from an ONNX file here. */
export async function buildVerdict(
  { tensorrtGaps }: Pick<OnnxSummary, 'tensorrtGaps'>,
  target: string,
): Promise<Verdict> {
  const backend = 'tensorrt';
  const [gap] = tensorrtGaps;
  if (gap !== undefined)
    return {
      backend,
      runs: 'no',
      message: `TensorRT does not take ${gap.what} (${gap.count} ×)`,
      hint: gap.advice,
    };
  if (!mayRunTensorRT({}, thisMachine()))
    return { backend, runs: 'no', message: 'this machine has no NVIDIA GPU' };
  try {
    const { info } = await findTensorRT({ parser: true });
    return {
      backend,
      runs: 'maybe',
      message: `TensorRT ${info.version} on ${info.device.name} can try to build an engine`,
      hint: `jetson-vla build ${target}`,
    };
  } catch (error) {
    return refusal(backend, error);
  }
}

/** Whether an engine runs here, with what it says about itself. */
export async function engineVerdict(
  file: string,
  load: boolean,
): Promise<{ readonly verdict: Verdict; readonly engine?: TensorRTEngineInfo }> {
  const backend = 'tensorrt';
  if (!load) return { verdict: { backend, runs: 'maybe', message: 'not tried' } };
  // Nothing has to be searched for or started to know this.
  if (!mayRunTensorRT({}, thisMachine()))
    return {
      verdict: {
        backend,
        runs: 'no',
        message: 'this machine has no NVIDIA GPU',
        code: 'CUDA_DRIVER_NOT_FOUND',
      },
    };
  try {
    await using engine = await TensorRTEngine.load(file, { onWarning: () => {} });
    const { tensorrtVersion } = engine.info;
    return {
      verdict: { backend, runs: 'yes', message: `TensorRT ${tensorrtVersion} loads it` },
      engine: engine.info,
    };
  } catch (error) {
    return { verdict: refusal(backend, error) };
  }
}

function refusal(backend: Verdict['backend'], error: unknown): Verdict {
  if (!(error instanceof VLAError)) throw error;
  const { code, message, hint } = error;
  return { backend, runs: 'no', message, code, ...(hint !== undefined && { hint }) };
}
