#include "engine.h"

#include <utility>

#include "../engine_error.h"
#include "context.h"
#include "describe.h"

namespace jetson_vla::tensorrt {

NvEngine::NvEngine(TensorRt& tensorrt, std::shared_ptr<nvinfer1::IRuntime> runtime,
                   std::unique_ptr<nvinfer1::ICudaEngine> engine)
    : tensorrt_(tensorrt),
      runtime_(std::move(runtime)),
      engine_(std::move(engine)),
      description_(describe(tensorrt, *engine_)) {}

std::unique_ptr<ExecutionContext> NvEngine::create_context() {
  const LogMark mark = tensorrt_.logger.mark();
  std::unique_ptr<nvinfer1::IExecutionContext> context(engine_->createExecutionContext());
  if (!context)
    throw engine_error(tensorrt_.name() + " cannot create an execution context",
                       tensorrt_.logger.errors_since(mark));
  return std::make_unique<NvContext>(tensorrt_, engine_, std::move(context), description_);
}

std::string NvEngine::inspect() const {
  const LogMark mark = tensorrt_.logger.mark();
  const std::unique_ptr<nvinfer1::IEngineInspector> inspector(engine_->createEngineInspector());
  const char* text =
      inspector ? inspector->getEngineInformation(nvinfer1::LayerInformationFormat::kJSON) : nullptr;
  if (text == nullptr)
    throw engine_error(tensorrt_.name() + " cannot inspect this engine", tensorrt_.logger.errors_since(mark));
  return text;
}

}  // namespace jetson_vla::tensorrt
