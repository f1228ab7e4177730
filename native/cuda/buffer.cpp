#include "buffer.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace jetson_vla::cuda {
namespace {

/// The driver refuses to allocate nothing, and an empty tensor still needs an address.
std::size_t at_least_one(std::size_t bytes) {
  return std::max<std::size_t>(bytes, 1);
}

}  // namespace

DeviceBuffer::DeviceBuffer(std::shared_ptr<const Context> context, std::size_t bytes)
    : context_(std::move(context)) {
  context_->driver().check(context_->driver().mem_alloc(&address_, at_least_one(bytes)), "cuMemAlloc");
}

DeviceBuffer::~DeviceBuffer() noexcept {
  context_->driver().mem_free(address_);
}

HostBuffer::HostBuffer(std::shared_ptr<const Context> context, std::size_t bytes, bool mapped)
    : context_(std::move(context)), bytes_(bytes) {
  const Driver& driver = context_->driver();
  const unsigned flags = kHostAllocPortable | (mapped ? kHostAllocMapped : 0U);
  void* data = nullptr;
  driver.check(driver.mem_host_alloc(&data, at_least_one(bytes), flags), "cuMemHostAlloc");
  data_ = static_cast<std::byte*>(data);
  // JavaScript must never see what another program left in this memory.
  std::memset(data_, 0, at_least_one(bytes));
  if (!mapped) return;
  if (const Result result = driver.mem_host_get_device_pointer(&device_address_, data, 0);
      result != kSuccess) {
    driver.mem_free_host(data);
    driver.check(result, "cuMemHostGetDevicePointer");
  }
}

HostBuffer::~HostBuffer() noexcept {
  const TeardownContext current(*context_);
  context_->driver().mem_free_host(data_);
}

}  // namespace jetson_vla::cuda
