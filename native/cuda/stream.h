#pragma once

#include <memory>

#include "device.h"

namespace jetson_vla::cuda {

/// A stream of its own, not ordered with the default stream. The context is current when it is made and
/// destroyed.
class Stream {
 public:
  enum class Priority { kNormal, kHigh };

  Stream(std::shared_ptr<const Context> context, Priority priority);
  ~Stream() noexcept;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  StreamHandle handle() const noexcept { return handle_; }
  const Context& context() const noexcept { return *context_; }
  void synchronize() const;

 private:
  std::shared_ptr<const Context> context_;
  StreamHandle handle_ = nullptr;
};

/// A point in a stream that a thread can wait for.
class Event {
 public:
  /// `kBlock` lets the thread sleep, `kSpin` has it poll: a little sooner, at the cost of a core.
  enum class Wait { kBlock, kSpin };

  Event(std::shared_ptr<const Context> context, Wait wait);
  ~Event() noexcept;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  /// Waits until everything that is in the stream now is done.
  void wait_for(const Stream& stream) const;

 private:
  std::shared_ptr<const Context> context_;
  EventHandle handle_ = nullptr;
};

}  // namespace jetson_vla::cuda
