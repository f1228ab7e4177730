import { VLAError, type VLAErrorCode } from '../errors.js';
import { installCudaDriver, installTensorRT } from './jetpack.js';
import type { Machine } from './machine.js';
import type { Refusal } from './tensorrt-candidates.js';

/** No driver; TensorRT was not looked for, because it cannot do without one. */
export function cudaNotFound(refusals: readonly Refusal[], machine: Machine): VLAError {
  return new VLAError(
    'CUDA_DRIVER_NOT_FOUND',
    `no CUDA driver opens, and TensorRT needs one; tried:${list(refusals)}`,
    { hint: installCudaDriver(machine) },
  );
}

/** A driver but no TensorRT: the code is that of the library that came closest to being used. */
export function tensorRTNotFound(refusals: readonly Refusal[], machine: Machine): VLAError {
  const codes: readonly VLAErrorCode[] = ['STANDIN_BUILD', 'TENSORRT_FAILED', 'TENSORRT_UNSUPPORTED_VERSION'];
  const code = codes.find((candidate) => refusals.some((refusal) => refusal.code === candidate));
  const hint =
    code === 'STANDIN_BUILD'
      ? 'Build the addon against the TensorRT headers of this machine: npx jetson-vla build-native'
      : installTensorRT(machine);
  return new VLAError(
    code ?? 'TENSORRT_NOT_FOUND',
    `no TensorRT library that can be used; tried:${list(refusals)}`,
    { hint },
  );
}

/** TensorRT is there, but not the part of it that reads ONNX files. */
export function parserNotFound(
  refusals: readonly Refusal[],
  nvinferPath: string,
  machine: Machine,
): VLAError {
  return new VLAError(
    'TENSORRT_NOT_FOUND',
    `no ONNX parser for ${nvinferPath}, which building an engine needs; tried:${list(refusals)}`,
    { hint: installTensorRT(machine) },
  );
}

function list(refusals: readonly Refusal[]): string {
  return refusals.map(({ library, reason }) => `\n  ${library}: ${reason}`).join('');
}
