#include "runtime.h"

#include "../engine_error.h"
#include "engine.h"

namespace jetson_vla::tensorrt {

NvRuntime::NvRuntime(TensorRt& tensorrt) : tensorrt_(tensorrt) {
  const LogMark mark = tensorrt.logger.mark();
  void* object = create_object(tensorrt, "createInferRuntime_INTERNAL", "Install libnvinfer.so.");
  if (object == nullptr)
    throw engine_error(tensorrt.name() + " does not start", tensorrt.logger.errors_since(mark));
  runtime_.reset(static_cast<nvinfer1::IRuntime*>(object));
}

DeserialisedEngine NvRuntime::deserialise(const void* data, std::size_t size, HostCode host_code) {
#if NV_TENSORRT_MAJOR >= 10 || NV_TENSORRT_MINOR >= 6
  constexpr std::int32_t kWithHostCode = 80600;
  if (tensorrt_.is_at_least(kWithHostCode)) runtime_->setEngineHostCodeAllowed(host_code == HostCode::kAllow);
#else
  static_cast<void>(host_code);
#endif
  const LogMark mark = tensorrt_.logger.mark();
  std::unique_ptr<nvinfer1::ICudaEngine> engine(runtime_->deserializeCudaEngine(data, size));
  if (!engine)
    throw engine_error(tensorrt_.name() + " cannot load this engine", tensorrt_.logger.errors_since(mark));
  DeserialisedEngine result;
  result.engine = std::make_unique<NvEngine>(tensorrt_, runtime_, std::move(engine));
  result.warnings = tensorrt_.logger.warnings_since(mark);
  return result;
}

}  // namespace jetson_vla::tensorrt
