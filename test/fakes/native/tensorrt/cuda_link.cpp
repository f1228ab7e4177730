#include "cuda_link.h"

#include <dlfcn.h>

#include "../cuda/control.h"

namespace standin::tensorrt::cuda {
namespace {

struct Driver {
  int (*ctx_get_current)(CUctx_st**) = nullptr;
  int (*mem_alloc)(unsigned long long*, std::size_t) = nullptr;
  int (*mem_free)(unsigned long long) = nullptr;
  int (*stream_is_capturing)(CUstream_st*, int*) = nullptr;
  decltype(&standin_cuda_sm) sm = nullptr;
  decltype(&standin_cuda_enqueue) enqueue = nullptr;
  decltype(&standin_cuda_host_view) host_view = nullptr;
  decltype(&standin_cuda_invalidate_capture) invalidate_capture = nullptr;
};

template <class Function>
bool find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  return function != nullptr;
}

const Driver* open_driver() {
  // Not opened by this library: a process that has not loaded the driver itself has not initialised it
  // either.
  void* const library = dlopen("libcuda.so.1", RTLD_NOLOAD | RTLD_LAZY);
  if (library == nullptr) return nullptr;
  static Driver found;
  const bool complete =
      find(library, "cuCtxGetCurrent", found.ctx_get_current) &&
      find(library, "cuMemAlloc_v2", found.mem_alloc) && find(library, "cuMemFree_v2", found.mem_free) &&
      find(library, "cuStreamIsCapturing", found.stream_is_capturing) &&
      find(library, "standin_cuda_sm", found.sm) && find(library, "standin_cuda_enqueue", found.enqueue) &&
      find(library, "standin_cuda_host_view", found.host_view) &&
      find(library, "standin_cuda_invalidate_capture", found.invalidate_capture);
  return complete ? &found : nullptr;
}

const Driver* driver() {
  static const Driver* const found = open_driver();
  return found;
}

constexpr int kNoDriver = 35;
constexpr int kInvalidContext = 201;

}  // namespace

int status() {
  if (driver() == nullptr) return kNoDriver;
  CUctx_st* context = nullptr;
  if (const int code = driver()->ctx_get_current(&context)) return code;
  return context != nullptr ? 0 : kInvalidContext;
}

int sm() {
  return driver()->sm();
}

bool allocate(unsigned long long* address, std::size_t size) {
  return driver()->mem_alloc(address, size) == 0;
}

void release(unsigned long long address) {
  if (address != 0) driver()->mem_free(address);
}

bool is_capturing(CUstream_st* stream) {
  int state = 0;
  return driver()->stream_is_capturing(stream, &state) == 0 && state != 0;
}

void invalidate_capture(CUstream_st* stream) {
  driver()->invalidate_capture(stream);
}

int enqueue(CUstream_st* stream, int (*function)(void*), void* data, void (*destroy)(void*),
            const std::vector<const void*>& addresses) {
  return driver()->enqueue(stream, function, data, destroy, addresses.data(), addresses.size());
}

void* host_view(const void* address, std::size_t size) {
  return driver()->host_view(reinterpret_cast<unsigned long long>(address), size);
}

}  // namespace standin::tensorrt::cuda
