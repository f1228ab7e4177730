#pragma once

#include <cstddef>

#include "backend.h"

namespace jetson_vla::tensorrt {

/// Bytes of one element; 0 for kOther.
constexpr std::size_t element_size(ElementType type) noexcept {
  switch (type) {
    case ElementType::kInt64:
      return 8;
    case ElementType::kFloat32:
    case ElementType::kInt32:
      return 4;
    case ElementType::kFloat16:
    case ElementType::kBFloat16:
      return 2;
    case ElementType::kInt8:
    case ElementType::kUInt8:
    case ElementType::kBool:
      return 1;
    case ElementType::kOther:
      break;
  }
  return 0;
}

/// Whether every dimension is known.
constexpr bool is_resolved(const Shape& shape) noexcept {
  for (std::int32_t axis = 0; axis < shape.rank; ++axis)
    if (shape.dims[static_cast<std::size_t>(axis)] < 0) return false;
  return true;
}

/// Elements of a resolved shape; 1 for a scalar.
constexpr std::size_t element_count(const Shape& shape) noexcept {
  std::size_t count = 1;
  for (std::int32_t axis = 0; axis < shape.rank; ++axis)
    count *= static_cast<std::size_t>(shape.dims[static_cast<std::size_t>(axis)]);
  return count;
}

}  // namespace jetson_vla::tensorrt
