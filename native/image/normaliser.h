#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "image/plan.h"

namespace jetson_vla::image {

/// Turns bytes into elements of a tensor: by arithmetic where that gives exactly what the tables say, else by
/// the tables.
struct Normaliser {
  explicit Normaliser(const Output& output);

  enum class Arithmetic {
    /// Look up `table`.
    kTable,
    /// The byte itself.
    kByte,
    /// fma(b, factor, b × factor_rest) in single precision, then half precision if asked for: exactly the
    /// table.
    kScale,
  };

  Element element;
  bool planar;
  Arithmetic arithmetic = Arithmetic::kTable;
  /// The factor of channel i mod 3 as the sum of two floats: enough of them for whole vectors of interleaved
  /// values.
  std::array<float, 24> factor{};
  std::array<float, 24> factor_rest{};
  std::array<std::array<std::uint32_t, 256>, 3> table;
};

}  // namespace jetson_vla::image
