#pragma once

#include <NvInfer.h>

#include "engine_file.h"

namespace standin::tensorrt {

/// What TensorRT returns for a tensor that does not exist.
inline nvinfer1::Dims invalid_dims() {
  nvinfer1::Dims dims{};
  dims.nbDims = -1;
  return dims;
}

inline nvinfer1::Dims to_dims(const Extents& shape) {
  nvinfer1::Dims dims{};
  dims.nbDims = static_cast<std::int32_t>(shape.size());
  for (std::size_t i = 0; i < shape.size(); ++i) {
    dims.d[i] = static_cast<nvinfer1::StandinExtent>(shape[i]);
  }
  return dims;
}

inline Extents from_dims(const nvinfer1::Dims& dims) {
  if (dims.nbDims < 0 || dims.nbDims > nvinfer1::Dims::MAX_DIMS) return {};
  return Extents(dims.d, dims.d + dims.nbDims);
}

}  // namespace standin::tensorrt
