#pragma once

// What tests and the stand-in TensorRT call beyond the driver's own entry points. Found with dlsym.
#include <cstddef>
#include <cstdint>

#include "driver_types.h"

extern "C" {

/// Marks a stand-in library; the loader looks for the symbol.
extern const int jetson_vla_standin_library;

/// Forgets faults, call counts, violations and configuration; with `everything` also all live objects, the
/// initialisation and the retained contexts.
void standin_cuda_reset(int everything);

/// JSON: {"live": {...}, "violations": {...}, "calls": {entry: count}, "totalCalls": n}. Valid until this
/// thread's next call.
const char* standin_cuda_counters();

/// See fail_call in entry.h.
void standin_cuda_fail(const char* entry, std::int64_t nth, int code);

/// Keys: present, name, sm ("8.7"), integrated, canMapHost, totalMemory (bytes), driverVersion, latencyUs,
/// stickyErrors. Booleans are 0 or 1. False: no such key.
int standin_cuda_configure(const char* key, const char* value);

/// Compute capability × 10, such as 87.
int standin_cuda_sm();

/// Queues `function(data)` on a stream, or puts it into the graph that the stream captures; then it runs with
/// every launch. Its result is a driver error code. `destroy(data)` is called once, also when queueing fails.
/// `addresses`: what the function reads or writes.
int standin_cuda_enqueue(CUstream_st* stream, int (*function)(void*), void* data, void (*destroy)(void*),
                         const void* const* addresses, std::size_t count);

/// Host bytes behind a device address range, or null if the device may not touch all of it.
void* standin_cuda_host_view(unsigned long long address, std::size_t size);

/// What a library does that calls something forbidden while `stream` captures.
void standin_cuda_invalidate_capture(CUstream_st* stream);
}
