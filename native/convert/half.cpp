#include "convert/half.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace jetson_vla {
namespace {

constexpr std::uint32_t kFloatSign = 0x80000000U;
constexpr std::uint32_t kFloatInfinity = 0x7f800000U;
constexpr std::uint32_t kFloatQuiet = 0x00400000U;
constexpr std::uint32_t kHalfSign = 0x8000U;
constexpr std::uint32_t kHalfInfinity = 0x7c00U;
constexpr std::uint32_t kHalfQuiet = 0x0200U;
constexpr std::uint32_t kHalfFraction = 0x03ffU;
/// Fraction bits of a float minus those of a half.
constexpr int kFractionShift = 13;
/// Exponent bias of a float minus that of a half, in place in a half.
constexpr std::uint32_t kBiasChange = (127U - 15U) << 10;
/// 2⁻¹⁴, the smallest normal half, and 65520, from where on halves overflow: as float patterns.
constexpr std::uint32_t kSmallestNormalHalf = 0x38800000U;
constexpr std::uint32_t kHalfOverflow = 0x477ff000U;

std::uint32_t bits_of(float value) noexcept {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float float_of(std::uint32_t bits) noexcept {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// `value` without its lowest `shift` bits, 1 … 31, rounded to nearest, ties to even; it must not overflow.
std::uint32_t shifted_to_even(std::uint32_t value, int shift) noexcept {
  const std::uint32_t odd = (value >> shift) & 1U;
  return (value + (1U << (shift - 1)) - 1U + odd) >> shift;
}

#if defined(__x86_64__)

bool has_f16c() noexcept {
  static const bool has = __builtin_cpu_supports("avx") && __builtin_cpu_supports("f16c");
  return has;
}

/// Both convert whole groups of eight and return how many values that were.
__attribute__((target("avx,f16c"))) std::size_t float_to_half_f16c(const float* from, std::uint16_t* to,
                                                                   std::size_t count) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= count; at += 8)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at),
                     _mm256_cvtps_ph(_mm256_loadu_ps(from + at), _MM_FROUND_TO_NEAREST_INT));
  return at;
}

__attribute__((target("avx,f16c"))) std::size_t half_to_float_f16c(const std::uint16_t* from, float* to,
                                                                   std::size_t count) noexcept {
  std::size_t at = 0;
  for (; at + 8 <= count; at += 8)
    _mm256_storeu_ps(to + at, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at))));
  return at;
}

#endif

}  // namespace

std::uint16_t half_from_float(float value) noexcept {
  const std::uint32_t bits = bits_of(value);
  const std::uint32_t sign = (bits & kFloatSign) >> 16;
  const std::uint32_t magnitude = bits & ~kFloatSign;
  std::uint32_t half;
  if (magnitude > kFloatInfinity) {
    half = kHalfInfinity | kHalfQuiet | ((magnitude >> kFractionShift) & kHalfFraction);
  } else if (magnitude >= kHalfOverflow) {
    half = kHalfInfinity;
  } else if (magnitude >= kSmallestNormalHalf) {
    // A fraction that rounds up to the next power of two carries into the exponent, which is the pattern
    // wanted.
    half = shifted_to_even(magnitude, kFractionShift) - kBiasChange;
  } else {
    // Subnormal halves count steps of 2⁻²⁴: the shift brings the significand to that unit.
    const int shift = 126 - static_cast<int>(magnitude >> 23);
    const std::uint32_t significand = (magnitude & 0x007fffffU) | 0x00800000U;
    half = shift > 25 ? 0 : shifted_to_even(significand, shift);
  }
  return static_cast<std::uint16_t>(sign | half);
}

float float_from_half(std::uint16_t bits) noexcept {
  const std::uint32_t sign = (bits & kHalfSign) << 16;
  const std::uint32_t magnitude = bits & ~kHalfSign;
  if (magnitude >= kHalfInfinity) {
    const std::uint32_t fraction = (magnitude & kHalfFraction) << kFractionShift;
    return float_of(sign | kFloatInfinity | fraction | (fraction == 0 ? 0 : kFloatQuiet));
  }
  if (magnitude > kHalfFraction) return float_of(sign | ((magnitude + kBiasChange) << kFractionShift));
  const float steps = static_cast<float>(magnitude) * 0x1p-24F;
  return float_of(sign | bits_of(steps));
}

std::uint16_t bfloat16_from_float(float value) noexcept {
  const std::uint32_t bits = bits_of(value);
  const bool nan = (bits & ~kFloatSign) > kFloatInfinity;
  return static_cast<std::uint16_t>(nan ? (bits | kFloatQuiet) >> 16 : shifted_to_even(bits, 16));
}

float float_from_bfloat16(std::uint16_t bits) noexcept {
  const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
  const bool nan = (wide & ~kFloatSign) > kFloatInfinity;
  return float_of(nan ? wide | kFloatQuiet : wide);
}

void float_to_half(const float* from, std::uint16_t* to, std::size_t count) noexcept {
  std::size_t at = 0;
#if defined(__x86_64__)
  if (has_f16c()) at = float_to_half_f16c(from, to, count);
#elif defined(__aarch64__)
  for (; at + 4 <= count; at += 4)
    vst1_u16(to + at, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(from + at))));
#endif
  for (; at < count; ++at) to[at] = half_from_float(from[at]);
}

void half_to_float(const std::uint16_t* from, float* to, std::size_t count) noexcept {
  std::size_t at = 0;
#if defined(__x86_64__)
  if (has_f16c()) at = half_to_float_f16c(from, to, count);
#elif defined(__aarch64__)
  for (; at + 4 <= count; at += 4)
    vst1q_f32(to + at, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from + at))));
#endif
  for (; at < count; ++at) to[at] = float_from_half(from[at]);
}

void float_to_bfloat16(const float* from, std::uint16_t* to, std::size_t count) noexcept {
  for (std::size_t at = 0; at < count; ++at) to[at] = bfloat16_from_float(from[at]);
}

void bfloat16_to_float(const std::uint16_t* from, float* to, std::size_t count) noexcept {
  for (std::size_t at = 0; at < count; ++at) to[at] = float_from_bfloat16(from[at]);
}

}  // namespace jetson_vla
