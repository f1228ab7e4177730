#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace jetson_vla {

/// The failures that native code reports; the names are those of VLA_ERROR_CODES in lib/errors.ts.
enum class ErrorCode {
  kInvalidArgument,
  kDisposed,
  kQueueFull,
  kInferenceFailed,
  kUnsupportedPolicy,
  kCudaDriverNotFound,
  kCudaFailed,
  kOutOfDeviceMemory,
  kTensorRtNotFound,
  kTensorRtUnsupportedVersion,
  kTensorRtFailed,
  kStandinBuild,
  kEngineNotFound,
  kEngineCorrupt,
  kEngineVersionMismatch,
  kEngineDeviceMismatch,
  kEngineBuildFailed,
  kAborted,
};

/// What JavaScript sees in `error.code`, such as "ENGINE_CORRUPT".
const char* code_name(ErrorCode code) noexcept;

/// A failure on its way to JavaScript: what was expected, what came and where; and what to do about it.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message, std::string hint = {})
      : std::runtime_error(message), code_(code), hint_(std::move(hint)) {}

  ErrorCode code() const noexcept { return code_; }
  /// Empty when the message says it all.
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorCode code_;
  std::string hint_;
};

}  // namespace jetson_vla
