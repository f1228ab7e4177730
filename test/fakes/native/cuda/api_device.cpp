// Initialisation, devices and contexts.
#include <cstring>

#include "context_stack.h"
#include "driver.h"
#include "entry.h"

namespace standin::cuda {

std::vector<Context>& context_stack() {
  thread_local std::vector<Context> stack;
  return stack;
}

Context current_context() {
  return context_stack().empty() ? nullptr : context_stack().back();
}

}  // namespace standin::cuda

using namespace standin::cuda;

namespace {

Result check_device(const Driver& d, Device device) {
  if (!d.initialised) return kNotInitialized;
  return device == 0 ? kSuccess : kInvalidDevice;
}

}  // namespace

STANDIN_EXPORT Result cuInit(unsigned flags) {
  STANDIN_ENTER("cuInit");
  if (flags != 0) return kInvalidValue;
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (!d.device.present) return kNoDevice;
  d.initialised = true;
  return kSuccess;
}

STANDIN_EXPORT Result cuDriverGetVersion(int* version) {
  STANDIN_ENTER("cuDriverGetVersion");
  if (!version) return kInvalidValue;
  Driver& d = driver();
  const Lock lock(d.mutex);
  *version = d.device.driver_version;
  return kSuccess;
}

STANDIN_EXPORT Result cuDeviceGetCount(int* count) {
  STANDIN_ENTER("cuDeviceGetCount");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (!d.initialised) return kNotInitialized;
  *count = 1;
  return kSuccess;
}

STANDIN_EXPORT Result cuDeviceGet(Device* device, int ordinal) {
  STANDIN_ENTER("cuDeviceGet");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = check_device(d, ordinal)) return bad;
  *device = ordinal;
  return kSuccess;
}

STANDIN_EXPORT Result cuDeviceGetName(char* name, int length, Device device) {
  STANDIN_ENTER("cuDeviceGetName");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = check_device(d, device)) return bad;
  if (!name || length < 1) return kInvalidValue;
  std::strncpy(name, d.device.name.c_str(), static_cast<std::size_t>(length) - 1);
  name[length - 1] = '\0';
  return kSuccess;
}

STANDIN_EXPORT Result cuDeviceGetUuid_v2(char* uuid, Device device) {
  STANDIN_ENTER("cuDeviceGetUuid_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = check_device(d, device)) return bad;
  std::memcpy(uuid, "standin-gpu-0000", 16);
  return kSuccess;
}

STANDIN_EXPORT Result cuDeviceGetAttribute(int* value, int attribute, Device device) {
  STANDIN_ENTER("cuDeviceGetAttribute");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = check_device(d, device)) return bad;
  switch (attribute) {
    case 16:  // multiprocessors
      *value = 16;
      return kSuccess;
    case 18:
      *value = d.device.integrated;
      return kSuccess;
    case 19:
      *value = d.device.can_map_host;
      return kSuccess;
    case 41:  // unified addressing
    case 88:  // pageable memory access
    case 89:  // concurrent managed access
      *value = attribute == 41;
      return kSuccess;
    case 75:
      *value = d.device.sm / 10;
      return kSuccess;
    case 76:
      *value = d.device.sm % 10;
      return kSuccess;
    default:
      return kInvalidValue;
  }
}

STANDIN_EXPORT Result cuDeviceTotalMem_v2(std::size_t* bytes, Device device) {
  STANDIN_ENTER("cuDeviceTotalMem_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = check_device(d, device)) return bad;
  *bytes = d.device.total_memory;
  return kSuccess;
}

STANDIN_EXPORT Result cuDevicePrimaryCtxRetain(Context* context, Device device) {
  STANDIN_ENTER("cuDevicePrimaryCtxRetain");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = check_device(d, device)) return bad;
  if (!context) return kInvalidValue;
  ++d.context_retains;
  *context = primary_context();
  return kSuccess;
}

STANDIN_EXPORT Result cuDevicePrimaryCtxRelease_v2(Device device) {
  static Entry entry("cuDevicePrimaryCtxRelease_v2");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    const Lock lock(d.mutex);
    if (const Result bad = check_device(d, device)) return bad;
    if (d.context_retains == 0) return kInvalidContext;
    if (--d.context_retains > 0) return kSuccess;
    d.context_error = kSuccess;
    const std::size_t blocks = d.memory.count(MemoryKind::kDevice) + d.memory.count(MemoryKind::kHost) +
                               d.memory.count(MemoryKind::kMappedHost);
    const std::size_t objects =
        blocks + d.streams.size() - 1 + d.events.size() + d.graphs.size() + d.graph_execs.size();
    d.violations.objects_at_context_release += static_cast<std::int64_t>(objects);
    return kSuccess;
  });
}

STANDIN_EXPORT Result cuCtxSetCurrent(Context context) {
  STANDIN_ENTER("cuCtxSetCurrent");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (!d.initialised) return kNotInitialized;
  if (context && (context != primary_context() || d.context_retains == 0)) return kInvalidContext;
  auto& stack = context_stack();
  if (!stack.empty()) stack.pop_back();
  if (context) stack.push_back(context);
  return kSuccess;
}

STANDIN_EXPORT Result cuCtxGetCurrent(Context* context) {
  STANDIN_ENTER("cuCtxGetCurrent");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (!d.initialised) return kNotInitialized;
  *context = current_context();
  return kSuccess;
}

STANDIN_EXPORT Result cuCtxPushCurrent_v2(Context context) {
  STANDIN_ENTER("cuCtxPushCurrent_v2");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (!d.initialised) return kNotInitialized;
  if (context != primary_context() || d.context_retains == 0) return kInvalidContext;
  context_stack().push_back(context);
  return kSuccess;
}

STANDIN_EXPORT Result cuCtxPopCurrent_v2(Context* context) {
  static Entry entry("cuCtxPopCurrent_v2");
  return entry.free([&]() -> Result {
    Driver& d = driver();
    const Lock lock(d.mutex);
    if (!d.initialised) return kNotInitialized;
    if (!current_context()) return kInvalidContext;
    if (context) *context = current_context();
    context_stack().pop_back();
    return kSuccess;
  });
}

STANDIN_EXPORT Result cuCtxGetDevice(Device* device) {
  STANDIN_ENTER("cuCtxGetDevice");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  *device = 0;
  return kSuccess;
}

STANDIN_EXPORT Result cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  STANDIN_ENTER("cuCtxGetStreamPriorityRange");
  Driver& d = driver();
  const Lock lock(d.mutex);
  if (const Result bad = require_context(d)) return bad;
  if (least) *least = 0;
  if (greatest) *greatest = -5;
  return kSuccess;
}
