#pragma once

#include <memory>
#include <string>

#include "library_calls.h"

namespace jetson_vla::tensorrt {

class NvEngine final : public Engine {
 public:
  NvEngine(TensorRt& tensorrt, std::shared_ptr<nvinfer1::IRuntime> runtime,
           std::unique_ptr<nvinfer1::ICudaEngine> engine);

  const EngineDescription& description() const noexcept override { return description_; }
  std::unique_ptr<ExecutionContext> create_context() override;
  std::string inspect() const override;

 private:
  TensorRt& tensorrt_;
  /// Holds its runtime, and is held by its contexts: whichever is dropped last, they end in the right order.
  std::shared_ptr<nvinfer1::ICudaEngine> engine_;
  EngineDescription description_;
};

}  // namespace jetson_vla::tensorrt
