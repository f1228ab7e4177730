// A library that looks like TensorRT and takes the process down while it is loaded.
#include <csignal>
#include <cstdint>

namespace {

__attribute__((constructor)) void crash() {
  std::raise(SIGSEGV);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) std::int32_t getInferLibVersion() {
  return 101600;
}
