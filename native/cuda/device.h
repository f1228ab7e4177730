#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "driver.h"

namespace jetson_vla::cuda {

struct DeviceInfo {
  int ordinal = 0;
  std::string name;
  int capability_major = 0;
  int capability_minor = 0;
  /// Whether CPU and GPU share their memory, as on a Jetson.
  bool integrated = false;
  bool can_map_host_memory = false;
  std::size_t total_memory_bytes = 0;
};

/// Throws INVALID_ARGUMENT for an ordinal that does not exist.
DeviceInfo describe_device(const Driver& driver, int ordinal);

/// The primary context of a device, retained; shared with everything else in the process that uses this
/// device.
class Context {
 public:
  static std::shared_ptr<const Context> retain(const Driver& driver, int ordinal);
  ~Context() noexcept;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Driver& driver() const noexcept { return driver_; }
  const DeviceInfo& device() const noexcept { return info_; }
  ContextHandle handle() const noexcept { return handle_; }

 private:
  Context(const Driver& driver, DeviceInfo info);

  const Driver& driver_;
  const DeviceInfo info_;
  Device device_ = 0;
  ContextHandle handle_ = nullptr;
};

/// Makes a context current for this thread, and the one that was current before again at the end: the thread
/// may belong to JavaScript, where others use CUDA too.
class CurrentContext {
 public:
  explicit CurrentContext(const Context& context);
  ~CurrentContext() noexcept;
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;

 private:
  const Context& context_;
};

/// The same for destructors: does not throw. Tries twice, because a driver call may report the error of
/// earlier work, and without a context nothing could be freed.
class TeardownContext {
 public:
  explicit TeardownContext(const Context& context) noexcept;
  ~TeardownContext() noexcept;
  TeardownContext(const TeardownContext&) = delete;
  TeardownContext& operator=(const TeardownContext&) = delete;

 private:
  const Driver& driver_;
  bool pushed_;
};

}  // namespace jetson_vla::cuda
