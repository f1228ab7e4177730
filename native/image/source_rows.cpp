#include "image/source_rows.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "image/kernels_scalar.h"
#include "image/yuv422.h"

namespace jetson_vla::image {
namespace {

constexpr std::int64_t kRgb = 3;

}  // namespace

SourceRows::SourceRows(const FrameGeometry& frame, const PixelGrid& grid, const Kernels& kernels)
    : frame_(frame), grid_(grid), kernels_(kernels) {
  std::transform(grid.channels.begin(), grid.channels.end(), pack_channels_.begin(),
                 [](std::int64_t channel) { return static_cast<std::size_t>(channel); });
  const std::int64_t across = std::abs(grid.stride_x);
  direct_ = frame.coding == Coding::kPacked ? across == 3 || across == 4 : across == kRgb;
  if (direct_) {
    strided_step_ = grid.stride_x;
    strided_channels_ = grid.channels;
  }
  packed_.resize(static_cast<std::size_t>(grid.width * kRgb) + kRowPadding);
  if (frame.coding != Coding::kPacked)
    decoded_.resize(static_cast<std::size_t>(frame.width * kRgb) + kRowPadding);
  reserve(static_cast<std::size_t>(grid.width) * 4 + kRowPadding);
}

void SourceRows::reserve(std::size_t read_end) {
  copy_.resize(std::max(copy_.size(), read_end));
  // Rows that are always in scratch memory may be shorter than what a kernel reads behind their last pixel.
  packed_.resize(std::max(packed_.size(), read_end));
  if (!decoded_.empty())
    decoded_.resize(std::max(decoded_.size(), static_cast<std::size_t>(frame_.width * kRgb) + read_end));
}

const std::uint8_t* SourceRows::strided(FrameData data, std::int64_t row, std::size_t read_end) {
  if (!direct_) return packed(data, row);
  if (frame_.coding != Coding::kPacked) return decoded(data, row);
  const std::int64_t first = grid_.origin + row * grid_.stride_y;
  const std::int64_t lowest = first + std::min<std::int64_t>(0, (grid_.width - 1) * grid_.stride_x);
  const auto pixel = *std::max_element(grid_.channels.begin(), grid_.channels.end()) + 1;
  const std::int64_t row_bytes = (grid_.width - 1) * std::abs(grid_.stride_x) + pixel;
  return readable(data, lowest, read_end, static_cast<std::size_t>(row_bytes));
}

const std::uint8_t* SourceRows::packed(FrameData data, std::int64_t row) {
  if (frame_.coding == Coding::kPacked) return gathered(data, row);
  if (!direct_) return decoded_column(data, row);
  const std::uint8_t* const lowest = decoded(data, row);
  const std::int64_t first = grid_.stride_x < 0 ? (grid_.width - 1) * kRgb : 0;
  kernels_.pack_row(lowest + first, grid_.stride_x, pack_channels_, static_cast<std::size_t>(grid_.width),
                    packed_.data());
  return packed_.data();
}

const std::uint8_t* SourceRows::readable(FrameData data, std::int64_t start, std::size_t length,
                                         std::size_t row_bytes) {
  const auto from = static_cast<std::size_t>(start);
  if (length <= data.length - from) return data.bytes + from;
  std::memcpy(copy_.data(), data.bytes + from, row_bytes);
  return copy_.data();
}

const std::uint8_t* SourceRows::gathered(FrameData data, std::int64_t row) {
  const std::int64_t first = grid_.origin + row * grid_.stride_y;
  const std::int64_t across = std::abs(grid_.stride_x);
  const auto width = static_cast<std::size_t>(grid_.width);
  if (across > 4) {
    scalar::pack_row(data.bytes + first, grid_.stride_x, pack_channels_, width, packed_.data());
    return packed_.data();
  }
  const std::int64_t span = (grid_.width - 1) * across;
  const std::int64_t lowest = grid_.stride_x < 0 ? first - span : first;
  const auto pixel = *std::max_element(grid_.channels.begin(), grid_.channels.end()) + 1;
  const std::uint8_t* const start =
      readable(data, lowest, static_cast<std::size_t>(span) + 16, static_cast<std::size_t>(span + pixel));
  kernels_.pack_row(start + (first - lowest), grid_.stride_x, pack_channels_, width, packed_.data());
  return packed_.data();
}

const std::uint8_t* SourceRows::decoded(FrameData data, std::int64_t row) {
  const std::int64_t rgb_row = frame_.width * kRgb;
  const std::int64_t first = grid_.origin + row * grid_.stride_y;
  const std::int64_t y = first / rgb_row;
  const std::int64_t x = first % rgb_row / kRgb;
  const std::int64_t leftmost = grid_.stride_x < 0 ? x - (grid_.width - 1) : x;
  const std::int64_t even = leftmost & ~std::int64_t{1};
  const std::int64_t width =
      std::min(frame_.width - even, (leftmost - even + grid_.width + 1) & ~std::int64_t{1});
  kernels_.decode_row(data.bytes + y * frame_.step + even * 2, static_cast<std::size_t>(width),
                      frame_.coding == Coding::kYuyv, decoded_.data());
  return decoded_.data() + (leftmost - even) * kRgb;
}

const std::uint8_t* SourceRows::decoded_column(FrameData data, std::int64_t row) {
  const std::int64_t rgb_row = frame_.width * kRgb;
  const std::int64_t first = grid_.origin + row * grid_.stride_y;
  const std::int64_t down = grid_.stride_x < 0 ? -1 : 1;
  const std::int64_t top = first / rgb_row;
  const std::int64_t x = first % rgb_row / kRgb;
  const std::int64_t luma = frame_.coding == Coding::kYuyv ? 0 : 1;
  const std::int64_t in_pair = luma + (x & 1) * 2;
  const std::uint8_t* pair = data.bytes + top * frame_.step + (x & ~std::int64_t{1}) * 2;
  std::uint8_t* out = packed_.data();
  for (std::int64_t i = 0; i < grid_.width; ++i, out += kRgb) {
    const std::uint8_t* const at = pair + i * down * frame_.step;
    std::uint8_t rgb[kRgb];
    decode_yuv(at[in_pair], at[1 - luma], at[3 - luma], rgb);
    for (std::size_t channel = 0; channel < kRgb; ++channel) out[channel] = rgb[pack_channels_[channel]];
  }
  return packed_.data();
}

}  // namespace jetson_vla::image
