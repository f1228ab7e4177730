#include "driver.h"

#include <dlfcn.h>

#include <memory>
#include <mutex>

#include "../error.h"

namespace jetson_vla::cuda {
namespace {

constexpr const char* kDriverHint =
    "On a Jetson the driver comes with JetPack; in a container, start it with the NVIDIA runtime.";

[[noreturn]] void not_found(const std::string& message) {
  throw Error(ErrorCode::kCudaDriverNotFound, message, kDriverHint);
}

}  // namespace

const Driver& Driver::open(const std::string& path) {
  static std::mutex mutex;
  static const Driver* opened = nullptr;
  const std::lock_guard<std::mutex> lock(mutex);
  if (opened != nullptr) return *opened;

  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    not_found(reason != nullptr ? reason : path + " does not load");
  }
  std::unique_ptr<Driver> driver(new Driver());
  // On failure the library stays open: a driver that has started threads must not be unmapped.
#define JETSON_VLA_CUDA_RESOLVE(member, symbol, ...)                             \
  driver->member = reinterpret_cast<member##_function*>(dlsym(library, symbol)); \
  if (driver->member == nullptr) not_found(path + " has no " symbol ": CUDA 11.4 or newer is needed");
  JETSON_VLA_CUDA_API(JETSON_VLA_CUDA_RESOLVE)
#undef JETSON_VLA_CUDA_RESOLVE

  if (const Result result = driver->init(0); result != kSuccess)
    not_found(path + ": cuInit failed with " + driver->describe(result));
  int count = 0;
  if (const Result result = driver->device_get_count(&count); result != kSuccess)
    not_found(path + ": cuDeviceGetCount failed with " + driver->describe(result));
  if (count == 0) not_found(path + " finds no CUDA device");
  opened = driver.release();
  return *opened;
}

int Driver::version() const {
  int version = 0;
  check(driver_get_version(&version), "cuDriverGetVersion");
  return version;
}

void Driver::check(Result result, const char* call) const {
  if (result == kSuccess) return;
  const std::string message = std::string(call) + " failed with " + describe(result);
  if (result == kErrorOutOfMemory)
    throw Error(ErrorCode::kOutOfDeviceMemory, message,
                "Free GPU memory (tegrastats or nvidia-smi shows who holds it), or build a smaller engine.");
  throw Error(ErrorCode::kCudaFailed, message);
}

std::string Driver::describe(Result result) const {
  const char* name = nullptr;
  const char* text = nullptr;
  std::string described = get_error_name(result, &name) == kSuccess && name != nullptr
                              ? std::string(name)
                              : "CUDA error " + std::to_string(result);
  if (get_error_string(result, &text) == kSuccess && text != nullptr) described += std::string(": ") + text;
  return described;
}

}  // namespace jetson_vla::cuda
