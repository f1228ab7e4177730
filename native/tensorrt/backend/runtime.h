#pragma once

#include <memory>

#include "library_calls.h"

namespace jetson_vla::tensorrt {

class NvRuntime final : public Runtime {
 public:
  /// Throws TENSORRT_FAILED, OUT_OF_DEVICE_MEMORY.
  explicit NvRuntime(TensorRt& tensorrt);

  DeserialisedEngine deserialise(const void* data, std::size_t size, HostCode host_code) override;

 private:
  TensorRt& tensorrt_;
  std::shared_ptr<nvinfer1::IRuntime> runtime_;
};

}  // namespace jetson_vla::tensorrt
