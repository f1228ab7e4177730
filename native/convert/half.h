#pragma once

#include <cstddef>
#include <cstdint>

namespace jetson_vla {

/// IEEE 754 binary16 and bfloat16 values travel as bit patterns in uint16_t.
///
/// Narrowing rounds to the nearest value, ties to the even pattern; what is too large becomes infinity. NaN
/// becomes a quiet NaN of the same sign that keeps the upper bits of its payload, as F16C and NEON have it.
/// Widening is exact, except that it too makes signalling NaNs quiet.
std::uint16_t half_from_float(float value) noexcept;
float float_from_half(std::uint16_t bits) noexcept;
std::uint16_t bfloat16_from_float(float value) noexcept;
float float_from_bfloat16(std::uint16_t bits) noexcept;

/// Convert `count` values each; `from` and `to` may have any alignment of their type and must not overlap.
void float_to_half(const float* from, std::uint16_t* to, std::size_t count) noexcept;
void half_to_float(const std::uint16_t* from, float* to, std::size_t count) noexcept;
void float_to_bfloat16(const float* from, std::uint16_t* to, std::size_t count) noexcept;
void bfloat16_to_float(const std::uint16_t* from, float* to, std::size_t count) noexcept;

}  // namespace jetson_vla
