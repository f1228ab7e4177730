#include "staged_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "../error.h"

namespace jetson_vla::tensorrt {
namespace {

[[noreturn]] void cannot(const char* what, const std::string& path, int error) {
  throw Error(ErrorCode::kEngineBuildFailed,
              std::string("cannot ") + what + " " + path + ": " + std::generic_category().message(error),
              "Free some space, or write to another directory with the option output.");
}

/// Best effort: not every file system can, and the files themselves are safe by now.
void sync_directory_of(const std::string& path) noexcept {
  const std::size_t slash = path.rfind('/');
  try {
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) return;
    ::fsync(descriptor);
    ::close(descriptor);
  } catch (const std::bad_alloc&) {
    return;
  }
}

}  // namespace

StagedFile::StagedFile(std::string path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) cannot("create", path_, errno);
}

StagedFile::~StagedFile() noexcept {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!published_) ::unlink(path_.c_str());
}

void StagedFile::write(const void* data, std::size_t size) {
  const auto* bytes = static_cast<const char*>(data);
  for (std::size_t done = 0; done < size;) {
    const ssize_t written = ::write(descriptor_, bytes + done, size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot("write", path_, errno);
    done += static_cast<std::size_t>(written);
  }
  // EINVAL: this file system has nothing to wait for.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) cannot("write", path_, errno);
  // Network file systems report only here that a write failed.
  if (::close(std::exchange(descriptor_, -1)) != 0) cannot("write", path_, errno);
}

void StagedFile::publish(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) cannot("replace", path, errno);
  published_ = true;
}

void publish_with_passport(StagedFile& engine, const std::string& engine_path, const std::string& passport) {
  const std::string passport_path = engine_path + ".json";
  const std::string previous = engine.path() + ".previous";
  StagedFile staged(engine.path() + ".json");
  staged.write(passport.data(), passport.size());
  const bool had_passport = ::rename(passport_path.c_str(), previous.c_str()) == 0;
  try {
    engine.publish(engine_path);
  } catch (...) {
    if (had_passport) std::rename(previous.c_str(), passport_path.c_str());
    throw;
  }
  if (had_passport) ::unlink(previous.c_str());
  staged.publish(passport_path);
  sync_directory_of(engine_path);
}

}  // namespace jetson_vla::tensorrt
