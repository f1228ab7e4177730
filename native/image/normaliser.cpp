#include "image/normaliser.h"

#include <cmath>
#include <cstring>

#include "convert/half.h"

namespace jetson_vla::image {
namespace {

using Arithmetic = Normaliser::Arithmetic;

/// Of a value, where single precision ends at 6e-8 and equality within 2e-6 is promised.
constexpr double kTolerance = 2e-7;

float by_arithmetic(const Normaliser& normaliser, Arithmetic arithmetic, std::size_t channel, int byte) {
  const auto value = static_cast<float>(byte);
  const float factor = normaliser.factor[channel];
  const float rest = normaliser.factor_rest[channel];
  if (arithmetic == Arithmetic::kScale) return std::fma(value, factor, value * rest);
  return std::fma(value, factor, normaliser.offset[channel]) +
         std::fma(value, rest, normaliser.offset_rest[channel]);
}

bool matches(const Normaliser& normaliser, Arithmetic arithmetic, float value, std::uint32_t expected) {
  if (normaliser.element == Element::kFloat16) return half_from_float(value) == expected;
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (bits == expected) return true;
  float table;
  std::memcpy(&table, &expected, sizeof table);
  return arithmetic == Arithmetic::kAffine && std::abs(value - table) <= kTolerance * std::abs(table);
}

bool reproduces_table(const Normaliser& normaliser, Arithmetic arithmetic) {
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (int byte = 0; byte < 256; ++byte)
      if (!matches(normaliser, arithmetic, by_arithmetic(normaliser, arithmetic, channel, byte),
                   normaliser.table[channel][static_cast<std::size_t>(byte)]))
        return false;
  return true;
}

bool is_identity(const std::array<std::array<std::uint32_t, 256>, 3>& table) {
  for (const auto& values : table)
    for (std::uint32_t byte = 0; byte < 256; ++byte)
      if (values[byte] != byte) return false;
  return true;
}

}  // namespace

Normaliser::Normaliser(const Output& output)
    : element(output.element), planar(output.planar), table(output.table) {
  if (element == Element::kUint8) {
    if (is_identity(table)) arithmetic = Arithmetic::kByte;
    return;
  }
  for (std::size_t channel = 0; channel < 3; ++channel) {
    factor[channel] = static_cast<float>(output.factor[channel]);
    factor_rest[channel] = static_cast<float>(output.factor[channel] - factor[channel]);
    offset[channel] = static_cast<float>(output.offset[channel]);
    offset_rest[channel] = static_cast<float>(output.offset[channel] - offset[channel]);
  }
  for (const Arithmetic candidate : {Arithmetic::kScale, Arithmetic::kAffine})
    if (reproduces_table(*this, candidate)) {
      arithmetic = candidate;
      return;
    }
}

}  // namespace jetson_vla::image
