#pragma once

#include <cstddef>
#include <cstdint>

struct CUctx_st;
struct CUstream_st;
struct CUevent_st;
struct CUgraph_st;
struct CUgraphExec_st;

/// The part of the CUDA driver API that is used, declared here because neither cuda.h nor libcuda is there at
/// build time. Signatures and constants as documented in the CUDA Driver API reference.
namespace jetson_vla::cuda {

using Result = int;
using Device = int;
using DeviceAddress = unsigned long long;
using ContextHandle = CUctx_st*;
using StreamHandle = CUstream_st*;
using EventHandle = CUevent_st*;
using GraphHandle = CUgraph_st*;
using GraphExecHandle = CUgraphExec_st*;

inline constexpr Result kSuccess = 0;
inline constexpr Result kErrorOutOfMemory = 2;

inline constexpr int kAttributeIntegrated = 18;
inline constexpr int kAttributeCanMapHostMemory = 19;
inline constexpr int kAttributeComputeCapabilityMajor = 75;
inline constexpr int kAttributeComputeCapabilityMinor = 76;

inline constexpr unsigned kHostAllocPortable = 0x01;
inline constexpr unsigned kHostAllocMapped = 0x02;
inline constexpr unsigned kStreamNonBlocking = 0x01;
inline constexpr unsigned kEventBlockingSync = 0x01;
inline constexpr unsigned kEventDisableTiming = 0x02;
inline constexpr int kCaptureThreadLocal = 1;

/// member name, exported symbol, signature. The symbols with _v2 are the only ones with these signatures.
#define JETSON_VLA_CUDA_API(X)                                                                            \
  X(init, "cuInit", Result(unsigned))                                                                     \
  X(driver_get_version, "cuDriverGetVersion", Result(int*))                                               \
  X(get_error_name, "cuGetErrorName", Result(Result, const char**))                                       \
  X(get_error_string, "cuGetErrorString", Result(Result, const char**))                                   \
  X(device_get_count, "cuDeviceGetCount", Result(int*))                                                   \
  X(device_get, "cuDeviceGet", Result(Device*, int))                                                      \
  X(device_get_name, "cuDeviceGetName", Result(char*, int, Device))                                       \
  X(device_get_attribute, "cuDeviceGetAttribute", Result(int*, int, Device))                              \
  X(device_total_mem, "cuDeviceTotalMem_v2", Result(std::size_t*, Device))                                \
  X(primary_ctx_retain, "cuDevicePrimaryCtxRetain", Result(ContextHandle*, Device))                       \
  X(primary_ctx_release, "cuDevicePrimaryCtxRelease_v2", Result(Device))                                  \
  X(ctx_push_current, "cuCtxPushCurrent_v2", Result(ContextHandle))                                       \
  X(ctx_pop_current, "cuCtxPopCurrent_v2", Result(ContextHandle*))                                        \
  X(ctx_get_stream_priority_range, "cuCtxGetStreamPriorityRange", Result(int*, int*))                     \
  X(mem_get_info, "cuMemGetInfo_v2", Result(std::size_t*, std::size_t*))                                  \
  X(mem_alloc, "cuMemAlloc_v2", Result(DeviceAddress*, std::size_t))                                      \
  X(mem_free, "cuMemFree_v2", Result(DeviceAddress))                                                      \
  X(mem_host_alloc, "cuMemHostAlloc", Result(void**, std::size_t, unsigned))                              \
  X(mem_free_host, "cuMemFreeHost", Result(void*))                                                        \
  X(mem_host_get_device_pointer, "cuMemHostGetDevicePointer_v2", Result(DeviceAddress*, void*, unsigned)) \
  X(memcpy_htod_async, "cuMemcpyHtoDAsync_v2",                                                            \
    Result(DeviceAddress, const void*, std::size_t, StreamHandle))                                        \
  X(memcpy_dtoh_async, "cuMemcpyDtoHAsync_v2", Result(void*, DeviceAddress, std::size_t, StreamHandle))   \
  X(stream_create_with_priority, "cuStreamCreateWithPriority", Result(StreamHandle*, unsigned, int))      \
  X(stream_destroy, "cuStreamDestroy_v2", Result(StreamHandle))                                           \
  X(stream_synchronize, "cuStreamSynchronize", Result(StreamHandle))                                      \
  X(event_create, "cuEventCreate", Result(EventHandle*, unsigned))                                        \
  X(event_record, "cuEventRecord", Result(EventHandle, StreamHandle))                                     \
  X(event_synchronize, "cuEventSynchronize", Result(EventHandle))                                         \
  X(event_destroy, "cuEventDestroy_v2", Result(EventHandle))                                              \
  X(stream_begin_capture, "cuStreamBeginCapture_v2", Result(StreamHandle, int))                           \
  X(stream_end_capture, "cuStreamEndCapture", Result(StreamHandle, GraphHandle*))                         \
  X(graph_instantiate, "cuGraphInstantiateWithFlags",                                                     \
    Result(GraphExecHandle*, GraphHandle, unsigned long long))                                            \
  X(graph_launch, "cuGraphLaunch", Result(GraphExecHandle, StreamHandle))                                 \
  X(graph_exec_destroy, "cuGraphExecDestroy", Result(GraphExecHandle))                                    \
  X(graph_destroy, "cuGraphDestroy", Result(GraphHandle))

}  // namespace jetson_vla::cuda
