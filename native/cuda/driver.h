#pragma once

#include <string>

#include "driver_api.h"

namespace jetson_vla::cuda {

/// The CUDA driver library, open for the rest of the process: closing it while a GPU thread lives would
/// crash.
class Driver {
 public:
#define JETSON_VLA_CUDA_MEMBER(member, symbol, ...) \
  using member##_function = __VA_ARGS__;            \
  member##_function* member = nullptr;
  JETSON_VLA_CUDA_API(JETSON_VLA_CUDA_MEMBER)
#undef JETSON_VLA_CUDA_MEMBER

  /// Opens and initialises `path`, an absolute path or a name that the dynamic loader finds. One driver a
  /// process: later calls return the first one, whatever they ask for. Thread-safe.
  ///
  /// Throws CUDA_DRIVER_NOT_FOUND with the loader's words, the missing symbol, or the driver's error.
  static const Driver& open(const std::string& path);

  /// major × 1000 + minor × 10.
  int version() const;

  /// Throws OUT_OF_DEVICE_MEMORY or CUDA_FAILED, naming `call`, for anything but success.
  void check(Result result, const char* call) const;

  /// Such as "CUDA_ERROR_INVALID_VALUE: invalid argument".
  std::string describe(Result result) const;

 private:
  Driver() = default;
};

}  // namespace jetson_vla::cuda
