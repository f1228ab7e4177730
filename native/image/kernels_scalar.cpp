#include "image/kernels_scalar.h"

#include "image/kernels.h"
#include "image/yuv422.h"

namespace jetson_vla::image::scalar {
namespace {

constexpr std::size_t kChannels = 3;

std::uint8_t clamp_to_byte(std::int32_t value) {
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

template <typename Row>
void sum_any_rows(const Row* const* rows, const double* weights, std::size_t count, std::size_t values,
                  std::uint8_t* rgb) {
  for (std::size_t at = 0; at < values; ++at) {
    double sum = 0.5;
    for (std::size_t k = 0; k < count; ++k) sum += rows[k][at] * weights[k];
    rgb[at] = clamp_to_byte(static_cast<std::int32_t>(sum));
  }
}

template <typename Value>
void look_up(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
             std::size_t plane) {
  auto* const elements = static_cast<Value*>(out);
  const std::size_t pixel_step = normaliser.planar ? 1 : kChannels;
  const std::size_t channel_step = normaliser.planar ? plane : 1;
  for (std::size_t pixel = 0; pixel < width; ++pixel)
    for (std::size_t channel = 0; channel < kChannels; ++channel)
      elements[pixel * pixel_step + channel * channel_step] =
          static_cast<Value>(normaliser.table[channel][rgb[pixel * kChannels + channel]]);
}

}  // namespace

void pack_row(const std::uint8_t* pixels, std::int64_t stride, const std::array<std::size_t, 3>& channels,
              std::size_t width, std::uint8_t* rgb) {
  for (std::size_t x = 0; x < width; ++x) {
    const std::uint8_t* const pixel = pixels + static_cast<std::int64_t>(x) * stride;
    for (std::size_t channel = 0; channel < kChannels; ++channel)
      rgb[x * kChannels + channel] = pixel[channels[channel]];
  }
}

void decode_row(const std::uint8_t* row, std::size_t width, bool luma_first, std::uint8_t* rgb) {
  const std::size_t y = luma_first ? 0 : 1;
  const std::size_t u = luma_first ? 1 : 0;
  for (std::size_t x = 0; x < width; x += 2) {
    const std::uint8_t* const pair = row + x * 2;
    decode_yuv(pair[y], pair[u], pair[u + 2], rgb + x * kChannels);
    decode_yuv(pair[y + 2], pair[u], pair[u + 2], rgb + (x + 1) * kChannels);
  }
}

void blend_row(const RowTaps& taps, const std::uint8_t* row, std::int16_t* blended) {
  for (std::size_t output = 0; output < taps.padded_outputs; ++output) {
    const std::uint8_t* const left = row + taps.offset[output];
    const std::uint8_t* const right = left + taps.stride;
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      const std::int32_t sum = left[taps.channels[channel]] * taps.weight[output * 2] +
                               right[taps.channels[channel]] * taps.weight[output * 2 + 1];
      blended[output * 4 + channel] = static_cast<std::int16_t>(sum >> 4);
    }
    blended[output * 4 + kChannels] = 0;
  }
}

void sum_row(const RowTaps& taps, const std::uint8_t* row, std::int32_t* sums) {
  for (std::size_t output = 0; output < taps.outputs; ++output) {
    const std::uint8_t* pixel = row + taps.offset[output];
    const std::int32_t* const weight = taps.weight.data() + output * taps.taps;
    std::int32_t sum[kChannels] = {};
    for (std::size_t k = 0; k < taps.taps; ++k, pixel += taps.stride)
      for (std::size_t channel = 0; channel < kChannels; ++channel)
        sum[channel] += pixel[taps.channels[channel]] * weight[k];
    for (std::size_t channel = 0; channel < kChannels; ++channel)
      sums[output * kChannels + channel] = sum[channel];
  }
}

void round_row(const std::int32_t* sums, std::size_t values, int bits, std::uint8_t* bytes) {
  const std::int32_t half = 1 << (bits - 1);
  for (std::size_t at = 0; at < values; ++at) bytes[at] = clamp_to_byte((sums[at] + half) >> bits);
}

void blend_rows(const std::int16_t* upper, const std::int16_t* lower, int upper_weight, int lower_weight,
                std::size_t pixels, std::uint8_t* rgb) {
  for (std::size_t pixel = 0; pixel < pixels; ++pixel)
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      const std::size_t at = pixel * 4 + channel;
      const int above = (upper[at] * upper_weight) >> 16;
      const int below = (lower[at] * lower_weight) >> 16;
      rgb[pixel * kChannels + channel] = static_cast<std::uint8_t>((above + below + 2) >> 2);
    }
}

void sum_rows(const std::int32_t* const* rows, const double* weights, std::size_t count, std::size_t values,
              std::uint8_t* rgb) {
  sum_any_rows(rows, weights, count, values, rgb);
}

void sum_byte_rows(const std::uint8_t* const* rows, const double* weights, std::size_t count,
                   std::size_t values, std::uint8_t* rgb) {
  sum_any_rows(rows, weights, count, values, rgb);
}

void normalise_row(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
                   std::size_t plane) {
  switch (normaliser.element) {
    case Element::kFloat32:
      return look_up<std::uint32_t>(normaliser, rgb, width, out, plane);
    case Element::kFloat16:
      return look_up<std::uint16_t>(normaliser, rgb, width, out, plane);
    case Element::kUint8:
      return look_up<std::uint8_t>(normaliser, rgb, width, out, plane);
  }
}

}  // namespace jetson_vla::image::scalar

namespace jetson_vla::image {

const Kernels& scalar_kernels() noexcept {
  static constexpr Kernels kScalar = {"scalar",
                                      scalar::pack_row,
                                      scalar::decode_row,
                                      scalar::blend_row,
                                      scalar::sum_row,
                                      scalar::round_row,
                                      scalar::blend_rows,
                                      scalar::sum_rows,
                                      scalar::sum_byte_rows,
                                      scalar::normalise_row};
  return kScalar;
}

}  // namespace jetson_vla::image
