#include "types.h"

#include <limits>
#include <type_traits>

#include "../../error.h"

namespace jetson_vla::tensorrt {

Shape to_shape(const nvinfer1::Dims& dims, const std::string& what) {
  if (dims.nbDims < 0 || dims.nbDims > kMaxRank)
    throw Error(ErrorCode::kTensorRtFailed, "TensorRT gave no shape for " + what);
  Shape shape;
  shape.rank = dims.nbDims;
  for (std::size_t i = 0; i < static_cast<std::size_t>(dims.nbDims); ++i) shape.dims[i] = dims.d[i];
  return shape;
}

nvinfer1::Dims to_dims(const Shape& shape, const std::string& what) {
  using Extent = std::remove_reference_t<decltype(nvinfer1::Dims::d[0])>;
  if (shape.rank < 0 || shape.rank > kMaxRank)
    throw Error(ErrorCode::kInvalidArgument,
                what + ": expected 0 … 8 dimensions, got " + std::to_string(shape.rank));
  nvinfer1::Dims dims{};
  dims.nbDims = shape.rank;
  for (std::size_t i = 0; i < static_cast<std::size_t>(shape.rank); ++i) {
    const std::int64_t extent = shape.dims[i];
    if (extent < 0 || extent > std::numeric_limits<Extent>::max())
      throw Error(ErrorCode::kInvalidArgument, what + ", dimension " + std::to_string(i) + ": expected 0 … " +
                                                   std::to_string(std::numeric_limits<Extent>::max()) +
                                                   ", got " + std::to_string(extent));
    dims.d[i] = static_cast<Extent>(extent);
  }
  return dims;
}

ElementType to_element_type(nvinfer1::DataType type) noexcept {
  switch (type) {
    case nvinfer1::DataType::kFLOAT:
      return ElementType::kFloat32;
    case nvinfer1::DataType::kHALF:
      return ElementType::kFloat16;
    case nvinfer1::DataType::kINT8:
      return ElementType::kInt8;
    case nvinfer1::DataType::kINT32:
      return ElementType::kInt32;
    case nvinfer1::DataType::kBOOL:
      return ElementType::kBool;
    case nvinfer1::DataType::kUINT8:
      return ElementType::kUInt8;
#if NV_TENSORRT_MAJOR >= 10
    case nvinfer1::DataType::kBF16:
      return ElementType::kBFloat16;
    case nvinfer1::DataType::kINT64:
      return ElementType::kInt64;
#endif
    default:
      return ElementType::kOther;
  }
}

std::string type_name(nvinfer1::DataType type) {
  switch (to_element_type(type)) {
    case ElementType::kFloat32:
      return "FP32";
    case ElementType::kFloat16:
      return "FP16";
    case ElementType::kBFloat16:
      return "BF16";
    case ElementType::kInt8:
      return "INT8";
    case ElementType::kUInt8:
      return "UINT8";
    case ElementType::kInt32:
      return "INT32";
    case ElementType::kInt64:
      return "INT64";
    case ElementType::kBool:
      return "BOOL";
    case ElementType::kOther:
      break;
  }
#if NV_TENSORRT_MAJOR >= 10
  if (type == nvinfer1::DataType::kFP8) return "FP8";
  if (type == nvinfer1::DataType::kINT4) return "INT4";
#endif
  return "type " + std::to_string(static_cast<std::int32_t>(type));
}

}  // namespace jetson_vla::tensorrt
