#include "image/row_taps.h"

#include <algorithm>
#include <cstdlib>

namespace jetson_vla::image {
namespace {

constexpr int kLowerBits = 11;
constexpr std::size_t kGroup = 4;
constexpr std::size_t kCopies = 4;

std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

std::array<std::uint8_t, 16> pair_places(const RowTaps& row, std::size_t start) {
  std::array<std::uint8_t, 16> places;
  places.fill(0xff);
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t pixel = 0; pixel < 2; ++pixel)
      places[channel * 4 + pixel * 2] =
          static_cast<std::uint8_t>(start + pixel * row.stride + row.channels[channel]);
  return places;
}

std::vector<std::int16_t> blend_weights(const RowTaps& row) {
  std::vector<std::int16_t> weights(row.padded_outputs * 2 * kCopies);
  constexpr std::array<std::size_t, kGroup> kOrder = {0, 2, 1, 3};
  auto to = weights.begin();
  for (std::size_t group = 0; group < row.padded_outputs; group += kGroup)
    for (const std::size_t place : kOrder)
      for (std::size_t copy = 0; copy < kCopies; ++copy)
        for (std::size_t k = 0; k < 2; ++k)
          *to++ = static_cast<std::int16_t>(row.weight[(group + place) * 2 + k]);
  return weights;
}

std::vector<std::int16_t> group_weights(const RowTaps& row) {
  std::vector<std::int16_t> weights;
  weights.reserve(row.padded_outputs * row.groups * kGroup * 2 * kCopies);
  const auto weight = [&row](std::size_t output, std::size_t tap) {
    return tap < row.taps ? row.weight[output * row.taps + tap] : 0;
  };
  for (std::size_t output = 0; output < row.padded_outputs; ++output)
    for (std::size_t tap = 0; tap < row.groups * kGroup; tap += kGroup)
      for (const bool upper : {true, false})
        for (std::size_t pair = tap; pair < tap + kGroup; pair += 2)
          for (std::size_t copy = 0; copy < kCopies; ++copy)
            for (std::size_t k = pair; k < pair + 2; ++k) {
              const std::int32_t whole = weight(output, k);
              const std::int32_t part = upper ? whole >> kLowerBits : whole & ((1 << kLowerBits) - 1);
              weights.push_back(static_cast<std::int16_t>(part));
            }
  return weights;
}

}  // namespace

RowTaps::RowTaps(const HorizontalTaps& x, Vertical vertical, std::int64_t width, std::int64_t signed_stride,
                 const std::array<std::int64_t, 3>& grid_channels)
    : outputs(x.first.size()),
      padded_outputs(round_up(outputs, kGroup)),
      taps(static_cast<std::size_t>(x.taps)),
      stride(static_cast<std::size_t>(std::abs(signed_stride))) {
  std::transform(grid_channels.begin(), grid_channels.end(), channels.begin(),
                 [](std::int64_t channel) { return static_cast<std::size_t>(channel); });
  const bool blends = vertical == Vertical::kLerp;
  const std::size_t given = taps;
  // An image of one column has one tap; a second one of weight 0 spares a kernel.
  if (blends) taps = 2;
  offset.resize(padded_outputs);
  weight.resize(padded_outputs * taps);
  const bool mirrored = signed_stride < 0;
  for (std::size_t output = 0; output < outputs; ++output) {
    const std::int64_t first = x.first[output];
    const std::int64_t pixel = mirrored ? width - first - x.taps : first;
    offset[output] = static_cast<std::int32_t>(pixel * static_cast<std::int64_t>(stride));
    for (std::size_t k = 0; k < given; ++k)
      weight[output * taps + k] = x.weight[output * given + (mirrored ? given - 1 - k : k)];
  }
  groups = round_up(taps, kGroup) / kGroup;
  const std::int32_t furthest = *std::max_element(offset.begin(), offset.end());
  // A group of four pixels is read as 16 bytes.
  read_end = static_cast<std::size_t>(furthest) + (groups - 1) * kGroup * stride + 16;
  pair_at_start = pair_places(*this, 0);
  pair_at_eight = pair_places(*this, 8);
  pair_at_third = pair_places(*this, 2 * stride);
  if (blends) {
    blend_weight = blend_weights(*this);
  } else {
    group_weight = group_weights(*this);
    has_lower = std::any_of(weight.begin(), weight.end(),
                            [](std::int32_t w) { return (w & ((1 << kLowerBits) - 1)) != 0; });
  }
}

}  // namespace jetson_vla::image
