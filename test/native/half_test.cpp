#include "convert/half.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

namespace jetson_vla {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::uint32_t bits_of(float value) {
  std::uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

float float_of(std::uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

bool is_half_nan(std::uint16_t bits) {
  return (bits & 0x7fff) > 0x7c00;
}

/// The definition of binary16, in arithmetic instead of bit moves.
double half_value(std::uint16_t bits) {
  const int exponent = (bits >> 10) & 0x1f;
  const int fraction = bits & 0x3ff;
  const double sign = (bits & 0x8000) != 0 ? -1 : 1;
  if (exponent == 0x1f) return fraction == 0 ? sign * kInfinity : std::nan("");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

std::vector<std::uint16_t> all_patterns() {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t bits = 0; bits < all.size(); ++bits) all[bits] = static_cast<std::uint16_t>(bits);
  return all;
}

/// Every kind of float: random patterns, and both neighbours of every point where halves round up.
std::vector<float> interesting_floats() {
  std::mt19937 random(7);
  std::vector<float> floats;
  for (int i = 0; i < 200000; ++i) floats.push_back(float_of(random()));
  for (std::uint32_t half = 0; half < 0x7c00; ++half) {
    const auto lower = half_value(static_cast<std::uint16_t>(half));
    const auto upper = half == 0x7bff ? 65536.0 : half_value(static_cast<std::uint16_t>(half + 1));
    const auto middle = static_cast<float>((lower + upper) / 2);
    for (const float value :
         {std::nextafter(middle, -kInfinity), middle, std::nextafter(middle, kInfinity)}) {
      floats.push_back(value);
      floats.push_back(-value);
    }
  }
  floats.insert(floats.end(), {0.0F, -0.0F, kInfinity, -kInfinity, 65504.0F, 65519.996F, 65520.0F,
                               std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min(),
                               float_of(0x7f800001), float_of(0xffc12345)});
  return floats;
}

TEST(Half, WidensEveryPatternToTheNumberItStandsFor) {
  for (const std::uint16_t bits : all_patterns()) {
    const float value = float_from_half(bits);
    if (is_half_nan(bits)) {
      EXPECT_TRUE(std::isnan(value));
      EXPECT_EQ(bits_of(value) & 0x00400000, 0x00400000U) << "a quiet NaN";
    } else {
      EXPECT_EQ(static_cast<double>(value), half_value(bits)) << bits;
      EXPECT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    }
  }
}

TEST(Half, ComesBackFromFloatUnchanged) {
  for (const std::uint16_t bits : all_patterns()) {
    const std::uint16_t quiet = is_half_nan(bits) ? bits | 0x0200 : bits;
    EXPECT_EQ(half_from_float(float_from_half(bits)), quiet);
  }
}

TEST(Half, RoundsHalfwayToTheEvenPatternAndAnythingElseToTheNearest) {
  for (std::uint32_t half = 0; half < 0x7c00; ++half) {
    const auto lower = half_value(static_cast<std::uint16_t>(half));
    const auto upper = half == 0x7bff ? 65536.0 : half_value(static_cast<std::uint16_t>(half + 1));
    const auto middle = static_cast<float>((lower + upper) / 2);
    EXPECT_EQ(half_from_float(std::nextafter(middle, 0.0F)), half);
    EXPECT_EQ(half_from_float(middle), half % 2 == 0 ? half : half + 1);
    EXPECT_EQ(half_from_float(std::nextafter(middle, kInfinity)), half + 1);
    EXPECT_EQ(half_from_float(-middle), 0x8000 | (half % 2 == 0 ? half : half + 1));
  }
}

TEST(Half, OverflowsToInfinityAndUnderflowsToZeroOfTheSameSign) {
  EXPECT_EQ(half_from_float(65504.0F), 0x7bff);
  EXPECT_EQ(half_from_float(65520.0F), 0x7c00);
  EXPECT_EQ(half_from_float(-1e30F), 0xfc00);
  EXPECT_EQ(half_from_float(kInfinity), 0x7c00);
  EXPECT_EQ(half_from_float(0x1p-25F), 0x0000);
  EXPECT_EQ(half_from_float(-1e-30F), 0x8000);
}

TEST(Half, KeepsNanQuietWithItsSign) {
  EXPECT_EQ(half_from_float(float_of(0x7f800001)), 0x7e00);
  EXPECT_EQ(half_from_float(float_of(0xffc02000)), 0xfe01);
}

TEST(Half, ConvertsArraysOfAnyLengthAsSingleValues) {
  const std::vector<std::uint16_t> halves = all_patterns();
  std::vector<float> widened(halves.size());
  half_to_float(halves.data(), widened.data(), halves.size());
  for (std::size_t at = 0; at < halves.size(); ++at)
    ASSERT_EQ(bits_of(widened[at]), bits_of(float_from_half(halves[at]))) << at;

  const std::vector<float> floats = interesting_floats();
  std::vector<std::uint16_t> narrowed(floats.size());
  float_to_half(floats.data(), narrowed.data(), floats.size());
  for (std::size_t at = 0; at < floats.size(); ++at)
    ASSERT_EQ(narrowed[at], half_from_float(floats[at])) << std::hexfloat << floats[at];

  for (std::size_t count = 0; count < 20; ++count) {
    std::vector<std::uint16_t> some(count + 1, 0xabcd);
    float_to_half(floats.data(), some.data(), count);
    EXPECT_EQ(some.back(), 0xabcd) << "wrote past " << count;
    std::vector<float> back(count + 1, -7.0F);
    half_to_float(halves.data() + 1, back.data(), count);
    EXPECT_EQ(back.back(), -7.0F) << "wrote past " << count;
    for (std::size_t at = 0; at < count; ++at) {
      EXPECT_EQ(some[at], half_from_float(floats[at]));
      EXPECT_EQ(back[at], float_from_half(halves[at + 1]));
    }
  }
}

TEST(Bfloat16, WidensAndComesBackUnchanged) {
  for (const std::uint16_t bits : all_patterns()) {
    const bool nan = (bits & 0x7fff) > 0x7f80;
    const std::uint16_t quiet = nan ? bits | 0x0040 : bits;
    EXPECT_EQ(bits_of(float_from_bfloat16(bits)), static_cast<std::uint32_t>(quiet) << 16);
    EXPECT_EQ(bfloat16_from_float(float_from_bfloat16(bits)), quiet);
  }
}

TEST(Bfloat16, RoundsHalfwayToTheEvenPatternAndAnythingElseToTheNearest) {
  for (std::uint32_t high = 0; high < 0x7f80; ++high) {
    const std::uint32_t middle = (high << 16) | 0x8000;
    EXPECT_EQ(bfloat16_from_float(float_of(middle - 1)), high);
    EXPECT_EQ(bfloat16_from_float(float_of(middle)), high + high % 2);
    EXPECT_EQ(bfloat16_from_float(float_of(middle + 1)), high + 1);
  }
  EXPECT_EQ(bfloat16_from_float(std::numeric_limits<float>::max()), 0x7f80);
  EXPECT_EQ(bfloat16_from_float(float_of(0xff800001)), 0xffc0);
}

TEST(Bfloat16, ConvertsArraysAsSingleValues) {
  const std::vector<float> floats = interesting_floats();
  std::vector<std::uint16_t> narrowed(floats.size());
  std::vector<float> widened(floats.size());
  float_to_bfloat16(floats.data(), narrowed.data(), floats.size());
  bfloat16_to_float(narrowed.data(), widened.data(), floats.size());
  for (std::size_t at = 0; at < floats.size(); ++at) {
    ASSERT_EQ(narrowed[at], bfloat16_from_float(floats[at]));
    ASSERT_EQ(bits_of(widened[at]), bits_of(float_from_bfloat16(narrowed[at])));
  }
}

}  // namespace
}  // namespace jetson_vla
