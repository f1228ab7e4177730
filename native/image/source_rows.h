#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/kernels.h"
#include "image/plan.h"

namespace jetson_vla::image {

/// Bytes of a frame; at least FrameGeometry::bytes of them.
struct FrameData {
  const std::uint8_t* bytes;
  std::size_t length;
};

/// Brings the rows of a pixel grid into a form that kernels can read fast, without reading outside of the
/// frame.
class SourceRows {
 public:
  /// `grid` has been checked against `frame`.
  SourceRows(const FrameGeometry& frame, const PixelGrid& grid, const Kernels& kernels);

  /// Pixels that are 3 or 4 bytes apart, of which strided() says how: in the frame itself where it is so laid
  /// out. The row begins at its lowest address and has `read_end` readable bytes; it is valid until the next
  /// call.
  const std::uint8_t* strided(FrameData data, std::int64_t row, std::size_t read_end);
  /// ±3 or ±4 bytes; below 0 the row's first pixel is at its end.
  std::int64_t stride() const noexcept { return strided_step_; }
  const std::array<std::int64_t, 3>& channels() const noexcept { return strided_channels_; }
  /// To call once before the first row with the largest `read_end` that will be asked for.
  void reserve(std::size_t read_end);

  /// The row as packed RGB, valid until the next call.
  const std::uint8_t* packed(FrameData data, std::int64_t row);

 private:
  /// `length` readable bytes of a row of `row_bytes`: the frame's own, or a copy where they would pass its
  /// end.
  const std::uint8_t* readable(FrameData data, std::int64_t start, std::size_t length, std::size_t row_bytes);
  const std::uint8_t* decoded(FrameData data, std::int64_t row);
  const std::uint8_t* gathered(FrameData data, std::int64_t row);
  /// The columns of a 4:2:2 frame, pixel by pixel.
  const std::uint8_t* decoded_column(FrameData data, std::int64_t row);

  FrameGeometry frame_;
  PixelGrid grid_;
  const Kernels& kernels_;
  std::array<std::size_t, 3> pack_channels_{};
  std::int64_t strided_step_ = 3;
  std::array<std::int64_t, 3> strided_channels_{0, 1, 2};
  /// Whether rows run along the rows of the frame, in either direction, with pixels 3 or 4 bytes apart.
  bool direct_ = false;
  std::vector<std::uint8_t> copy_;
  std::vector<std::uint8_t> decoded_;
  std::vector<std::uint8_t> packed_;
};

}  // namespace jetson_vla::image
