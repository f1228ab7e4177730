#include "tensorrt.h"

#include <string>

#include "../cuda/device.h"
#include "../tensorrt/library.h"
#include "../tensorrt/version.h"
#include "js_error.h"
#include "read_options.h"

namespace jetson_vla::binding {
namespace {

Napi::Object describe_device(Napi::Env env, const cuda::DeviceInfo& device) {
  Napi::Object described = Napi::Object::New(env);
  described.Set("ordinal", Napi::Number::New(env, device.ordinal));
  described.Set("name", device.name);
  described.Set("computeCapability",
                std::to_string(device.capability_major) + "." + std::to_string(device.capability_minor));
  described.Set("integrated", Napi::Boolean::New(env, device.integrated));
  described.Set("totalMemoryBytes", Napi::Number::New(env, static_cast<double>(device.total_memory_bytes)));
  return described;
}

Napi::Value open_tensorrt(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const LibraryOptions options = read_libraries(info[0]);
    // First: some versions of TensorRT crash when CUDA is not initialised.
    const cuda::Driver& driver = cuda::Driver::open(options.cuda);
    const auto context = cuda::Context::retain(driver, options.device);
    const tensorrt::Library& library =
        tensorrt::open_library({options.nvinfer, options.onnx_parser, options.backend_directory});
    {
      const cuda::CurrentContext current(*context);
      library.backend().create_runtime();
    }
    Napi::Object opened = Napi::Object::New(env);
    opened.Set("path", library.path());
    opened.Set("version", tensorrt::version_text(library.version()));
    opened.Set("standin", Napi::Boolean::New(env, library.standin()));
    opened.Set("cudaDriverVersion", Napi::Number::New(env, driver.version()));
    opened.Set("device", describe_device(env, context->device()));
    return opened;
  });
}

}  // namespace

void register_tensorrt(Napi::Env env, Napi::Object exports) {
  exports.Set("openTensorRT", Napi::Function::New(env, open_tensorrt, "openTensorRT"));
}

}  // namespace jetson_vla::binding
