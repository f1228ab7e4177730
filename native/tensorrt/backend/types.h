#pragma once

#include <string>

#include "../backend.h"
#include "nv.h"

namespace jetson_vla::tensorrt {

/// Throws TENSORRT_FAILED, naming `what`, for the rank −1 with which TensorRT reports a failure.
Shape to_shape(const nvinfer1::Dims& dims, const std::string& what);

/// Throws INVALID_ARGUMENT, naming `what`, for a rank outside 0 … 8 or an extent that this major cannot hold.
nvinfer1::Dims to_dims(const Shape& shape, const std::string& what);

ElementType to_element_type(nvinfer1::DataType type) noexcept;

/// Such as "FP8"; "type 42" for one that these headers do not know.
std::string type_name(nvinfer1::DataType type);

}  // namespace jetson_vla::tensorrt
