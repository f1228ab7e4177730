#include "library_calls.h"

#include <dlfcn.h>

#include <algorithm>

#include "../../error.h"
#include "../version.h"

namespace jetson_vla::tensorrt {
namespace {

/// The factories adjust the address of a new object to that of one of its bases without looking whether there
/// is an object: without a GPU, TensorRT 10.16 and 11.4 return 0x228 from createInferRuntime_INTERNAL.
bool is_object(const void* address) {
  constexpr std::uintptr_t kFirstPage = 4096;
  return reinterpret_cast<std::uintptr_t>(address) >= kFirstPage;
}

/// What an application passes is the version of its headers. Never one that is newer than the library, which
/// may refuse that, nor than the headers, because the library may rely on what the application's own objects
/// have.
std::int32_t factory_version(const TensorRt& tensorrt) {
  return reported_version(std::min(kHeadersVersion, tensorrt.libraries.nvinfer_version));
}

}  // namespace

std::string TensorRt::name() const {
  return "TensorRT " + version_text(libraries.nvinfer_version);
}

void* create_object(TensorRt& tensorrt, const char* factory, const char* hint) {
  using Factory = void* (*)(void* logger, std::int32_t version);
  auto* create = reinterpret_cast<Factory>(::dlsym(tensorrt.libraries.nvinfer, factory));
  if (create == nullptr)
    throw Error(ErrorCode::kTensorRtNotFound, "this library of " + tensorrt.name() + " has no " + factory,
                hint);
  nvinfer1::ILogger* logger = &tensorrt.logger;
  void* object = create(logger, factory_version(tensorrt));
  return is_object(object) ? object : nullptr;
}

}  // namespace jetson_vla::tensorrt
