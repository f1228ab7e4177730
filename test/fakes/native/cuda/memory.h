#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>

#include "driver_types.h"

namespace standin::cuda {

/// What a test sees when it reads memory that nobody wrote, or that is freed already.
inline constexpr unsigned char kFreshPoison = 0xCD;
inline constexpr unsigned char kFreedPoison = 0xDD;

/// Set in every device address. Such an address is not canonical on x86-64 and aarch64, so that a host that
/// dereferences it by mistake crashes, although the bytes do lie in host memory.
inline constexpr std::uintptr_t kDeviceBit = std::uintptr_t{1} << 52;

enum class MemoryKind { kDevice, kHost, kMappedHost };

/// Device memory and pinned host memory, all of it on the host. Callers hold the driver's mutex.
class Memory {
 public:
  /// Null when the host itself has none left. Filled with kFreshPoison.
  void* allocate(MemoryKind kind, std::size_t size);

  /// Poisons the block and keeps it in quarantine for a while. False: no such block.
  bool release(MemoryKind kind, void* address);
  bool release_host(void* address);

  /// Whether the address lies in the live block that begins at `block`.
  bool holds(const void* block, std::uintptr_t address) const;

  /// Whether that address was freed a short while ago.
  bool was_freed(const void* address) const;

  /// The host bytes behind a device address; null unless [address, address + size) lies in one live block
  /// that the device may touch.
  void* host_view(DevicePointer address, std::size_t size) const;

  /// Device alias of a mapped pinned block, or 0.
  DevicePointer alias(void* host) const;
  bool is_pinned(const void* address, std::size_t size) const;

  std::size_t count(MemoryKind kind) const;
  std::size_t bytes(MemoryKind kind) const;
  /// Writes into freed memory that the quarantine caught.
  std::int64_t written_after_free() const;
  void clear();

 private:
  struct Free {
    void operator()(void* memory) const noexcept;
  };
  struct Block {
    std::unique_ptr<void, Free> bytes;
    std::size_t size = 0;
    MemoryKind kind = MemoryKind::kDevice;
  };

  const Block* find(std::uintptr_t address, std::size_t size) const;
  void quarantine(Block block);
  void drop_oldest();

  std::map<std::uintptr_t, Block> blocks_;
  std::deque<Block> freed_;
  std::size_t freed_bytes_ = 0;
  std::int64_t written_after_free_ = 0;
};

inline DevicePointer device_address(const void* host) {
  return reinterpret_cast<std::uintptr_t>(host) | kDeviceBit;
}

}  // namespace standin::cuda
