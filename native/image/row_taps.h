#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/plan.h"

namespace jetson_vla::image {

/// Bytes that kernels may read or write past the end of any row in scratch memory.
constexpr std::size_t kRowPadding = 64;

/// Horizontal taps in the form that kernels want: on a row of pixels with rising addresses, mirrored if need
/// be.
struct RowTaps {
  RowTaps() = default;
  /// `stride` is the grid's, ±3 or ±4 bytes; `taps` has been checked against `width`.
  RowTaps(const HorizontalTaps& x, Vertical vertical, std::int64_t width, std::int64_t stride,
          const std::array<std::int64_t, 3>& channels);

  /// Pixels of a filtered row, and that number rounded up to whole groups of four.
  std::size_t outputs = 0;
  std::size_t padded_outputs = 0;
  std::size_t taps = 0;
  /// Bytes from one pixel to the next, 3 or 4.
  std::size_t stride = 0;
  std::array<std::size_t, 3> channels{};
  /// Bytes from the lowest address of the row to the first tap, for padded_outputs.
  std::vector<std::int32_t> offset;
  /// `taps` weights per output, for padded_outputs.
  std::vector<std::int32_t> weight;
  /// Every kernel reads below this many bytes from the lowest address of the row.
  std::size_t read_end = 0;

  /// Where in the bytes of a pixel run the 16-bit pairs of two neighbouring pixels are, channel by channel,
  /// and a pair of nothing (0xff): for pixels that begin at byte 0, at byte 8, and two pixels on.
  std::array<std::uint8_t, 16> pair_at_start{};
  std::array<std::uint8_t, 16> pair_at_eight{};
  std::array<std::uint8_t, 16> pair_at_third{};

  /// For two taps: per output the pair of weights four times, the outputs of a group in the order 0 2 1 3, in
  /// which AVX2 keeps them in its two lanes.
  std::vector<std::int16_t> blend_weight;
  /// Else: per output and group of four taps, first the upper parts of the weights (weight >> 11), then the
  /// lower 11 bits: the first pair four times, the second pair four times.
  std::size_t groups = 0;
  std::vector<std::int16_t> group_weight;
  /// Whether any lower part is not zero.
  bool has_lower = false;
};

}  // namespace jetson_vla::image
