#include "image/normaliser.h"

#include <cmath>
#include <cstring>

#include "convert/half.h"

namespace jetson_vla::image {
namespace {

std::uint32_t pattern(float value, Element element) {
  if (element == Element::kFloat16) return half_from_float(value);
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

bool scale_reproduces_table(const Normaliser& normaliser) {
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto value = static_cast<float>(byte);
      const float scaled =
          std::fma(value, normaliser.factor[channel], value * normaliser.factor_rest[channel]);
      if (pattern(scaled, normaliser.element) != normaliser.table[channel][byte]) return false;
    }
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
  for (std::size_t at = 0; at < factor.size(); ++at) {
    const double whole = output.factor[at % 3];
    factor[at] = static_cast<float>(whole);
    factor_rest[at] = static_cast<float>(whole - factor[at]);
  }
  if (scale_reproduces_table(*this)) arithmetic = Arithmetic::kScale;
}

}  // namespace jetson_vla::image
