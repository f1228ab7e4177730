#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "image/plan.h"

namespace jetson_vla::image {

/// Turns bytes into elements of a tensor: by arithmetic where that gives what the tables say, else by the
/// tables.
struct Normaliser {
  explicit Normaliser(const Output& output);

  enum class Arithmetic {
    /// Look up `table`.
    kTable,
    /// The byte itself.
    kByte,
    /// fma(b, factor, b × factor_rest), in single precision: exactly the table.
    kScale,
    /// fma(b, factor, offset) + fma(b, factor_rest, offset_rest): the table within 2e-7 of each value, or for
    /// half
    /// precision exactly the table.
    kAffine,
  };

  Element element;
  bool planar;
  Arithmetic arithmetic = Arithmetic::kTable;
  /// Factor and offset as sums of two floats each.
  std::array<float, 3> factor{};
  std::array<float, 3> factor_rest{};
  std::array<float, 3> offset{};
  std::array<float, 3> offset_rest{};
  std::array<std::array<std::uint32_t, 256>, 3> table;
};

}  // namespace jetson_vla::image
