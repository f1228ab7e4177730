#include "control.h"

#include <cstdlib>
#include <sstream>
#include <string>

#include "driver.h"
#include "entry.h"

using namespace standin::cuda;

namespace {

class JsonObject {
 public:
  template <class Value>
  JsonObject& add(const char* key, const Value& value) {
    out_ << (first_ ? "{\"" : ",\"") << key << "\":" << value;
    first_ = false;
    return *this;
  }
  std::string text() const { return first_ ? "{}" : out_.str() + "}"; }

 private:
  std::ostringstream out_;
  bool first_ = true;
};

std::string live(const Driver& d) {
  const Memory& m = d.memory;
  return JsonObject()
      .add("deviceAllocations", m.count(MemoryKind::kDevice))
      .add("deviceBytes", m.bytes(MemoryKind::kDevice))
      .add("hostAllocations", m.count(MemoryKind::kHost) + m.count(MemoryKind::kMappedHost))
      .add("hostBytes", m.bytes(MemoryKind::kHost) + m.bytes(MemoryKind::kMappedHost))
      // The legacy default stream is always there and nobody's.
      .add("streams", d.streams.size() - 1)
      .add("events", d.events.size())
      .add("graphs", d.graphs.size())
      .add("graphExecs", d.graph_execs.size())
      .add("contexts", d.context_retains)
      .text();
}

std::string violations(const Driver& d) {
  const Violations& v = d.violations;
  return JsonObject()
      .add("doubleFree", v.double_free)
      .add("unknownPointer", v.unknown_pointer)
      .add("staleHandle", v.stale_handle)
      .add("noContext", v.no_context)
      .add("freedWhileQueued", v.freed_while_queued)
      .add("destroyedWhileQueued", v.destroyed_while_queued)
      .add("writtenAfterFree", d.memory.written_after_free())
      .add("objectsAtContextRelease", v.objects_at_context_release)
      .text();
}

std::string calls() {
  JsonObject json;
  for (const auto& [entry, count] : call_counts()) json.add(entry.c_str(), count);
  return json.text();
}

bool configure(DeviceConfig& device, const std::string& key, const std::string& value) {
  const auto number = std::strtoll(value.c_str(), nullptr, 10);
  if (key == "present")
    device.present = number != 0;
  else if (key == "name")
    device.name = value;
  else if (key == "sm")
    device.sm = static_cast<int>(std::strtod(value.c_str(), nullptr) * 10 + 0.5);
  else if (key == "integrated")
    device.integrated = number != 0;
  else if (key == "canMapHost")
    device.can_map_host = number != 0;
  else if (key == "totalMemory")
    device.total_memory = static_cast<std::size_t>(number);
  else if (key == "driverVersion")
    device.driver_version = static_cast<int>(number);
  else if (key == "latencyUs")
    device.latency = std::chrono::microseconds(number);
  else if (key == "stickyErrors")
    device.sticky_errors = number != 0;
  else
    return false;
  return true;
}

/// A child process cannot be configured by calls: STANDIN_CUDA=present=0;sm=8.6 does it at load.
const bool configured_from_environment = [] {
  const char* settings = std::getenv("STANDIN_CUDA");
  std::istringstream stream(settings ? settings : "");
  for (std::string setting; std::getline(stream, setting, ';');) {
    const auto equals = setting.find('=');
    if (equals != std::string::npos) {
      configure(driver().device, setting.substr(0, equals), setting.substr(equals + 1));
    }
  }
  return settings != nullptr;
}();

}  // namespace

STANDIN_EXPORT const int jetson_vla_standin_library = 1;

STANDIN_EXPORT void standin_cuda_reset(int everything) {
  reset_entries();
  Driver& d = driver();
  const Lock lock(d.mutex);
  d.device = DeviceConfig{};
  d.violations = Violations{};
  d.context_error = kSuccess;
  if (!everything) return;
  d.streams.clear();
  d.streams[nullptr] = std::make_shared<Stream>();
  d.events.clear();
  d.graphs.clear();
  d.graph_execs.clear();
  d.memory.clear();
  d.initialised = false;
  d.context_retains = 0;
}

STANDIN_EXPORT const char* standin_cuda_counters() {
  thread_local std::string text;
  const std::string calls_json = calls();
  Driver& d = driver();
  const Lock lock(d.mutex);
  text = JsonObject()
             .add("live", live(d))
             .add("violations", violations(d))
             .add("calls", calls_json)
             .add("totalCalls", total_calls())
             .text();
  return text.c_str();
}

STANDIN_EXPORT void standin_cuda_fail(const char* entry, std::int64_t nth, int code) {
  fail_call(entry, nth, code);
}

STANDIN_EXPORT int standin_cuda_configure(const char* key, const char* value) {
  Driver& d = driver();
  const Lock lock(d.mutex);
  return configure(d.device, key, value);
}

STANDIN_EXPORT int standin_cuda_sm() {
  Driver& d = driver();
  const Lock lock(d.mutex);
  return d.device.sm;
}

STANDIN_EXPORT int standin_cuda_enqueue(CUstream_st* stream, int (*function)(void*), void* data,
                                        void (*destroy)(void*), const void* const* addresses,
                                        std::size_t count) {
  const std::shared_ptr<void> owned(data, destroy);
  std::vector<std::uintptr_t> touches;
  for (std::size_t i = 0; i < count; ++i) touches.push_back(reinterpret_cast<std::uintptr_t>(addresses[i]));
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  return enqueue(
      d, stream, [function, owned] { return function(owned.get()); }, touches);
}

STANDIN_EXPORT void* standin_cuda_host_view(unsigned long long address, std::size_t size) {
  Driver& d = driver();
  const Lock lock(d.mutex);
  return d.memory.host_view(address, size);
}

STANDIN_EXPORT void standin_cuda_invalidate_capture(CUstream_st* handle) {
  Driver& d = driver();
  const Lock lock(d.mutex);
  const auto stream = find_stream(d, handle);
  if (stream && stream->capture == CaptureState::kActive) stream->capture = CaptureState::kInvalidated;
}
