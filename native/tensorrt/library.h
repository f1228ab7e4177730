#pragma once

#include <cstdint>
#include <string>

#include "backend.h"

namespace jetson_vla::tensorrt {

struct LibraryPaths {
  /// A path, or a name that the dynamic loader finds, such as "libnvinfer.so.10".
  std::string nvinfer;
  /// Empty to do without: only building an engine needs it.
  std::string onnx_parser;
  /// Where jetson_vla_trt<major>.so lie.
  std::string backend_directory;
};

/// TensorRT and the backend that drives it, open for the rest of the process.
class Library {
 public:
  Library(std::string path, std::int32_t version, bool standin, Backend& backend)
      : path_(std::move(path)), version_(version), standin_(standin), backend_(backend) {}
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  Backend& backend() const noexcept { return backend_; }
  /// Of the file that the dynamic loader chose, without symbolic links.
  const std::string& path() const noexcept { return path_; }
  /// major × 10000 + minor × 100 + patch.
  std::int32_t version() const noexcept { return version_; }
  /// Whether library and backend are the project's stand-ins for tests.
  bool standin() const noexcept { return standin_; }

 private:
  std::string path_;
  std::int32_t version_;
  bool standin_;
  Backend& backend_;
};

/// Opens TensorRT and the backend for its major version; the same files again cost a look-up. Thread-safe.
/// What is open stays open, even after a failure: TensorRT leaves threads and thread-local data behind.
///
/// Throws TENSORRT_NOT_FOUND if a library does not load or is not TensorRT's, TENSORRT_UNSUPPORTED_VERSION if
/// no backend drives its version, STANDIN_BUILD if exactly one of library and backend is a stand-in, and what
/// BackendModule::create throws.
const Library& open_library(const LibraryPaths& paths);

}  // namespace jetson_vla::tensorrt
