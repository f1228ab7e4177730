#pragma once

#include <memory>
#include <string>

#include "cuda/buffer.h"
#include "tensorrt/backend.h"

namespace jetson_vla::gpu {

/// A backend without TensorRT: its engine copies the float32 input `in` (1 … n values) to the output `out`,
/// through pinned memory and on the stream that it is given. So everything else of a session can be tried on
/// any CUDA GPU.
class LoopbackBackend final : public tensorrt::Backend {
 public:
  /// `values`: the largest size of the input. `capturable`: whether the engine may be captured into a graph.
  LoopbackBackend(const cuda::Driver& driver, std::int64_t values, bool capturable)
      : driver_(driver), values_(values), capturable_(capturable) {}

  std::unique_ptr<tensorrt::Runtime> create_runtime() override;
  tensorrt::BuildResult build(const std::string& onnx_file, const tensorrt::BuildOptions& options,
                              const tensorrt::ProgressSink& progress) override;

 private:
  const cuda::Driver& driver_;
  std::int64_t values_;
  bool capturable_;
};

}  // namespace jetson_vla::gpu
