#pragma once

#include <string>
#include <vector>

#include "../error.h"

namespace jetson_vla::tensorrt {

/// Returned where TensorRT failed without a word in its log.
inline constexpr const char* kNoReason = "TensorRT gave no reason";

/// Tells TensorRT's failures apart by what it logged, the only place where it says why.
///
/// `attempt` begins the message, such as "TensorRT 10.3.0 cannot load this engine"; `lines` are the error
/// lines of the failed call, oldest first. The message quotes the line that decided, or all of them if none
/// did. Returns ENGINE_CORRUPT, ENGINE_VERSION_MISMATCH, ENGINE_DEVICE_MISMATCH, OUT_OF_DEVICE_MEMORY, or
/// else TENSORRT_FAILED.
Error engine_error(const std::string& attempt, const std::vector<std::string>& lines);

/// The same for a build: OUT_OF_DEVICE_MEMORY, or else ENGINE_BUILD_FAILED.
Error build_error(const std::string& attempt, const std::vector<std::string>& lines);

}  // namespace jetson_vla::tensorrt
