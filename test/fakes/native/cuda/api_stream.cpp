// Streams and events.
#include <utility>

#include "driver.h"
#include "entry.h"

using namespace standin::cuda;

namespace {

Result create_stream(StreamHandle* handle, unsigned flags, int priority) {
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (!handle || flags > kStreamNonBlocking) return kInvalidValue;
  auto stream = std::make_shared<Stream>();
  stream->flags = flags;
  stream->priority = priority;
  *handle = d.new_handle<StreamHandle>();
  d.streams[*handle] = std::move(stream);
  return kSuccess;
}

/// Waiting for a stream that captures is an error, and spoils the capture.
Result forbid_wait(Stream& stream) {
  if (stream.capture == CaptureState::kNone) return kSuccess;
  stream.capture = CaptureState::kInvalidated;
  return kStreamCaptureUnsupported;
}

std::shared_ptr<Event> find_event(Driver& d, EventHandle handle) {
  const auto found = d.events.find(handle);
  if (found != d.events.end()) return found->second;
  ++d.violations.stale_handle;
  return nullptr;
}

/// Runs the recording stream as far as the record; the stream may be gone, then it was drained before.
Result wait_for(Driver& d, Lock& lock, const std::shared_ptr<EventRecord>& record) {
  const auto found = d.streams.find(record->stream);
  if (record->done || found == d.streams.end()) return kSuccess;
  const std::shared_ptr<Stream> stream = found->second;
  return drain(d, lock, stream, record.get());
}

}  // namespace

STANDIN_EXPORT Result cuStreamCreate(StreamHandle* handle, unsigned flags) {
  STANDIN_ENTER("cuStreamCreate");
  return create_stream(handle, flags, 0);
}

STANDIN_EXPORT Result cuStreamCreateWithPriority(StreamHandle* handle, unsigned flags, int priority) {
  STANDIN_ENTER("cuStreamCreateWithPriority");
  return create_stream(handle, flags, priority);
}

STANDIN_EXPORT Result cuStreamGetPriority(StreamHandle handle, int* priority) {
  STANDIN_ENTER("cuStreamGetPriority");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  *priority = stream->priority;
  return kSuccess;
}

STANDIN_EXPORT Result cuStreamDestroy_v2(StreamHandle handle) {
  static Entry entry("cuStreamDestroy_v2");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    Lock lock(d.mutex);
    if (const Result bad = require_context(d)) return bad;
    const auto stream = handle ? find_stream(d, handle) : nullptr;
    if (!stream) return kInvalidHandle;
    if (stream->running || !stream->queue.empty()) {
      ++d.violations.destroyed_while_queued;
      drain(d, lock, stream);
    }
    d.streams.erase(handle);
    return kSuccess;
  });
}

STANDIN_EXPORT Result cuStreamSynchronize(StreamHandle handle) {
  STANDIN_ENTER("cuStreamSynchronize");
  Driver& d = driver();
  Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  if (const Result bad = forbid_wait(*stream)) return bad;
  return drain(d, lock, stream);
}

STANDIN_EXPORT Result cuCtxSynchronize() {
  STANDIN_ENTER("cuCtxSynchronize");
  Driver& d = driver();
  Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  for (auto& [handle, stream] : d.streams) {
    if (const Result bad = forbid_wait(*stream)) return bad;
  }
  drain_all(d, lock);
  return kSuccess;
}

STANDIN_EXPORT Result cuStreamQuery(StreamHandle handle) {
  STANDIN_ENTER("cuStreamQuery");
  Driver& d = driver();
  Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto stream = find_stream(d, handle);
  if (!stream) return kInvalidHandle;
  if (const Result bad = forbid_wait(*stream)) return bad;
  if (!stream->running && stream->queue.empty()) return take_error(*stream);
  step(d, lock, stream);
  return kNotReady;
}

STANDIN_EXPORT Result cuStreamWaitEvent(StreamHandle handle, EventHandle event_handle, unsigned flags) {
  STANDIN_ENTER("cuStreamWaitEvent");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto stream = find_stream(d, handle);
  const auto event = find_event(d, event_handle);
  if (!stream || !event) return kInvalidHandle;
  if (flags > 1) return kInvalidValue;
  const auto record = event->record;
  if (!record) return kSuccess;
  const bool capturing = stream->capture == CaptureState::kActive;
  if (record->captured != capturing || (capturing && record->stream != handle)) {
    // Forks and joins of captures are not imitated.
    if (capturing) stream->capture = CaptureState::kInvalidated;
    return kStreamCaptureIsolation;
  }
  if (capturing) return kSuccess;
  return enqueue(d, handle, [record] {
    Driver& own = driver();
    Lock inner(own.mutex);
    return wait_for(own, inner, record);
  });
}

STANDIN_EXPORT Result cuEventCreate(EventHandle* handle, unsigned flags) {
  STANDIN_ENTER("cuEventCreate");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (!handle) return kInvalidValue;
  auto event = std::make_shared<Event>();
  event->flags = flags;
  *handle = d.new_handle<EventHandle>();
  d.events[*handle] = std::move(event);
  return kSuccess;
}

STANDIN_EXPORT Result cuEventDestroy_v2(EventHandle handle) {
  static Entry entry("cuEventDestroy_v2");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    const Lock lock(d.mutex);
    if (const Result bad = require_context(d)) return bad;
    if (!find_event(d, handle)) return kInvalidHandle;
    d.events.erase(handle);
    return kSuccess;
  });
}

STANDIN_EXPORT Result cuEventRecord(EventHandle handle, StreamHandle stream_handle) {
  STANDIN_ENTER("cuEventRecord");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto event = find_event(d, handle);
  const auto stream = find_stream(d, stream_handle);
  if (!event || !stream) return kInvalidHandle;
  auto record = std::make_shared<EventRecord>();
  record->stream = stream_handle;
  record->captured = stream->capture == CaptureState::kActive;
  event->record = record;
  return enqueue(d, stream_handle, [record] {
    const Lock inner(driver().mutex);
    record->done = true;
    record->time = Clock::now();
    return kSuccess;
  });
}

STANDIN_EXPORT Result cuEventSynchronize(EventHandle handle) {
  STANDIN_ENTER("cuEventSynchronize");
  Driver& d = driver();
  Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto event = find_event(d, handle);
  if (!event) return kInvalidHandle;
  const auto record = event->record;
  if (!record) return kSuccess;
  return record->captured ? kCapturedEvent : wait_for(d, lock, record);
}

STANDIN_EXPORT Result cuEventQuery(EventHandle handle) {
  STANDIN_ENTER("cuEventQuery");
  Driver& d = driver();
  Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto event = find_event(d, handle);
  if (!event) return kInvalidHandle;
  const auto record = event->record;
  if (!record || record->done) return kSuccess;
  if (record->captured) return kCapturedEvent;
  const auto found = d.streams.find(record->stream);
  if (found == d.streams.end()) return kSuccess;
  const std::shared_ptr<Stream> stream = found->second;
  step(d, lock, stream);
  return kNotReady;
}

STANDIN_EXPORT Result cuEventElapsedTime(float* milliseconds, EventHandle start, EventHandle end) {
  STANDIN_ENTER("cuEventElapsedTime");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  const auto from = find_event(d, start);
  const auto to = find_event(d, end);
  if (!from || !to || ((from->flags | to->flags) & kEventDisableTiming) != 0) return kInvalidHandle;
  if (!from->record || !to->record) return kInvalidHandle;
  if (!from->record->done || !to->record->done) return kNotReady;
  const std::chrono::duration<float, std::milli> elapsed = to->record->time - from->record->time;
  *milliseconds = elapsed.count();
  return kSuccess;
}
