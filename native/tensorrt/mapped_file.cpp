#include "mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "../error.h"

namespace jetson_vla::tensorrt {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() noexcept {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value() const noexcept { return value_; }

 private:
  int value_;
};

std::string noun(FileKind kind) {
  return kind == FileKind::kEngine ? "engine file" : "ONNX file";
}

[[noreturn]] void not_readable(const std::string& path, FileKind kind, const std::string& reason) {
  throw Error(ErrorCode::kEngineNotFound, "cannot read the " + noun(kind) + " " + path + ": " + reason,
              "Check the path and the permissions of the file.");
}

[[noreturn]] void not_readable(const std::string& path, FileKind kind, int error) {
  not_readable(path, kind, std::generic_category().message(error));
}

}  // namespace

MappedFile::MappedFile(const std::string& path, FileKind kind) {
  // O_NONBLOCK: opening a named pipe would otherwise wait for a writer before it can be refused.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.value() < 0) not_readable(path, kind, errno);
  struct stat status {};
  if (::fstat(file.value(), &status) != 0) not_readable(path, kind, errno);
  if (S_ISDIR(status.st_mode)) not_readable(path, kind, "it is a directory");
  if (!S_ISREG(status.st_mode)) not_readable(path, kind, "it is not a regular file");
  if (status.st_size == 0) {
    if (kind == FileKind::kOnnx)
      throw Error(ErrorCode::kEngineBuildFailed, "the ONNX file " + path + " is empty",
                  "Export the model again.");
    throw Error(ErrorCode::kEngineCorrupt, "the engine file " + path + " is empty",
                "Build it again on this machine: npx jetson-vla build model.onnx");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.value(), 0);
  if (data == MAP_FAILED) not_readable(path, kind, errno);
  ::madvise(data, size, MADV_WILLNEED);
  data_ = data;
  size_ = size;
}

MappedFile::~MappedFile() noexcept {
  ::munmap(data_, size_);
}

}  // namespace jetson_vla::tensorrt
