#pragma once

#include <cstddef>
#include <vector>

struct CUstream_st;

/// The stand-in driver, found in the process: like the real library, this one works only where a driver is.
namespace standin::tensorrt::cuda {

/// Why CUDA cannot be used from this thread, as a driver error code; 0 if it can.
int status();

/// Compute capability × 10.
int sm();

bool allocate(unsigned long long* address, std::size_t size);
void release(unsigned long long address);
bool is_capturing(CUstream_st* stream);
void invalidate_capture(CUstream_st* stream);
/// `addresses`: what the function reads or writes.
int enqueue(CUstream_st* stream, int (*function)(void*), void* data, void (*destroy)(void*),
            const std::vector<const void*>& addresses);

/// Host bytes behind a device address; null if the device may not touch all of them.
void* host_view(const void* address, std::size_t size);

}  // namespace standin::tensorrt::cuda
