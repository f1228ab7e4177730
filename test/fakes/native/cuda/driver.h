#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "driver_types.h"
#include "memory.h"

namespace standin::cuda {

using Clock = std::chrono::steady_clock;
using Lock = std::unique_lock<std::mutex>;

struct DeviceConfig {
  bool present = true;
  std::string name = "Stand-in Orin";
  int sm = 87;
  bool integrated = true;
  bool can_map_host = true;
  std::size_t total_memory = std::size_t{8} << 30;
  int driver_version = 12060;
  /// Added to each synchronisation that finds work to do.
  std::chrono::microseconds latency{0};
  /// Whether a failed operation kills the context for good, as on a real device.
  bool sticky_errors = false;
};

/// Things that a careful program never does, though the driver lets some of them pass.
struct Violations {
  std::int64_t double_free = 0;
  std::int64_t unknown_pointer = 0;
  std::int64_t stale_handle = 0;
  std::int64_t no_context = 0;
  std::int64_t freed_while_queued = 0;
  std::int64_t destroyed_while_queued = 0;
  std::int64_t objects_at_context_release = 0;
};

/// Work on a stream. Runs outside the driver's lock, on the thread that synchronises.
using Operation = std::function<Result()>;

/// One cuEventRecord; the event points to its latest.
struct EventRecord {
  StreamHandle stream = nullptr;
  bool captured = false;
  bool done = false;
  Clock::time_point time{};
};

struct Event {
  unsigned flags = 0;
  std::shared_ptr<EventRecord> record;
};

struct Graph {
  std::vector<Operation> operations;
  std::vector<std::uintptr_t> touched;
};

enum class CaptureState { kNone = 0, kActive = 1, kInvalidated = 2 };

struct Stream {
  unsigned flags = 0;
  int priority = 0;
  std::deque<Operation> queue;
  /// Host addresses of memory that the work since the stream was last idle reads or writes.
  std::vector<std::uintptr_t> touched;
  /// A thread is running one of its operations now.
  bool running = false;
  /// Of the first operation that failed since the last synchronisation.
  Result error = kSuccess;
  CaptureState capture = CaptureState::kNone;
  int capture_mode = 0;
  std::thread::id capture_thread;
  Graph captured;
};

/// All state of the stand-in driver; `mutex` guards every member.
struct Driver {
  std::mutex mutex;
  std::condition_variable progress;
  bool initialised = false;
  DeviceConfig device;
  Violations violations;
  Result context_error = kSuccess;
  int context_retains = 0;
  Memory memory;
  std::map<StreamHandle, std::shared_ptr<Stream>> streams;
  std::map<EventHandle, std::shared_ptr<Event>> events;
  std::map<GraphHandle, std::shared_ptr<Graph>> graphs;
  std::map<GraphExecHandle, std::shared_ptr<Graph>> graph_execs;
  std::uintptr_t next_handle = 0;

  /// An address that is never dereferenced and never given out twice, so that a stale handle is recognised.
  template <class Handle>
  Handle new_handle() {
    next_handle += 16;
    return reinterpret_cast<Handle>(kHandleBase + next_handle);
  }

  static constexpr std::uintptr_t kHandleBase = std::uintptr_t{0x5C} << 48;
};

Driver& driver();

/// The one primary context.
Context primary_context();

/// kSuccess if cuInit was called and the calling thread has a living context current.
Result require_context(Driver& d);

/// The stream behind a handle, the legacy default stream for null; null for a stale handle.
std::shared_ptr<Stream> find_stream(Driver& d, StreamHandle handle);

/// Queues work, or puts it into the graph that the stream is capturing. `touches`: addresses, on the host or
/// the device, of the memory that it reads or writes.
Result enqueue(Driver& d, StreamHandle handle, Operation operation,
               const std::vector<std::uintptr_t>& touches = {});

/// Runs what is queued until the stream is empty, or until `until` is done. `lock` is released meanwhile.
Result drain(Driver& d, Lock& lock, const std::shared_ptr<Stream>& stream,
             const EventRecord* until = nullptr);

/// Runs one operation, if the stream is idle and has one.
void step(Driver& d, Lock& lock, const std::shared_ptr<Stream>& stream);

void drain_all(Driver& d, Lock& lock);

/// Whether work that has not ended reads or writes this block.
bool is_in_use(const Driver& d, const void* block);

/// The error that the stream has collected; reported once.
Result take_error(Stream& stream);

/// kStreamCaptureUnsupported, with the capture invalidated, if a capture forbids calls such as cuMemAlloc
/// now.
Result forbid_during_capture(Driver& d);

}  // namespace standin::cuda
