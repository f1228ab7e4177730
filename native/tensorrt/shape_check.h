#pragma once

#include <string>

#include "backend.h"

namespace jetson_vla::tensorrt {

bool same_shape(const Shape& a, const Shape& b) noexcept;

/// Such as "[1, 224, 224, 3]".
std::string describe(const Shape& shape);

/// Throws INVALID_ARGUMENT for an optimisation profile that the engine does not have.
void check_profile(const EngineDescription& engine, int profile);

/// The largest and the optimal shape of an input in a profile; its one shape when it is static.
const Shape& largest_shape(const TensorDescription& input, std::size_t profile);
const Shape& typical_shape(const TensorDescription& input, std::size_t profile);

/// Throws INVALID_ARGUMENT for a shape of another rank, or outside the range of the profile.
void check_shape(const TensorDescription& input, std::size_t profile, const Shape& shape);

}  // namespace jetson_vla::tensorrt
