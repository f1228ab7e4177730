#pragma once

#include <cstddef>
#include <string>

namespace jetson_vla::tensorrt {

enum class FileKind { kEngine, kOnnx };

/// A file's bytes, read-only, without a copy of their own: an engine may be larger than the memory left on a
/// small Jetson.
///
/// A file that another process shortens in place meanwhile ends the process with SIGBUS, as with every
/// mapping; one that is replaced by renaming, as `jetson-vla build` does, stays whole here.
class MappedFile {
 public:
  /// Throws BUNDLE_NOT_FOUND for a path that is missing, unreadable or no regular file; for an empty file
  /// ENGINE_CORRUPT, or ENGINE_BUILD_FAILED if it should be an ONNX model.
  explicit MappedFile(const std::string& path, FileKind kind = FileKind::kEngine);
  ~MappedFile() noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const void* data() const noexcept { return data_; }
  /// In bytes; at least 1.
  std::size_t size() const noexcept { return size_; }

 private:
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace jetson_vla::tensorrt
