#pragma once

#include "../backend.h"
#include "logger.h"

namespace jetson_vla::tensorrt {

/// What every object of a backend needs: the open libraries and the log. Lives as long as the process.
struct TensorRt {
  const BackendLibraries libraries;
  Logger& logger;

  explicit TensorRt(const BackendLibraries& opened) : libraries(opened), logger(Logger::instance()) {}

  /// A slot that this version appended to a virtual table is garbage in an older library of the same major.
  bool is_at_least(std::int32_t version) const noexcept { return libraries.nvinfer_version >= version; }
  /// Such as "TensorRT 10.3.0".
  std::string name() const;
};

/// Calls an exported factory such as createInferRuntime_INTERNAL, which takes (logger, version). Returns null
/// if it failed; throws TENSORRT_NOT_FOUND, with `hint`, if the library has no such function.
void* create_object(TensorRt& tensorrt, const char* factory, const char* hint);

}  // namespace jetson_vla::tensorrt
