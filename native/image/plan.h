#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace jetson_vla::image {

/// How the bytes of a frame make pixels.
enum class Coding {
  /// A pixel's channels are bytes of its own.
  kPacked,
  /// 4:2:2, two pixels share their chroma: U Y V Y.
  kUyvy,
  /// 4:2:2: Y U Y V.
  kYuyv,
};

/// How filtered rows make one row of bytes.
enum class Vertical {
  /// OpenCV's truncating blend of two rows.
  kLerp,
  /// Exact sum of rows in fixed point.
  kSum,
  /// Exact sum of rows that were rounded to bytes.
  kByteSum,
};

enum class Element { kFloat32, kFloat16, kUint8 };

struct FrameGeometry {
  Coding coding = Coding::kPacked;
  /// Pixels.
  std::int64_t width = 0;
  std::int64_t height = 0;
  /// Bytes from one row to the next.
  std::int64_t step = 0;
  /// What the data of every frame must have at least.
  std::int64_t bytes = 0;
};

/// Channel c of the pixel in column x and row y is at `origin + x × stride_x + y × stride_y + channels[c]`:
/// in the frame, or for a 4:2:2 frame in its packed RGB form, which never exists as a whole.
struct PixelGrid {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t origin = 0;
  std::int64_t stride_x = 0;
  std::int64_t stride_y = 0;
  std::array<std::int64_t, 3> channels{};
};

/// Output i of a row is the sum over k of `weight[i × taps + k] × pixel[first[i] + k]`.
struct HorizontalTaps {
  std::int64_t taps = 0;
  std::vector<std::int32_t> first;
  /// In units of 2^−weight_bits.
  std::vector<std::int32_t> weight;
};

/// Output row i is made of the filtered rows `index[i × taps + k]`.
struct VerticalTaps {
  std::int64_t taps = 0;
  std::vector<std::int32_t> index;
  /// With kLerp whole numbers in units of 2⁻¹¹; else factors that bring a sum to 0 … 255.
  std::vector<double> weight;
};

struct Resize {
  Vertical vertical = Vertical::kLerp;
  /// Fractional bits of the horizontal weights, 11 or 22.
  int weight_bits = 11;
  HorizontalTaps x;
  VerticalTaps y;
};

/// What stands for byte b of channel c is `table[c][b]`, without mean nearly `b × factor[c]`. Elements of all
/// types are bit patterns here.
struct Output {
  Element element = Element::kFloat32;
  /// Planes of one channel each, instead of pixels of three channels.
  bool planar = false;
  /// Pixels of the tensor, and of the image in it.
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t image_width = 0;
  std::int64_t image_height = 0;
  /// Where the image begins; the rest is padding.
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::array<std::array<std::uint32_t, 256>, 3> table{};
  std::array<double, 3> factor{};
  std::array<std::uint32_t, 3> padding{};
};

/// All that turns the frames of one geometry into tensors; lib/policy computes it.
struct Plan {
  FrameGeometry frame;
  PixelGrid grid;
  bool resized = false;
  Resize resize;
  Output output;
};

/// Elements of the tensor that a plan fills.
std::size_t element_count(const Output& output) noexcept;
std::size_t element_bytes(Element element) noexcept;

/// Throws Error kInvalidArgument for a plan that would read outside of its frame or tables, write outside of
/// its tensor, or overflow its sums.
void check_plan(const Plan& plan);

}  // namespace jetson_vla::image
