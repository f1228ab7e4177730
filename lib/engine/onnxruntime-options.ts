import type { InferenceSession } from 'onnxruntime-node';

// Everything that goes wrong is reported to the caller as a typed error, so ONNX Runtime need not print it too.
const LOG_FATAL_ONLY = 4;

/**
 * ONNX Runtime crashes on x86 while it loads a model with Transpose → Cast → MatMul, and so on many in float16
 * (https://github.com/microsoft/onnxruntime/issues/28392): this fusion leaves a node behind that the optimiser of
 * convolutions, which only x86 has, cannot read. What the fusion saves is not measurable.
 */
const FATAL_FUSION = 'MatmulTransposeFusion';

/** How every model is loaded. @param threads that one operator may use */
export function sessionOptions(
  threads: number,
  architecture: string = process.arch,
): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    logSeverityLevel: LOG_FATAL_ONLY,
    ...(architecture === 'x64' && {
      extra: { optimization: { disable_specified_optimizers: FATAL_FUSION } },
    }),
  };
}
