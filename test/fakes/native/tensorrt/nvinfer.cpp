// The entry points of libnvinfer.
#include <map>
#include <mutex>
#include <string>

#include "control.h"
#include "cuda_link.h"
#include "ledger.h"
#include "objects.h"

using namespace standin::tensorrt;

namespace {

/// The real library ignores a second logger while anything that was made with the first one lives.
void notice_other_logger(const nvinfer1::ILogger& logger) {
  static std::mutex mutex;
  static const nvinfer1::ILogger* registered = nullptr;
  const std::lock_guard<std::mutex> lock(mutex);
  std::map<std::string, std::int64_t> living = ledger_counts("live");
  if (registered != &logger && living["runtimes"] + living["builders"] > 0) count_violation("otherLogger");
  registered = &logger;
}

/// What the real factories check before they make anything.
bool usable(nvinfer1::ILogger& logger, const char* factory, std::int32_t version) {
  const Reporter reporter(&logger);
  notice_other_logger(logger);
  const std::int32_t major = version / (version >= 100000 ? 10000 : 1000);
  if (major != NV_TENSORRT_MAJOR) {
    reporter.error(factory, nvinfer1::ErrorCode::kINVALID_ARGUMENT,
                   "the caller was compiled against version " + std::to_string(version) +
                       ", this library is " + std::to_string(NV_TENSORRT_VERSION));
    return false;
  }
  if (const int code = cuda::status()) {
    reporter.error(factory, nvinfer1::ErrorCode::kFAILED_INITIALIZATION,
                   "CUDA initialization failure with error: " + std::to_string(code));
    return false;
  }
  return true;
}

}  // namespace

STANDIN_EXPORT std::int32_t getInferLibVersion() noexcept {
  return NV_TENSORRT_VERSION;
}

STANDIN_EXPORT void* createInferRuntime_INTERNAL(void* logger, std::int32_t version) noexcept {
  auto& typed = *static_cast<nvinfer1::ILogger*>(logger);
  STANDIN_METHOD(Reporter(&typed), "createInferRuntime", nullptr);
  return usable(typed, "createInferRuntime", version) ? make_runtime(typed) : nullptr;
}

STANDIN_EXPORT void* createInferBuilder_INTERNAL(void* logger, std::int32_t version) noexcept {
  auto& typed = *static_cast<nvinfer1::ILogger*>(logger);
  STANDIN_METHOD(Reporter(&typed), "createInferBuilder", nullptr);
  return usable(typed, "createInferBuilder", version) ? make_builder(typed) : nullptr;
}

STANDIN_EXPORT void standin_tensorrt_set_build_step_ms(int milliseconds) {
  set_build_step_ms(milliseconds);
}
