#include "error.h"

namespace jetson_vla {

const char* code_name(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case ErrorCode::kDisposed:
      return "DISPOSED";
    case ErrorCode::kQueueFull:
      return "QUEUE_FULL";
    case ErrorCode::kInferenceFailed:
      return "INFERENCE_FAILED";
    case ErrorCode::kUnsupportedPolicy:
      return "UNSUPPORTED_POLICY";
    case ErrorCode::kCudaDriverNotFound:
      return "CUDA_DRIVER_NOT_FOUND";
    case ErrorCode::kCudaFailed:
      return "CUDA_FAILED";
    case ErrorCode::kOutOfDeviceMemory:
      return "OUT_OF_DEVICE_MEMORY";
    case ErrorCode::kTensorRtNotFound:
      return "TENSORRT_NOT_FOUND";
    case ErrorCode::kTensorRtUnsupportedVersion:
      return "TENSORRT_UNSUPPORTED_VERSION";
    case ErrorCode::kTensorRtFailed:
      return "TENSORRT_FAILED";
    case ErrorCode::kStandinBuild:
      return "STANDIN_BUILD";
    case ErrorCode::kEngineNotFound:
      return "BUNDLE_NOT_FOUND";
    case ErrorCode::kEngineCorrupt:
      return "ENGINE_CORRUPT";
    case ErrorCode::kEngineVersionMismatch:
      return "ENGINE_VERSION_MISMATCH";
    case ErrorCode::kEngineDeviceMismatch:
      return "ENGINE_DEVICE_MISMATCH";
    case ErrorCode::kEngineBuildFailed:
      return "ENGINE_BUILD_FAILED";
    case ErrorCode::kAborted:
      return "ABORTED";
  }
  return "INFERENCE_FAILED";
}

}  // namespace jetson_vla
