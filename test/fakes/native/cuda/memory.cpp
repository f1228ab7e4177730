#include "memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace standin::cuda {
namespace {

/// Real device memory is aligned to 256 bytes at least and pinned memory to a page.
constexpr std::size_t kAlignment = 4096;
constexpr std::size_t kQuarantineBytes = std::size_t{8} << 20;
constexpr std::size_t kQuarantineBlocks = 64;

bool all_poison(const void* bytes, std::size_t size) {
  const auto* first = static_cast<const unsigned char*>(bytes);
  return std::all_of(first, first + size, [](unsigned char byte) { return byte == kFreedPoison; });
}

}  // namespace

void Memory::Free::operator()(void* memory) const noexcept {
  std::free(memory);
}

void* Memory::allocate(MemoryKind kind, std::size_t size) {
  const std::size_t rounded = (size + kAlignment - 1) / kAlignment * kAlignment;
  std::unique_ptr<void, Free> bytes(std::aligned_alloc(kAlignment, rounded));
  if (!bytes) return nullptr;
  std::memset(bytes.get(), kFreshPoison, rounded);
  void* const address = bytes.get();
  blocks_[reinterpret_cast<std::uintptr_t>(address)] = Block{std::move(bytes), size, kind};
  return address;
}

bool Memory::release(MemoryKind kind, void* address) {
  const auto found = blocks_.find(reinterpret_cast<std::uintptr_t>(address));
  if (found == blocks_.end() || found->second.kind != kind) return false;
  Block block = std::move(found->second);
  blocks_.erase(found);
  quarantine(std::move(block));
  return true;
}

bool Memory::release_host(void* address) {
  return release(MemoryKind::kHost, address) || release(MemoryKind::kMappedHost, address);
}

void Memory::quarantine(Block block) {
  std::memset(block.bytes.get(), kFreedPoison, block.size);
  freed_bytes_ += block.size;
  freed_.push_back(std::move(block));
  while (freed_bytes_ > kQuarantineBytes || freed_.size() > kQuarantineBlocks) drop_oldest();
}

void Memory::drop_oldest() {
  const Block& oldest = freed_.front();
  if (!all_poison(oldest.bytes.get(), oldest.size)) ++written_after_free_;
  freed_bytes_ -= oldest.size;
  freed_.pop_front();
}

bool Memory::holds(const void* block, std::uintptr_t address) const {
  const auto found = blocks_.find(reinterpret_cast<std::uintptr_t>(block));
  return found != blocks_.end() && address >= found->first && address - found->first < found->second.size;
}

bool Memory::was_freed(const void* address) const {
  return std::any_of(freed_.begin(), freed_.end(),
                     [&](const Block& block) { return block.bytes.get() == address; });
}

const Memory::Block* Memory::find(std::uintptr_t address, std::size_t size) const {
  auto next = blocks_.upper_bound(address);
  if (next == blocks_.begin()) return nullptr;
  const auto& [base, block] = *--next;
  const std::size_t offset = address - base;
  return offset <= block.size && size <= block.size - offset ? &block : nullptr;
}

void* Memory::host_view(DevicePointer address, std::size_t size) const {
  if ((address & kDeviceBit) == 0) return nullptr;
  const std::uintptr_t host = address & ~kDeviceBit;
  const Block* block = find(host, size);
  return block && block->kind != MemoryKind::kHost ? reinterpret_cast<void*>(host) : nullptr;
}

DevicePointer Memory::alias(void* host) const {
  const Block* block = find(reinterpret_cast<std::uintptr_t>(host), 0);
  return block && block->kind == MemoryKind::kMappedHost ? device_address(host) : 0;
}

bool Memory::is_pinned(const void* address, std::size_t size) const {
  const Block* block = find(reinterpret_cast<std::uintptr_t>(address), size);
  return block && block->kind != MemoryKind::kDevice;
}

std::size_t Memory::count(MemoryKind kind) const {
  return static_cast<std::size_t>(std::count_if(
      blocks_.begin(), blocks_.end(), [&](const auto& entry) { return entry.second.kind == kind; }));
}

std::size_t Memory::bytes(MemoryKind kind) const {
  std::size_t total = 0;
  for (const auto& [base, block] : blocks_) total += block.kind == kind ? block.size : 0;
  return total;
}

std::int64_t Memory::written_after_free() const {
  // What still lies in quarantine counts as well; each block is counted once, so it is looked at anew every
  // time.
  return written_after_free_ + std::count_if(freed_.begin(), freed_.end(), [](const Block& block) {
           return !all_poison(block.bytes.get(), block.size);
         });
}

void Memory::clear() {
  blocks_.clear();
  freed_.clear();
  freed_bytes_ = 0;
  written_after_free_ = 0;
}

}  // namespace standin::cuda
