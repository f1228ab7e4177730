#include "driver.h"

#include <algorithm>
#include <utility>

#include "context_stack.h"

namespace standin::cuda {
namespace {

bool is_idle(const Stream& stream) {
  return !stream.running && stream.queue.empty();
}

void touch(std::vector<std::uintptr_t>& all, const std::vector<std::uintptr_t>& more) {
  for (const std::uintptr_t address : more) all.push_back(address & ~kDeviceBit);
}

/// Runs the front operation with the lock released. The stream has one and is idle.
void run_front(Driver& d, Lock& lock, const std::shared_ptr<Stream>& stream) {
  const Operation operation = std::move(stream->queue.front());
  stream->queue.pop_front();
  stream->running = true;
  lock.unlock();
  const Result result = operation();
  lock.lock();
  stream->running = false;
  if (result != kSuccess && stream->error == kSuccess) stream->error = result;
  if (result != kSuccess && d.device.sticky_errors) d.context_error = result;
  d.progress.notify_all();
}

}  // namespace

Driver& driver() {
  // Leaked: threads of the addon may outlive the destruction of statics.
  static Driver* const instance = [] {
    auto made = std::make_unique<Driver>();
    made->streams[nullptr] = std::make_shared<Stream>();
    return made.release();
  }();
  return *instance;
}

Context primary_context() {
  return reinterpret_cast<Context>(Driver::kHandleBase + 8);
}

Result require_context(Driver& d) {
  if (!d.initialised) return kNotInitialized;
  if (current_context() == nullptr) {
    ++d.violations.no_context;
    return kInvalidContext;
  }
  if (d.context_retains == 0) return kContextIsDestroyed;
  return d.context_error;
}

std::shared_ptr<Stream> find_stream(Driver& d, StreamHandle handle) {
  const auto found = d.streams.find(handle);
  if (found != d.streams.end()) return found->second;
  ++d.violations.stale_handle;
  return nullptr;
}

Result enqueue(Driver& d, StreamHandle handle, Operation operation,
               const std::vector<std::uintptr_t>& touches) {
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  if (stream->capture == CaptureState::kInvalidated) return kStreamCaptureInvalidated;
  if (stream->capture == CaptureState::kActive) {
    stream->captured.operations.push_back(std::move(operation));
    touch(stream->captured.touched, touches);
    return kSuccess;
  }
  if (handle == nullptr) {
    // The legacy stream waits for every blocking stream, so it cannot be used while one of them captures.
    for (auto& [other, candidate] : d.streams) {
      if (candidate->capture == CaptureState::kActive && (candidate->flags & kStreamNonBlocking) == 0) {
        candidate->capture = CaptureState::kInvalidated;
        return kStreamCaptureImplicit;
      }
    }
  }
  if (is_idle(*stream)) stream->touched.clear();
  touch(stream->touched, touches);
  stream->queue.push_back(std::move(operation));
  return kSuccess;
}

Result drain(Driver& d, Lock& lock, const std::shared_ptr<Stream>& stream, const EventRecord* until) {
  const auto finished = [&] { return until != nullptr ? until->done : stream->queue.empty(); };
  if (!finished() && d.device.latency.count() > 0) {
    const auto latency = d.device.latency;
    lock.unlock();
    std::this_thread::sleep_for(latency);
    lock.lock();
  }
  while (true) {
    d.progress.wait(lock, [&] { return !stream->running || (until != nullptr && until->done); });
    if (finished() || stream->queue.empty()) break;
    run_front(d, lock, stream);
  }
  return take_error(*stream);
}

void step(Driver& d, Lock& lock, const std::shared_ptr<Stream>& stream) {
  if (!stream->running && !stream->queue.empty()) run_front(d, lock, stream);
}

void drain_all(Driver& d, Lock& lock) {
  std::vector<std::shared_ptr<Stream>> streams;
  for (const auto& [handle, stream] : d.streams) streams.push_back(stream);
  for (const auto& stream : streams) {
    const Result error = drain(d, lock, stream);
    // Somebody who synchronises this very stream shall still hear of it.
    if (error != kSuccess) stream->error = error;
  }
}

bool is_in_use(const Driver& d, const void* block) {
  return std::any_of(d.streams.begin(), d.streams.end(), [&](const auto& entry) {
    const Stream& stream = *entry.second;
    return !is_idle(stream) &&
           std::any_of(stream.touched.begin(), stream.touched.end(),
                       [&](std::uintptr_t address) { return d.memory.holds(block, address); });
  });
}

Result take_error(Stream& stream) {
  return std::exchange(stream.error, kSuccess);
}

Result forbid_during_capture(Driver& d) {
  for (auto& [handle, stream] : d.streams) {
    if (stream->capture != CaptureState::kActive) continue;
    const bool own = stream->capture_thread == std::this_thread::get_id();
    if (stream->capture_mode == kCaptureModeGlobal ||
        (stream->capture_mode == kCaptureModeThreadLocal && own)) {
      stream->capture = CaptureState::kInvalidated;
      return kStreamCaptureUnsupported;
    }
  }
  return kSuccess;
}

}  // namespace standin::cuda
