#pragma once

#include <memory>
#include <string>
#include <vector>

#include "library_calls.h"

namespace jetson_vla::tensorrt {

class NvContext final : public ExecutionContext {
 public:
  NvContext(TensorRt& tensorrt, std::shared_ptr<nvinfer1::ICudaEngine> engine,
            std::unique_ptr<nvinfer1::IExecutionContext> context, const EngineDescription& description);

  void set_profile(std::int32_t profile, CUstream_st* stream) override;
  void set_input_shape(const std::string& name, const Shape& shape) override;
  void set_address(const std::string& name, void* address) override;
  void infer_shapes() override;
  Shape shape(const std::string& name) const override;
  std::int64_t max_output_bytes(const std::string& name) const override;

  bool enqueue(CUstream_st* stream) noexcept override;
  bool execute(void* const* bindings) noexcept override;
  std::string last_error() const override;

 private:
  std::string errors_text() const;

  TensorRt& tensorrt_;
  // Before the context, which must not outlive it.
  std::shared_ptr<nvinfer1::ICudaEngine> engine_;
  std::unique_ptr<nvinfer1::IExecutionContext> context_;
  /// Before the last call that may fail.
  LogMark mark_;
  std::size_t tensor_count_;
  std::size_t profile_ = 0;
#if NV_TENSORRT_MAJOR < 10
  /// One slot per tensor and profile.
  std::vector<void*> bindings_;
#endif
};

}  // namespace jetson_vla::tensorrt
