#pragma once

#include <cstddef>

#include "../error.h"
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

/// Elements of a resolved shape; 1 for a scalar. Throws ENGINE_CORRUPT when no memory could hold them, so
/// that sizes can be computed from the result without overflow.
inline std::size_t element_count(const Shape& shape) {
  constexpr std::size_t kMost = std::size_t{1} << 48;
  std::size_t count = 1;
  for (std::int32_t axis = 0; axis < shape.rank; ++axis) {
    const auto size = static_cast<std::size_t>(shape.dims[static_cast<std::size_t>(axis)]);
    if (size > kMost || (size != 0 && count > kMost / size))
      throw Error(ErrorCode::kEngineCorrupt,
                  "a tensor of the engine has more elements than any memory holds");
    count *= size;
  }
  return count;
}

}  // namespace jetson_vla::tensorrt
