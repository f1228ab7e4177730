#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "engine_file.h"

/// Numbers in and out of tensors of any element type.
namespace standin::tensorrt {

inline float half_to_float(std::uint16_t bits) {
  const int exponent = bits >> 10 & 0x1f;
  const int fraction = bits & 0x3ff;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 0x1f) return fraction != 0 ? NAN : sign * INFINITY;
  return sign * (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                               : std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25));
}

/// Rounds to nearest, ties to even, as the default rounding mode of nearbyint does.
inline std::uint16_t float_to_half(float value) {
  const auto sign = static_cast<std::uint16_t>(std::signbit(value) ? 0x8000 : 0);
  if (std::isnan(value)) return 0x7e00;
  int exponent = 0;
  const float magnitude = std::fabs(value);
  if (magnitude >= 65520.0F) return static_cast<std::uint16_t>(sign | 0x7c00);
  std::frexp(magnitude, &exponent);
  // Below 2^-14 all halves share one exponent.
  const int scale = magnitude < std::ldexp(1.0F, -14) ? -24 : exponent - 11;
  const auto units = static_cast<int>(std::nearbyint(std::ldexp(magnitude, -scale)));
  const int biased = scale == -24 ? 0 : exponent + 14;
  // A carry out of the fraction moves into the exponent by itself.
  return static_cast<std::uint16_t>(sign | (biased == 0 ? units : (biased << 10) + (units - 0x400)));
}

template <class Stored>
Stored load(const unsigned char* data, std::int64_t index) {
  Stored value;
  std::memcpy(&value, data + index * static_cast<std::int64_t>(sizeof value), sizeof value);
  return value;
}

template <class Stored>
void store(unsigned char* data, std::int64_t index, Stored value) {
  std::memcpy(data + index * static_cast<std::int64_t>(sizeof value), &value, sizeof value);
}

inline double read_element(Element type, const unsigned char* data, std::int64_t index) {
  switch (type) {
    case Element::kFloat32:
      return load<float>(data, index);
    case Element::kFloat16:
      return half_to_float(load<std::uint16_t>(data, index));
    case Element::kBFloat16: {
      const std::uint32_t bits = std::uint32_t{load<std::uint16_t>(data, index)} << 16;
      float value;
      std::memcpy(&value, &bits, sizeof value);
      return value;
    }
    case Element::kInt8:
      return load<std::int8_t>(data, index);
    case Element::kInt32:
      return load<std::int32_t>(data, index);
    case Element::kInt64:
      return static_cast<double>(load<std::int64_t>(data, index));
    case Element::kBool:
    case Element::kUInt8:
    case Element::kFp8:
      return load<std::uint8_t>(data, index);
  }
  return 0;
}

inline void write_element(Element type, unsigned char* data, std::int64_t index, double value) {
  switch (type) {
    case Element::kFloat32:
      return store(data, index, static_cast<float>(value));
    case Element::kFloat16:
      return store(data, index, float_to_half(static_cast<float>(value)));
    case Element::kBFloat16: {
      const auto single = static_cast<float>(value);
      std::uint32_t bits;
      std::memcpy(&bits, &single, sizeof bits);
      if (std::isnan(single)) return store(data, index, std::uint16_t{0x7fc0});
      return store(data, index, static_cast<std::uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16));
    }
    case Element::kInt8:
      return store(data, index, static_cast<std::int8_t>(value));
    case Element::kInt32:
      return store(data, index, static_cast<std::int32_t>(value));
    case Element::kInt64:
      return store(data, index, static_cast<std::int64_t>(value));
    case Element::kBool:
    case Element::kUInt8:
    case Element::kFp8:
      return store(data, index, static_cast<std::uint8_t>(value));
  }
}

}  // namespace standin::tensorrt
