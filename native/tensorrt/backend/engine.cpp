#include "engine.h"

#include <utility>

#include "../engine_error.h"
#include "context.h"
#include "describe.h"

namespace jetson_vla::tensorrt {
namespace {

std::shared_ptr<nvinfer1::ICudaEngine> share(std::unique_ptr<nvinfer1::ICudaEngine> engine,
                                             std::shared_ptr<nvinfer1::IRuntime> runtime) {
  // The deleter, and with it the runtime, goes after the engine.
  return {engine.release(), [runtime = std::move(runtime)](nvinfer1::ICudaEngine* last) {
            std::default_delete<nvinfer1::ICudaEngine>{}(last);
          }};
}

}  // namespace

NvEngine::NvEngine(TensorRt& tensorrt, std::shared_ptr<nvinfer1::IRuntime> runtime,
                   std::unique_ptr<nvinfer1::ICudaEngine> engine)
    : tensorrt_(tensorrt),
      engine_(share(std::move(engine), std::move(runtime))),
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
