#include "image/plan.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "error.h"

namespace jetson_vla::image {
namespace {

constexpr std::int64_t kMaxSide = 16384;
/// Of frames and strides: what a JavaScript number counts exactly.
constexpr std::int64_t kMaxBytes = std::int64_t{1} << 53;
constexpr std::int64_t kLerpUnit = 1 << 11;

/// Holds any sum of products of a side and a stride.
__extension__ using Wide = __int128;

void require(bool holds, const char* what) {
  if (!holds)
    throw Error(ErrorCode::kInvalidArgument, std::string("an image plan must have ") + what,
                "This is a mistake in jetson-vla: the plan comes from lib/policy/image-plan.ts.");
}

bool is_side(std::int64_t value) {
  return value >= 1 && value <= kMaxSide;
}

bool is_stride(std::int64_t value) {
  return value >= -kMaxBytes && value <= kMaxBytes;
}

void check_frame(const FrameGeometry& frame) {
  require(is_side(frame.width) && is_side(frame.height), "a frame of 1 … 16384 pixels a side");
  require(frame.step >= 0 && frame.step <= kMaxBytes, "a frame step of 0 … 2^53 bytes");
  require(frame.bytes >= 1 && frame.bytes <= kMaxBytes, "a frame of 1 … 2^53 bytes");
  if (frame.coding == Coding::kPacked) return;
  require(frame.width % 2 == 0, "an even width for 4:2:2 frames");
  const auto needed = static_cast<Wide>(frame.step) * (frame.height - 1) + frame.width * 2;
  require(frame.step >= frame.width * 2 && needed <= frame.bytes, "4:2:2 rows that lie inside the frame");
}

/// Whether all pixels of the grid lie in `bytes`: if its corners do, so does everything between them.
bool lies_inside(const PixelGrid& grid, std::int64_t bytes) {
  const auto [low, high] = std::minmax_element(grid.channels.begin(), grid.channels.end());
  for (const std::int64_t x : {std::int64_t{0}, grid.width - 1})
    for (const std::int64_t y : {std::int64_t{0}, grid.height - 1}) {
      const auto pixel = static_cast<Wide>(grid.origin) + static_cast<Wide>(x) * grid.stride_x +
                         static_cast<Wide>(y) * grid.stride_y;
      if (pixel + *low < 0 || pixel + *high >= bytes) return false;
    }
  return true;
}

void check_grid(const PixelGrid& grid, const FrameGeometry& frame) {
  require(is_side(grid.width) && is_side(grid.height), "a pixel grid of 1 … 16384 pixels a side");
  require(is_stride(grid.origin) && is_stride(grid.stride_x) && is_stride(grid.stride_y),
          "strides within ±2^53 bytes");
  for (const std::int64_t channel : grid.channels)
    require(channel >= 0 && channel <= 3, "channel offsets of 0 … 3 bytes");
  if (frame.coding == Coding::kPacked) {
    require(lies_inside(grid, frame.bytes), "pixels that lie inside the frame");
    return;
  }
  const std::int64_t row = frame.width * 3;
  require(lies_inside(grid, row * frame.height), "pixels that lie inside the frame");
  const std::int64_t across = std::abs(grid.stride_x);
  const std::int64_t down = std::abs(grid.stride_y);
  require(grid.origin >= 0 && grid.origin % 3 == 0, "an origin at a pixel of the 4:2:2 frame");
  require((across == 3 && down == row) || (across == row && down == 3),
          "strides along rows and columns of the 4:2:2 frame");
  // A grid of one row or column keeps to the frame only if it also does so in pixels, not just in bytes.
  const std::int64_t along = grid.origin % row + (across == 3 ? grid.stride_x * (grid.width - 1)
                                                              : grid.stride_y * (grid.height - 1));
  require(along >= 0 && along < row, "pixels that lie inside the rows of the 4:2:2 frame");
  for (const std::int64_t channel : grid.channels)
    require(channel <= 2, "channel offsets of 0 … 2 bytes for 4:2:2 frames");
}

void check_horizontal(const HorizontalTaps& x, Vertical vertical, const PixelGrid& grid) {
  require(x.taps >= 1 && x.taps <= grid.width, "horizontal taps inside the row");
  require(x.weight.size() == x.first.size() * static_cast<std::size_t>(x.taps),
          "as many horizontal weights as taps");
  for (const std::int32_t first : x.first)
    require(first >= 0 && first + x.taps <= grid.width, "horizontal taps inside the row");
  const std::int64_t limit =
      vertical == Vertical::kLerp ? kLerpUnit : std::numeric_limits<std::int32_t>::max() / 256;
  const auto taps = static_cast<std::size_t>(x.taps);
  for (std::size_t at = 0; at < x.weight.size(); at += taps) {
    std::int64_t sum = 0;
    for (std::size_t k = at; k < at + taps; ++k) {
      sum += std::abs(static_cast<std::int64_t>(x.weight[k]));
      require(vertical != Vertical::kLerp || x.weight[k] >= 0, "weights of 0 … 2048 to blend with");
    }
    require(sum <= limit, "horizontal weights whose sums fit 32 bit");
  }
}

/// The most that the weights of one output row may sum up to for bytes to come out; no filter gets near.
double vertical_limit(const Resize& resize) {
  constexpr double kOvershoot = 8;
  switch (resize.vertical) {
    case Vertical::kLerp:
      return kLerpUnit;
    case Vertical::kSum:
      return std::ldexp(kOvershoot, -resize.weight_bits);
    case Vertical::kByteSum:
      return kOvershoot;
  }
  return 0;
}

void check_vertical(const Resize& resize, const PixelGrid& grid) {
  const Vertical vertical = resize.vertical;
  const VerticalTaps& y = resize.y;
  require(y.taps >= 1 && y.taps <= kMaxSide + 1, "1 … 16385 vertical taps");
  require(y.index.size() % static_cast<std::size_t>(y.taps) == 0 && y.weight.size() == y.index.size(),
          "as many vertical weights as taps");
  for (const std::int32_t index : y.index)
    require(index >= 0 && index < grid.height, "vertical taps inside the image");
  const double limit = vertical_limit(resize);
  const auto taps = static_cast<std::size_t>(y.taps);
  for (std::size_t at = 0; at < y.weight.size(); at += taps) {
    double sum = 0;
    for (std::size_t k = at; k < at + taps; ++k) {
      const double weight = y.weight[k];
      require(std::isfinite(weight), "finite vertical weights");
      require(vertical != Vertical::kLerp || (weight >= 0 && weight == std::floor(weight)),
              "weights of 0 … 2048 to blend with");
      sum += std::abs(weight);
    }
    require(sum <= limit, "vertical weights that keep to 8 bit");
  }
}

void check_resize(const Resize& resize, const PixelGrid& grid, const Output& output) {
  require(resize.weight_bits == 11 || resize.weight_bits == 22, "weights of 11 or 22 bits");
  check_horizontal(resize.x, resize.vertical, grid);
  check_vertical(resize, grid);
  if (resize.vertical == Vertical::kLerp)
    require(resize.x.taps <= 2 && resize.y.taps == 2 && resize.weight_bits == 11,
            "two taps of 11 bits to blend");
  require(resize.x.first.size() == static_cast<std::size_t>(output.image_width),
          "horizontal taps for every column");
  require(resize.y.index.size() == static_cast<std::size_t>(output.image_height * resize.y.taps),
          "vertical taps for every row");
}

void check_output(const Output& output) {
  require(is_side(output.width) && is_side(output.height), "a tensor of 1 … 16384 pixels a side");
  require(output.image_width >= 1 && output.left >= 0 && output.left <= output.width - output.image_width,
          "columns that lie inside the tensor");
  require(output.image_height >= 1 && output.top >= 0 && output.top <= output.height - output.image_height,
          "rows that lie inside the tensor");
}

}  // namespace

std::size_t element_count(const Output& output) noexcept {
  return static_cast<std::size_t>(output.width) * static_cast<std::size_t>(output.height) * 3;
}

std::size_t element_bytes(Element element) noexcept {
  switch (element) {
    case Element::kFloat32:
      return 4;
    case Element::kFloat16:
      return 2;
    case Element::kUint8:
      return 1;
  }
  return 0;
}

void check_plan(const Plan& plan) {
  check_frame(plan.frame);
  check_grid(plan.grid, plan.frame);
  check_output(plan.output);
  if (plan.resized)
    check_resize(plan.resize, plan.grid, plan.output);
  else
    require(plan.grid.width == plan.output.image_width && plan.grid.height == plan.output.image_height,
            "an image of the size of its grid");
}

}  // namespace jetson_vla::image
