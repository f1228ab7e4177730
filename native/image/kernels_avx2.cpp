#include "image/kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "image/kernels_scalar.h"
#include "image/yuv422.h"

// This file is compiled for AVX2. It must not instantiate inline functions of the standard library: the
// linker might give such a copy to the rest of the program, which has to run without AVX2.

namespace jetson_vla::image {
namespace {

constexpr char kZero = -1;

__m128i load8(const void* from) {
  return _mm_loadl_epi64(static_cast<const __m128i*>(from));
}
__m128i load16(const void* from) {
  return _mm_loadu_si128(static_cast<const __m128i*>(from));
}
__m256i load32(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
void store16(void* to, __m128i value) {
  _mm_storeu_si128(static_cast<__m128i*>(to), value);
}
void store32(void* to, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(to), value);
}

/// Both lanes with the 8 bytes at each of two places.
__m128i load_pair(const std::uint8_t* first, const std::uint8_t* second) {
  return _mm_unpacklo_epi64(load8(first), load8(second));
}

void pack_row(const std::uint8_t* pixels, std::int64_t stride, const std::array<std::size_t, 3>& channels,
              std::size_t width, std::uint8_t* rgb) {
  const std::int64_t step = stride < 0 ? -stride : stride;
  char places[16];
  for (int at = 0; at < 16; ++at) {
    const int pixel = stride < 0 ? 3 - at / 3 : at / 3;
    places[at] = at < 12 ? static_cast<char>(pixel * step + static_cast<int>(channels[at % 3])) : kZero;
  }
  const __m128i mask = load16(places);
  // Four pixels from their lowest address on.
  const std::uint8_t* from = stride < 0 ? pixels + 3 * stride : pixels;
  std::size_t x = 0;
  for (; x + 4 <= width; x += 4, from += 4 * stride)
    store16(rgb + x * 3, _mm_shuffle_epi8(load16(from), mask));
  scalar::pack_row(pixels + static_cast<std::int64_t>(x) * stride, stride, channels, width - x, rgb + x * 3);
}

/// Eight fixed-point values, each of four pairs of pixels twice, as the products of a chroma byte minus 128.
__m256i chroma_product(__m256i centred, std::int32_t factor) {
  return _mm256_mullo_epi32(centred, _mm256_set1_epi32(factor));
}

/// Eight 16-bit values in order from the sums of luma and chroma.
__m128i yuv_values(__m256i luma, __m256i chroma) {
  const __m256i value = _mm256_srai_epi32(_mm256_add_epi32(luma, chroma), kYuvShift);
  const __m256i narrow = _mm256_permute4x64_epi64(_mm256_packs_epi32(value, value), 0x08);
  return _mm256_castsi256_si128(narrow);
}

void decode_row(const std::uint8_t* row, std::size_t width, bool luma_first, std::uint8_t* rgb) {
  const char y = luma_first ? 0 : 1;
  const char c = luma_first ? 1 : 0;
  const __m128i luma_mask =
      _mm_setr_epi8(y, y + 2, y + 4, y + 6, y + 8, y + 10, y + 12, y + 14, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i u_mask =
      _mm_setr_epi8(c, c, c + 4, c + 4, c + 8, c + 8, c + 12, c + 12, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i v_mask = _mm_add_epi8(u_mask, _mm_setr_epi8(2, 2, 2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m128i interleave_red_green =
      _mm_setr_epi8(0, 8, kZero, 1, 9, kZero, 2, 10, kZero, 3, 11, kZero, 4, 12, kZero, 5);
  const __m128i interleave_blue = _mm_setr_epi8(kZero, kZero, 0, kZero, kZero, 1, kZero, kZero, 2, kZero,
                                                kZero, 3, kZero, kZero, 4, kZero);
  const __m128i rest_red_green = _mm_setr_epi8(13, kZero, 6, 14, kZero, 7, 15, kZero, kZero, kZero, kZero,
                                               kZero, kZero, kZero, kZero, kZero);
  const __m128i rest_blue = _mm_setr_epi8(kZero, 5, kZero, kZero, 6, kZero, kZero, 7, kZero, kZero, kZero,
                                          kZero, kZero, kZero, kZero, kZero);
  const __m256i middle = _mm256_set1_epi32(128);
  std::size_t x = 0;
  for (; x + 8 <= width; x += 8) {
    const __m128i bytes = load16(row + x * 2);
    const __m128i dark = _mm_subs_epu8(_mm_shuffle_epi8(bytes, luma_mask), _mm_set1_epi8(16));
    const __m256i luma =
        _mm256_add_epi32(_mm256_mullo_epi32(_mm256_cvtepu8_epi32(dark), _mm256_set1_epi32(kLuma)),
                         _mm256_set1_epi32(kYuvHalf));
    const __m256i u = _mm256_sub_epi32(_mm256_cvtepu8_epi32(_mm_shuffle_epi8(bytes, u_mask)), middle);
    const __m256i v = _mm256_sub_epi32(_mm256_cvtepu8_epi32(_mm_shuffle_epi8(bytes, v_mask)), middle);
    const __m256i green = _mm256_add_epi32(chroma_product(u, kGreenFromU), chroma_product(v, kGreenFromV));
    const __m128i red_green =
        _mm_packus_epi16(yuv_values(luma, chroma_product(v, kRedFromV)), yuv_values(luma, green));
    const __m128i blue_values = yuv_values(luma, chroma_product(u, kBlueFromU));
    const __m128i blue = _mm_packus_epi16(blue_values, blue_values);
    store16(rgb + x * 3, _mm_or_si128(_mm_shuffle_epi8(red_green, interleave_red_green),
                                      _mm_shuffle_epi8(blue, interleave_blue)));
    _mm_storel_epi64(
        reinterpret_cast<__m128i*>(rgb + x * 3 + 16),
        _mm_or_si128(_mm_shuffle_epi8(red_green, rest_red_green), _mm_shuffle_epi8(blue, rest_blue)));
  }
  scalar::decode_row(row + x * 2, width - x, luma_first, rgb + x * 3);
}

void blend_row(const RowTaps& taps, const std::uint8_t* row, std::int16_t* blended) {
  const __m256i even = _mm256_broadcastsi128_si256(load16(&taps.pair_at_start));
  const __m256i odd = _mm256_broadcastsi128_si256(load16(&taps.pair_at_eight));
  const std::int32_t* const offset = taps.offset.data();
  const std::int16_t* weight = taps.blend_weight.data();
  for (std::size_t output = 0; output < taps.padded_outputs; output += 4, weight += 32) {
    const __m128i low = load_pair(row + offset[output], row + offset[output + 1]);
    const __m128i high = load_pair(row + offset[output + 2], row + offset[output + 3]);
    const __m256i pixels = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    const __m256i first = _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, even), load32(weight));
    const __m256i second = _mm256_madd_epi16(_mm256_shuffle_epi8(pixels, odd), load32(weight + 16));
    store32(blended + output * 4,
            _mm256_packs_epi32(_mm256_srai_epi32(first, 4), _mm256_srai_epi32(second, 4)));
  }
}

template <bool kHasLower>
void sum_row_of(const RowTaps& taps, const std::uint8_t* row, std::int32_t* sums) {
  const __m256i mask = _mm256_inserti128_si256(_mm256_castsi128_si256(load16(&taps.pair_at_start)),
                                               load16(&taps.pair_at_third), 1);
  const std::size_t group_bytes = 4 * taps.stride;
  const std::int16_t* weight = taps.group_weight.data();
  for (std::size_t output = 0; output < taps.outputs; ++output) {
    const std::uint8_t* pixel = row + taps.offset[output];
    __m256i upper = _mm256_setzero_si256();
    __m256i lower = _mm256_setzero_si256();
    for (std::size_t group = 0; group < taps.groups; ++group, pixel += group_bytes, weight += 32) {
      const __m256i pairs = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load16(pixel)), mask);
      upper = _mm256_add_epi32(upper, _mm256_madd_epi16(pairs, load32(weight)));
      if (kHasLower) lower = _mm256_add_epi32(lower, _mm256_madd_epi16(pairs, load32(weight + 16)));
    }
    __m256i both = _mm256_slli_epi32(upper, 11);
    if (kHasLower) both = _mm256_add_epi32(both, lower);
    store16(sums + output * 3,
            _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1)));
  }
}

void sum_row(const RowTaps& taps, const std::uint8_t* row, std::int32_t* sums) {
  if (taps.has_lower)
    sum_row_of<true>(taps, row, sums);
  else
    sum_row_of<false>(taps, row, sums);
}

/// Eight 32-bit values as bytes, limited to 0 … 255.
__m128i to_bytes(__m256i values) {
  const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  return _mm_packus_epi16(words, words);
}

void round_row(const std::int32_t* sums, std::size_t values, int bits, std::uint8_t* bytes) {
  const __m256i half = _mm256_set1_epi32(1 << (bits - 1));
  const __m128i shift = _mm_cvtsi32_si128(bits);
  for (std::size_t at = 0; at < values; at += 8)
    _mm_storel_epi64(reinterpret_cast<__m128i*>(bytes + at),
                     to_bytes(_mm256_sra_epi32(_mm256_add_epi32(load32(sums + at), half), shift)));
}

/// Sixteen blended values, not yet limited to bytes, which they do not need.
__m256i blend_values(const std::int16_t* upper, const std::int16_t* lower, __m256i upper_weight,
                     __m256i lower_weight) {
  const __m256i sum = _mm256_add_epi16(_mm256_mulhi_epi16(load32(upper), upper_weight),
                                       _mm256_mulhi_epi16(load32(lower), lower_weight));
  return _mm256_srai_epi16(_mm256_add_epi16(sum, _mm256_set1_epi16(2)), 2);
}

void blend_rows(const std::int16_t* upper, const std::int16_t* lower, int upper_weight, int lower_weight,
                std::size_t pixels, std::uint8_t* rgb) {
  const __m256i above = _mm256_set1_epi16(static_cast<std::int16_t>(upper_weight));
  const __m256i below = _mm256_set1_epi16(static_cast<std::int16_t>(lower_weight));
  const __m256i drop_fourth = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, kZero, kZero, kZero, kZero));
  for (std::size_t pixel = 0; pixel < pixels; pixel += 8) {
    const std::size_t at = pixel * 4;
    const __m256i bytes = _mm256_packus_epi16(blend_values(upper + at, lower + at, above, below),
                                              blend_values(upper + at + 16, lower + at + 16, above, below));
    const __m256i packed = _mm256_shuffle_epi8(_mm256_permute4x64_epi64(bytes, 0xd8), drop_fourth);
    store16(rgb + pixel * 3, _mm256_castsi256_si128(packed));
    store16(rgb + pixel * 3 + 12, _mm256_extracti128_si256(packed, 1));
  }
}

__m256d four_values(const std::int32_t* row) {
  return _mm256_cvtepi32_pd(load16(row));
}
__m256d four_values(const std::uint8_t* row) {
  std::int32_t four;
  std::memcpy(&four, row, sizeof four);
  return _mm256_cvtepi32_pd(_mm_cvtepu8_epi32(_mm_cvtsi32_si128(four)));
}

template <typename Row>
void sum_any_rows(const Row* const* rows, const double* weights, std::size_t count, std::size_t values,
                  std::uint8_t* rgb) {
  for (std::size_t at = 0; at < values; at += 16) {
    __m256d sum[4];
    for (__m256d& four : sum) four = _mm256_set1_pd(0.5);
    for (std::size_t k = 0; k < count; ++k) {
      const __m256d weight = _mm256_set1_pd(weights[k]);
      for (std::size_t part = 0; part < 4; ++part)
        sum[part] = _mm256_add_pd(sum[part], _mm256_mul_pd(four_values(rows[k] + at + part * 4), weight));
    }
    const __m128i low = _mm_packs_epi32(_mm256_cvttpd_epi32(sum[0]), _mm256_cvttpd_epi32(sum[1]));
    const __m128i high = _mm_packs_epi32(_mm256_cvttpd_epi32(sum[2]), _mm256_cvttpd_epi32(sum[3]));
    store16(rgb + at, _mm_packus_epi16(low, high));
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

using Arithmetic = Normaliser::Arithmetic;

/// The constants of eight consecutive values.
struct Constants {
  __m256 factor;
  __m256 factor_rest;
};

/// Of interleaved values from the first-th on.
Constants interleaved_constants(const Normaliser& normaliser, std::size_t first) {
  return {_mm256_loadu_ps(normaliser.factor.data() + first),
          _mm256_loadu_ps(normaliser.factor_rest.data() + first)};
}

/// Stores the elements for the lower eight bytes.
template <Element kElement, Arithmetic kArithmetic>
void store_elements(__m128i bytes, const Constants& c, void* to) {
  if constexpr (kArithmetic == Arithmetic::kByte) {
    _mm_storel_epi64(static_cast<__m128i*>(to), bytes);
  } else {
    const __m256 value = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
    const __m256 result = _mm256_fmadd_ps(value, c.factor, _mm256_mul_ps(value, c.factor_rest));
    if constexpr (kElement == Element::kFloat16)
      store16(to, _mm256_cvtps_ph(result, _MM_FROUND_TO_NEAREST_INT));
    else
      _mm256_storeu_ps(static_cast<float*>(to), result);
  }
}

template <Element kElement, Arithmetic kArithmetic>
void normalise_interleaved(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width,
                           void* out) {
  constexpr std::size_t kBytes = kElement == Element::kFloat32 ? 4 : kElement == Element::kFloat16 ? 2 : 1;
  const Constants first = interleaved_constants(normaliser, 0);
  const Constants second = interleaved_constants(normaliser, 8);
  const Constants third = interleaved_constants(normaliser, 16);
  auto* const to = static_cast<std::uint8_t*>(out);
  const std::size_t values = width * 3;
  const auto store24 = [&](const std::uint8_t* from, std::uint8_t* elements) {
    store_elements<kElement, kArithmetic>(load8(from), first, elements);
    store_elements<kElement, kArithmetic>(load8(from + 8), second, elements + 8 * kBytes);
    store_elements<kElement, kArithmetic>(load8(from + 16), third, elements + 16 * kBytes);
  };
  std::size_t at = 0;
  for (; at + 24 <= values; at += 24) store24(rgb + at, to + at * kBytes);
  if (at == values) return;
  std::uint8_t rest[24 * kBytes];
  store24(rgb + at, rest);
  std::memcpy(to + at * kBytes, rest, (values - at) * kBytes);
}

/// Shuffles that take the bytes first, first + 3, … out of 24: from a register with bytes 0 … 15, and from
/// one with bytes 8 … 23 what the other lacks.
struct EveryThird {
  char low[16];
  char high[16];
};

constexpr EveryThird every_third(int first) {
  EveryThird places{};
  for (int at = 0; at < 16; ++at) {
    const int place = first + at * 3;
    places.low[at] = static_cast<char>(at < 8 && place < 16 ? place : kZero);
    places.high[at] = static_cast<char>(at < 8 && place >= 16 ? place - 8 : kZero);
  }
  return places;
}

constexpr EveryThird kEveryThird[3] = {every_third(0), every_third(1), every_third(2)};

template <Element kElement, Arithmetic kArithmetic>
void normalise_plane(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, int channel,
                     std::uint8_t* to) {
  constexpr std::size_t kBytes = kElement == Element::kFloat32 ? 4 : kElement == Element::kFloat16 ? 2 : 1;
  const Constants same = {_mm256_broadcast_ss(normaliser.factor.data() + channel),
                          _mm256_broadcast_ss(normaliser.factor_rest.data() + channel)};
  const __m128i low = load16(kEveryThird[channel].low);
  const __m128i high = load16(kEveryThird[channel].high);
  const auto store8 = [&](const std::uint8_t* from, std::uint8_t* elements) {
    const __m128i bytes =
        _mm_or_si128(_mm_shuffle_epi8(load16(from), low), _mm_shuffle_epi8(load16(from + 8), high));
    store_elements<kElement, kArithmetic>(bytes, same, elements);
  };
  std::size_t x = 0;
  for (; x + 8 <= width; x += 8) store8(rgb + x * 3, to + x * kBytes);
  if (x == width) return;
  std::uint8_t rest[8 * kBytes];
  store8(rgb + x * 3, rest);
  std::memcpy(to + x * kBytes, rest, (width - x) * kBytes);
}

template <Element kElement, Arithmetic kArithmetic>
void normalise_as(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
                  std::size_t plane) {
  if (!normaliser.planar) return normalise_interleaved<kElement, kArithmetic>(normaliser, rgb, width, out);
  constexpr std::size_t kBytes = kElement == Element::kFloat32 ? 4 : kElement == Element::kFloat16 ? 2 : 1;
  for (int channel = 0; channel < 3; ++channel)
    normalise_plane<kElement, kArithmetic>(
        normaliser, rgb, width, channel,
        static_cast<std::uint8_t*>(out) + static_cast<std::size_t>(channel) * plane * kBytes);
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

constexpr Kernels kAvx2 = {"avx2",    pack_row,   decode_row, blend_row,     sum_row,
                           round_row, blend_rows, sum_rows,   sum_byte_rows, normalise_row};

}  // namespace

const Kernels* avx2_kernels() noexcept {
  static const bool runs =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  return runs ? &kAvx2 : nullptr;
}

}  // namespace jetson_vla::image

#else

namespace jetson_vla::image {

const Kernels* avx2_kernels() noexcept {
  return nullptr;
}

}  // namespace jetson_vla::image

#endif
