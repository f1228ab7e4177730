#pragma once

#include <cstdint>

namespace jetson_vla::image {

/// BT.601 limited range with 20 fractional bits, with the factors of lib/policy/pixel-formats.ts.
constexpr int kYuvShift = 20;
constexpr std::int32_t kYuvHalf = 1 << (kYuvShift - 1);
constexpr auto kLuma = static_cast<std::int32_t>(1.164 * (1 << kYuvShift));
constexpr auto kRedFromV = static_cast<std::int32_t>(1.596 * (1 << kYuvShift));
constexpr auto kGreenFromU = static_cast<std::int32_t>(-0.391 * (1 << kYuvShift));
constexpr auto kGreenFromV = static_cast<std::int32_t>(-0.813 * (1 << kYuvShift));
constexpr auto kBlueFromU = static_cast<std::int32_t>(2.018 * (1 << kYuvShift));

inline std::uint8_t yuv_byte(std::int32_t fixed) noexcept {
  const std::int32_t value = fixed >> kYuvShift;
  return static_cast<std::uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
}

/// One pixel as RGB from its luma and the chroma of its pair.
inline void decode_yuv(int y, int u, int v, std::uint8_t* rgb) noexcept {
  const std::int32_t luma = (y > 16 ? y - 16 : 0) * kLuma + kYuvHalf;
  rgb[0] = yuv_byte(luma + kRedFromV * (v - 128));
  rgb[1] = yuv_byte(luma + kGreenFromU * (u - 128) + kGreenFromV * (v - 128));
  rgb[2] = yuv_byte(luma + kBlueFromU * (u - 128));
}

}  // namespace jetson_vla::image
