#include "shape_check.h"

#include <algorithm>

#include "../error.h"
#include "element_size.h"

namespace jetson_vla::tensorrt {
namespace {

bool is_within(const Shape& shape, const Shape& min, const Shape& max) {
  if (shape.rank != min.rank || shape.rank != max.rank) return false;
  for (std::size_t axis = 0; axis < static_cast<std::size_t>(shape.rank); ++axis)
    if (shape.dims[axis] < min.dims[axis] || shape.dims[axis] > max.dims[axis]) return false;
  return true;
}

}  // namespace

bool same_shape(const Shape& a, const Shape& b) noexcept {
  return a.rank == b.rank && std::equal(a.dims.begin(), a.dims.begin() + a.rank, b.dims.begin());
}

std::string describe(const Shape& shape) {
  std::string text = "[";
  for (std::int32_t axis = 0; axis < shape.rank; ++axis)
    text += (axis > 0 ? ", " : "") + std::to_string(shape.dims[static_cast<std::size_t>(axis)]);
  return text + "]";
}

void check_profile(const EngineDescription& engine, int profile) {
  // An engine without dynamic shapes may say that it has none; 0 is right all the same.
  const int count = std::max(engine.profile_count, 1);
  if (profile < 0 || profile >= count)
    throw Error(ErrorCode::kInvalidArgument, "profile must be an optimisation profile from 0 to " +
                                                 std::to_string(count - 1) + ", got " +
                                                 std::to_string(profile));
}

const Shape& largest_shape(const TensorDescription& input, std::size_t profile) {
  return profile < input.profiles.size() ? input.profiles[profile].max : input.shape;
}

const Shape& typical_shape(const TensorDescription& input, std::size_t profile) {
  return profile < input.profiles.size() ? input.profiles[profile].opt : input.shape;
}

void check_shape(const TensorDescription& input, std::size_t profile, const Shape& shape) {
  const bool ranged = profile < input.profiles.size();
  const Shape& min = ranged ? input.profiles[profile].min : input.shape;
  const Shape& max = ranged ? input.profiles[profile].max : input.shape;
  if (is_within(shape, min, max)) return;
  const std::string expected =
      same_shape(min, max) ? describe(min) : "a shape from " + describe(min) + " to " + describe(max);
  throw Error(ErrorCode::kInvalidArgument,
              "input \"" + input.name + "\": the engine takes " + expected + ", got " + describe(shape));
}

}  // namespace jetson_vla::tensorrt
