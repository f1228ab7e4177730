#pragma once

#include <cstddef>
#include <string>

namespace jetson_vla::tensorrt {

/// A file under a temporary name, which gets its own name once it is whole and on the disk; until then the
/// destructor removes it. All calls throw ENGINE_BUILD_FAILED with the system's reason.
class StagedFile {
 public:
  /// Creates `path`, which must not exist and be in the directory that the file is meant for.
  explicit StagedFile(std::string path);
  ~StagedFile() noexcept;
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  /// Writes the whole contents and waits until the disk has them.
  void write(const void* data, std::size_t size);
  /// Replaces what has that name.
  void publish(const std::string& path);
  const std::string& path() const noexcept { return path_; }

 private:
  const std::string path_;
  int descriptor_;
  bool published_ = false;
};

/// Gives an engine its name, and writes `passport` into `engine_path`.json. At no moment does a passport
/// stand beside another engine than its own: a crash half-way leaves an engine without one.
void publish_with_passport(StagedFile& engine, const std::string& engine_path, const std::string& passport);

}  // namespace jetson_vla::tensorrt
