#pragma once

#include <cstddef>
#include <memory>

#include "device.h"

namespace jetson_vla::cuda {

/// Memory on the device. The context is current when it is made and destroyed.
class DeviceBuffer {
 public:
  DeviceBuffer(std::shared_ptr<const Context> context, std::size_t bytes);
  ~DeviceBuffer() noexcept;
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  DeviceAddress address() const noexcept { return address_; }

 private:
  std::shared_ptr<const Context> context_;
  DeviceAddress address_ = 0;
};

/// Pinned, page-locked host memory that any thread may read and write, zeroed. Makes the context current by
/// itself when it is destroyed, because JavaScript's garbage collector may be the last owner.
class HostBuffer {
 public:
  /// `mapped`: the device can address the same memory.
  HostBuffer(std::shared_ptr<const Context> context, std::size_t bytes, bool mapped);
  ~HostBuffer() noexcept;
  HostBuffer(const HostBuffer&) = delete;
  HostBuffer& operator=(const HostBuffer&) = delete;

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return bytes_; }
  /// 0 unless mapped.
  DeviceAddress device_address() const noexcept { return device_address_; }

 private:
  std::shared_ptr<const Context> context_;
  std::size_t bytes_;
  std::byte* data_ = nullptr;
  DeviceAddress device_address_ = 0;
};

}  // namespace jetson_vla::cuda
