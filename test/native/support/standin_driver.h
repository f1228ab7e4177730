#pragma once

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>
#include <string>

#include "fakes/native/cuda/control.h"
#include "fakes/native/cuda/driver_types.h"

namespace jetson_vla::test {

using namespace standin::cuda;

inline void* open_standin(const std::string& file) {
  void* const library = dlopen((std::string(JETSON_VLA_STANDIN_DIRECTORY) + "/" + file).c_str(), RTLD_LAZY);
  if (library == nullptr) throw std::runtime_error(dlerror());
  return library;
}

template <class Function>
Function* symbol(void* library, const char* name) {
  void* const found = dlsym(library, name);
  if (found == nullptr) throw std::runtime_error(std::string("not exported: ") + name);
  return reinterpret_cast<Function*>(found);
}

/// The stand-in driver as a program finds it: by name.
struct StandinDriver {
  void* library = open_standin("cuda/libcuda.so.1");

#define STANDIN_SYMBOL(member, name, ...) \
  Result (*member)(__VA_ARGS__) = symbol<Result(__VA_ARGS__)>(library, name)
  STANDIN_SYMBOL(init, "cuInit", unsigned);
  STANDIN_SYMBOL(attribute, "cuDeviceGetAttribute", int*, int, Device);
  STANDIN_SYMBOL(retain, "cuDevicePrimaryCtxRetain", Context*, Device);
  STANDIN_SYMBOL(release, "cuDevicePrimaryCtxRelease_v2", Device);
  STANDIN_SYMBOL(set_current, "cuCtxSetCurrent", Context);
  STANDIN_SYMBOL(alloc, "cuMemAlloc_v2", DevicePointer*, std::size_t);
  STANDIN_SYMBOL(free, "cuMemFree_v2", DevicePointer);
  STANDIN_SYMBOL(host_alloc, "cuMemHostAlloc", void**, std::size_t, unsigned);
  STANDIN_SYMBOL(host_free, "cuMemFreeHost", void*);
  STANDIN_SYMBOL(host_device_pointer, "cuMemHostGetDevicePointer_v2", DevicePointer*, void*, unsigned);
  STANDIN_SYMBOL(to_device, "cuMemcpyHtoDAsync_v2", DevicePointer, const void*, std::size_t, StreamHandle);
  STANDIN_SYMBOL(to_host, "cuMemcpyDtoHAsync_v2", void*, DevicePointer, std::size_t, StreamHandle);
  STANDIN_SYMBOL(memset, "cuMemsetD8Async", DevicePointer, unsigned char, std::size_t, StreamHandle);
  STANDIN_SYMBOL(stream_create, "cuStreamCreate", StreamHandle*, unsigned);
  STANDIN_SYMBOL(stream_destroy, "cuStreamDestroy_v2", StreamHandle);
  STANDIN_SYMBOL(synchronize, "cuStreamSynchronize", StreamHandle);
  STANDIN_SYMBOL(query, "cuStreamQuery", StreamHandle);
  STANDIN_SYMBOL(wait_event, "cuStreamWaitEvent", StreamHandle, EventHandle, unsigned);
  STANDIN_SYMBOL(event_create, "cuEventCreate", EventHandle*, unsigned);
  STANDIN_SYMBOL(event_destroy, "cuEventDestroy_v2", EventHandle);
  STANDIN_SYMBOL(record, "cuEventRecord", EventHandle, StreamHandle);
  STANDIN_SYMBOL(event_synchronize, "cuEventSynchronize", EventHandle);
  STANDIN_SYMBOL(elapsed, "cuEventElapsedTime", float*, EventHandle, EventHandle);
  STANDIN_SYMBOL(begin_capture, "cuStreamBeginCapture_v2", StreamHandle, int);
  STANDIN_SYMBOL(end_capture, "cuStreamEndCapture", StreamHandle, GraphHandle*);
  STANDIN_SYMBOL(instantiate, "cuGraphInstantiateWithFlags", GraphExecHandle*, GraphHandle,
                 unsigned long long);
  STANDIN_SYMBOL(launch, "cuGraphLaunch", GraphExecHandle, StreamHandle);
  STANDIN_SYMBOL(graph_exec_destroy, "cuGraphExecDestroy", GraphExecHandle);
  STANDIN_SYMBOL(graph_destroy, "cuGraphDestroy", GraphHandle);
#undef STANDIN_SYMBOL

  decltype(&standin_cuda_reset) reset =
      symbol<std::remove_pointer_t<decltype(&standin_cuda_reset)>>(library, "standin_cuda_reset");
  decltype(&standin_cuda_counters) counters =
      symbol<std::remove_pointer_t<decltype(&standin_cuda_counters)>>(library, "standin_cuda_counters");
  decltype(&standin_cuda_fail) fail =
      symbol<std::remove_pointer_t<decltype(&standin_cuda_fail)>>(library, "standin_cuda_fail");
  decltype(&standin_cuda_configure) configure =
      symbol<std::remove_pointer_t<decltype(&standin_cuda_configure)>>(library, "standin_cuda_configure");
};

/// The number behind "key": in the counters' JSON; 0 if the key is not there.
inline long counter(const std::string& json, const std::string& key) {
  const std::string quoted = "\"" + key + "\":";
  const auto at = json.find(quoted);
  return at == std::string::npos ? 0 : std::strtol(json.c_str() + at + quoted.size(), nullptr, 10);
}

}  // namespace jetson_vla::test
