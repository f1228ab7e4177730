#pragma once

#include "library_calls.h"

namespace jetson_vla::tensorrt {

/// Copies everything that there is to know about an engine. Throws TENSORRT_FAILED.
EngineDescription describe(const TensorRt& tensorrt, const nvinfer1::ICudaEngine& engine);

}  // namespace jetson_vla::tensorrt
