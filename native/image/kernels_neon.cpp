#include "image/kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#include <cstring>

#include "image/kernels_scalar.h"

namespace jetson_vla::image {
namespace {

constexpr std::uint8_t kZero = 0xff;

void blend_row(const RowTaps& taps, const std::uint8_t* row, std::int16_t* blended) {
  std::uint8_t places[8];
  for (std::size_t at = 0; at < 8; ++at) {
    const std::size_t channel = at % 4;
    places[at] =
        channel < 3 ? static_cast<std::uint8_t>(at / 4 * taps.stride + taps.channels[channel]) : kZero;
  }
  // The left pixel's channels and nothing, then the right pixel's.
  const uint8x8_t mask = vld1_u8(places);
  const std::int32_t* const weight = taps.weight.data();
  for (std::size_t output = 0; output < taps.padded_outputs; ++output) {
    const uint16x8_t pair = vmovl_u8(vtbl1_u8(vld1_u8(row + taps.offset[output]), mask));
    uint32x4_t sum = vmull_n_u16(vget_low_u16(pair), static_cast<std::uint16_t>(weight[output * 2]));
    sum = vmlal_n_u16(sum, vget_high_u16(pair), static_cast<std::uint16_t>(weight[output * 2 + 1]));
    vst1_s16(blended + output * 4, vreinterpret_s16_u16(vshrn_n_u32(sum, 4)));
  }
}

void sum_row(const RowTaps& taps, const std::uint8_t* row, std::int32_t* sums) {
  // Channel by channel a 32-bit value whose lowest byte is the tap's.
  std::uint8_t places[16];
  for (std::size_t at = 0; at < 16; ++at) {
    const std::size_t channel = at / 4;
    places[at] = at % 4 == 0 && channel < 3 ? static_cast<std::uint8_t>(taps.channels[channel]) : kZero;
  }
  const uint8x16_t first = vld1q_u8(places);
  const uint8x16_t used = vcltq_u8(first, vdupq_n_u8(kZero));
  uint8x16_t mask[4];
  for (std::size_t k = 0; k < 4; ++k)
    mask[k] = vornq_u8(vaddq_u8(first, vdupq_n_u8(static_cast<std::uint8_t>(k * taps.stride))), used);
  const std::int32_t* weight = taps.weight.data();
  for (std::size_t output = 0; output < taps.outputs; ++output) {
    const std::uint8_t* pixel = row + taps.offset[output];
    int32x4_t sum = vdupq_n_s32(0);
    std::size_t k = 0;
    for (; k + 4 <= taps.taps; k += 4, pixel += 4 * taps.stride) {
      const uint8x16_t four = vld1q_u8(pixel);
      for (std::size_t tap = 0; tap < 4; ++tap)
        sum = vmlaq_n_s32(sum, vreinterpretq_s32_u8(vqtbl1q_u8(four, mask[tap])), weight[k + tap]);
    }
    if (k < taps.taps) {
      const uint8x16_t rest = vld1q_u8(pixel);
      for (std::size_t tap = 0; k < taps.taps; ++k, ++tap)
        sum = vmlaq_n_s32(sum, vreinterpretq_s32_u8(vqtbl1q_u8(rest, mask[tap])), weight[k]);
    }
    vst1q_s32(sums + output * 3, sum);
    weight += taps.taps;
  }
}

int16x8_t high_product(int16x8_t row, std::int16_t weight) {
  return vcombine_s16(vshrn_n_s32(vmull_n_s16(vget_low_s16(row), weight), 16),
                      vshrn_n_s32(vmull_n_s16(vget_high_s16(row), weight), 16));
}

uint8x8_t blend_values(const std::int16_t* upper, const std::int16_t* lower, std::int16_t upper_weight,
                       std::int16_t lower_weight) {
  const int16x8_t sum =
      vaddq_s16(high_product(vld1q_s16(upper), upper_weight), high_product(vld1q_s16(lower), lower_weight));
  return vqmovun_s16(vshrq_n_s16(vaddq_s16(sum, vdupq_n_s16(2)), 2));
}

void blend_rows(const std::int16_t* upper, const std::int16_t* lower, int upper_weight, int lower_weight,
                std::size_t pixels, std::uint8_t* rgb) {
  static constexpr std::uint8_t kDropFourth[16] = {0,  1,  2,  4,  5,     6,     8,     9,
                                                   10, 12, 13, 14, kZero, kZero, kZero, kZero};
  const uint8x16_t mask = vld1q_u8(kDropFourth);
  const auto above = static_cast<std::int16_t>(upper_weight);
  const auto below = static_cast<std::int16_t>(lower_weight);
  for (std::size_t pixel = 0; pixel < pixels; pixel += 4) {
    const std::size_t at = pixel * 4;
    const uint8x16_t bytes = vcombine_u8(blend_values(upper + at, lower + at, above, below),
                                         blend_values(upper + at + 8, lower + at + 8, above, below));
    vst1q_u8(rgb + pixel * 3, vqtbl1q_u8(bytes, mask));
  }
}

using Arithmetic = Normaliser::Arithmetic;

/// The constants of one channel.
struct Constants {
  float32x4_t factor;
  float32x4_t factor_rest;
};

float32x4_t scaled(uint16x4_t bytes, const Constants& c) {
  const float32x4_t value = vcvtq_f32_u32(vmovl_u16(bytes));
  return vfmaq_f32(vmulq_f32(value, c.factor_rest), value, c.factor);
}

/// Elements of eight pixels of one channel.
template <Element kElement>
struct Lanes;

template <>
struct Lanes<Element::kUint8> {
  using Value = std::uint8_t;
  using Eight = uint8x8_t;
  static void store(Value* to, Eight value) { vst1_u8(to, value); }
  static void interleave(Value* to, const Eight (&v)[3]) { vst3_u8(to, {{v[0], v[1], v[2]}}); }
};

template <>
struct Lanes<Element::kFloat16> {
  using Value = std::uint16_t;
  using Eight = uint16x8_t;
  static void store(Value* to, Eight value) { vst1q_u16(to, value); }
  static void interleave(Value* to, const Eight (&v)[3]) { vst3q_u16(to, {{v[0], v[1], v[2]}}); }
};

template <>
struct Lanes<Element::kFloat32> {
  using Value = float;
  using Eight = float32x4x2_t;
  static void store(Value* to, Eight value) {
    vst1q_f32(to, value.val[0]);
    vst1q_f32(to + 4, value.val[1]);
  }
  static void interleave(Value* to, const Eight (&v)[3]) {
    vst3q_f32(to, {{v[0].val[0], v[1].val[0], v[2].val[0]}});
    vst3q_f32(to + 12, {{v[0].val[1], v[1].val[1], v[2].val[1]}});
  }
};

template <Element kElement, Arithmetic kArithmetic>
typename Lanes<kElement>::Eight elements(uint8x8_t bytes, const Constants& c) {
  if constexpr (kArithmetic == Arithmetic::kByte) {
    return bytes;
  } else {
    const uint16x8_t words = vmovl_u8(bytes);
    const float32x4_t low = scaled(vget_low_u16(words), c);
    const float32x4_t high = scaled(vget_high_u16(words), c);
    if constexpr (kElement == Element::kFloat16)
      return vreinterpretq_u16_f16(vcombine_f16(vcvt_f16_f32(low), vcvt_f16_f32(high)));
    else
      return {{low, high}};
  }
}

template <Element kElement, Arithmetic kArithmetic>
void normalise_as(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
                  std::size_t plane) {
  using Value = typename Lanes<kElement>::Value;
  Constants constants[3];
  for (std::size_t channel = 0; channel < 3; ++channel)
    constants[channel] = {vdupq_n_f32(normaliser.factor[channel]),
                          vdupq_n_f32(normaliser.factor_rest[channel])};
  const bool planar = normaliser.planar;
  const auto store8 = [&](const std::uint8_t* from, Value* to, std::size_t distance) {
    const uint8x8x3_t bytes = vld3_u8(from);
    typename Lanes<kElement>::Eight values[3];
    for (std::size_t channel = 0; channel < 3; ++channel)
      values[channel] = elements<kElement, kArithmetic>(bytes.val[channel], constants[channel]);
    if (planar)
      for (std::size_t channel = 0; channel < 3; ++channel)
        Lanes<kElement>::store(to + channel * distance, values[channel]);
    else
      Lanes<kElement>::interleave(to, values);
  };
  auto* const to = static_cast<Value*>(out);
  const std::size_t step = planar ? 1 : 3;
  std::size_t x = 0;
  for (; x + 8 <= width; x += 8) store8(rgb + x * 3, to + x * step, plane);
  if (x == width) return;
  Value rest[24];
  store8(rgb + x * 3, rest, 8);
  if (planar)
    for (std::size_t channel = 0; channel < 3; ++channel)
      std::memcpy(to + channel * plane + x, rest + channel * 8, (width - x) * sizeof(Value));
  else
    std::memcpy(to + x * 3, rest, (width - x) * 3 * sizeof(Value));
}

void normalise_row(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
                   std::size_t plane) {
  const bool half = normaliser.element == Element::kFloat16;
  switch (normaliser.arithmetic) {
    case Arithmetic::kTable:
      return scalar::normalise_row(normaliser, rgb, width, out, plane);
    case Arithmetic::kByte:
      return normalise_as<Element::kUint8, Arithmetic::kByte>(normaliser, rgb, width, out, plane);
    case Arithmetic::kScale:
      return half ? normalise_as<Element::kFloat16, Arithmetic::kScale>(normaliser, rgb, width, out, plane)
                  : normalise_as<Element::kFloat32, Arithmetic::kScale>(normaliser, rgb, width, out, plane);
  }
}

// What is missing here the compiler turns into NEON instructions by itself.
constexpr Kernels kNeon = {
    "neon",     scalar::pack_row, scalar::decode_row,    blend_row,    sum_row, scalar::round_row,
    blend_rows, scalar::sum_rows, scalar::sum_byte_rows, normalise_row};

}  // namespace

const Kernels* neon_kernels() noexcept {
  return &kNeon;
}

}  // namespace jetson_vla::image

#else

namespace jetson_vla::image {

const Kernels* neon_kernels() noexcept {
  return nullptr;
}

}  // namespace jetson_vla::image

#endif
