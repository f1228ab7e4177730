// A TensorRT from the future.
#include <cstdint>

#include "control.h"

#define STANDIN_EXPORT extern "C" __attribute__((visibility("default")))

STANDIN_EXPORT const int jetson_vla_standin_library = 1;
STANDIN_EXPORT std::int32_t getInferLibVersion() {
  return 120000;
}
STANDIN_EXPORT void* createInferRuntime_INTERNAL(void*, std::int32_t) {
  return nullptr;
}
