// Allocation, copies and memset.
#include <cstring>
#include <vector>

#include "driver.h"
#include "entry.h"

using namespace standin::cuda;

namespace {

std::size_t used_bytes(const Driver& d) {
  const std::size_t device = d.memory.bytes(MemoryKind::kDevice);
  // On an integrated GPU pinned memory comes out of the same chips.
  return d.device.integrated
             ? device + d.memory.bytes(MemoryKind::kHost) + d.memory.bytes(MemoryKind::kMappedHost)
             : device;
}

Result allocate(Driver& d, MemoryKind kind, std::size_t size, void** host) {
  if (const Result bad = require_context(d)) return bad;
  if (size == 0) return kInvalidValue;
  if (const Result bad = forbid_during_capture(d)) return bad;
  const std::size_t used = used_bytes(d);
  if (used > d.device.total_memory || size > d.device.total_memory - used) return kOutOfMemory;
  *host = d.memory.allocate(kind, size);
  return *host ? kSuccess : kOutOfMemory;
}

std::uintptr_t number(const void* address) {
  return reinterpret_cast<std::uintptr_t>(address);
}

/// Freeing waits for the device, as in reality; a careful program has waited before for the work that uses
/// this block.
Result prepare_free(Driver& d, Lock& lock, const void* block) {
  if (const Result bad = require_context(d)) return bad;
  if (const Result bad = forbid_during_capture(d)) return bad;
  if (is_in_use(d, block)) ++d.violations.freed_while_queued;
  drain_all(d, lock);
  return kSuccess;
}

Result bad_pointer(Driver& d, const void* host) {
  ++(d.memory.was_freed(host) ? d.violations.double_free : d.violations.unknown_pointer);
  return kInvalidValue;
}

/// A graph may be launched after its memory went: the address is looked up when the copy runs.
void* view_now(DevicePointer address, std::size_t size) {
  Driver& d = driver();
  const Lock lock(d.mutex);
  return d.memory.host_view(address, size);
}

}  // namespace

STANDIN_EXPORT Result cuMemGetInfo_v2(std::size_t* free_bytes, std::size_t* total) {
  STANDIN_ENTER("cuMemGetInfo_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const std::size_t used = used_bytes(d);
  *free_bytes = used < d.device.total_memory ? d.device.total_memory - used : 0;
  *total = d.device.total_memory;
  return kSuccess;
}

STANDIN_EXPORT Result cuMemAlloc_v2(DevicePointer* address, std::size_t size) {
  STANDIN_ENTER("cuMemAlloc_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  void* host = nullptr;
  if (const Result bad = allocate(d, MemoryKind::kDevice, size, &host)) return bad;
  *address = device_address(host);
  return kSuccess;
}

STANDIN_EXPORT Result cuMemFree_v2(DevicePointer address) {
  static Entry entry("cuMemFree_v2");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    Lock lock(d.mutex);
    void* const host = reinterpret_cast<void*>(address & ~kDeviceBit);
    if (const Result bad = prepare_free(d, lock, host)) return bad;
    if (address == 0) return kSuccess;
    if ((address & kDeviceBit) != 0 && d.memory.release(MemoryKind::kDevice, host)) return kSuccess;
    return bad_pointer(d, host);
  });
}

STANDIN_EXPORT Result cuMemHostAlloc(void** address, std::size_t size, unsigned flags) {
  STANDIN_ENTER("cuMemHostAlloc");
  Driver& d = driver();
  const Lock lock(d.mutex);
  const bool mapped = (flags & kHostAllocDeviceMap) != 0;
  if (mapped && !d.device.can_map_host) return kInvalidValue;
  return allocate(d, mapped ? MemoryKind::kMappedHost : MemoryKind::kHost, size, address);
}

STANDIN_EXPORT Result cuMemFreeHost(void* address) {
  static Entry entry("cuMemFreeHost");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    Lock lock(d.mutex);
    if (const Result bad = prepare_free(d, lock, address)) return bad;
    if (address == nullptr) return kSuccess;
    return d.memory.release_host(address) ? kSuccess : bad_pointer(d, address);
  });
}

STANDIN_EXPORT Result cuMemHostGetDevicePointer_v2(DevicePointer* device, void* host, unsigned flags) {
  STANDIN_ENTER("cuMemHostGetDevicePointer_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (flags != 0) return kInvalidValue;
  const DevicePointer alias = d.memory.alias(host);
  if (alias == 0) return kInvalidValue;
  *device = alias;
  return kSuccess;
}

STANDIN_EXPORT Result cuMemcpyHtoDAsync_v2(DevicePointer to, const void* from, std::size_t size,
                                           StreamHandle stream) {
  STANDIN_ENTER("cuMemcpyHtoDAsync_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (size == 0) return kSuccess;
  if (!from || !d.memory.host_view(to, size)) return kInvalidValue;
  if (d.memory.is_pinned(from, size)) {
    return enqueue(d, stream,
                   [=] {
                     void* const target = view_now(to, size);
                     if (!target) return kIllegalAddress;
                     std::memcpy(target, from, size);
                     return kSuccess;
                   },
                   {to, number(from)});
  }
  // The driver stages pageable memory before it returns.
  const auto* bytes = static_cast<const unsigned char*>(from);
  return enqueue(d, stream,
                 [to, staged = std::vector<unsigned char>(bytes, bytes + size)] {
                   void* const target = view_now(to, staged.size());
                   if (!target) return kIllegalAddress;
                   std::memcpy(target, staged.data(), staged.size());
                   return kSuccess;
                 },
                 {to});
}

STANDIN_EXPORT Result cuMemcpyDtoHAsync_v2(void* to, DevicePointer from, std::size_t size,
                                           StreamHandle stream) {
  STANDIN_ENTER("cuMemcpyDtoHAsync_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (size == 0) return kSuccess;
  if (!to || !d.memory.host_view(from, size)) return kInvalidValue;
  return enqueue(d, stream,
                 [=] {
                   const void* const source = view_now(from, size);
                   if (!source) return kIllegalAddress;
                   std::memcpy(to, source, size);
                   return kSuccess;
                 },
                 {from, number(to)});
}

STANDIN_EXPORT Result cuMemcpyDtoDAsync_v2(DevicePointer to, DevicePointer from, std::size_t size,
                                           StreamHandle stream) {
  STANDIN_ENTER("cuMemcpyDtoDAsync_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (size == 0) return kSuccess;
  if (!d.memory.host_view(to, size) || !d.memory.host_view(from, size)) return kInvalidValue;
  return enqueue(d, stream,
                 [=] {
                   void* const target = view_now(to, size);
                   const void* const source = view_now(from, size);
                   if (!target || !source) return kIllegalAddress;
                   std::memmove(target, source, size);
                   return kSuccess;
                 },
                 {to, from});
}

STANDIN_EXPORT Result cuMemsetD8Async(DevicePointer to, unsigned char value, std::size_t size,
                                      StreamHandle stream) {
  STANDIN_ENTER("cuMemsetD8Async");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (size == 0) return kSuccess;
  if (!d.memory.host_view(to, size)) return kInvalidValue;
  return enqueue(d, stream,
                 [=] {
                   void* const target = view_now(to, size);
                   if (!target) return kIllegalAddress;
                   std::memset(target, value, size);
                   return kSuccess;
                 },
                 {to});
}
