#pragma once

#include "image/kernels.h"

/// The kernels of scalar_kernels() by name, for the other sets to fall back on; see Kernels for what each
/// does.
namespace jetson_vla::image::scalar {

void pack_row(const std::uint8_t* pixels, std::int64_t stride, const std::array<std::size_t, 3>& channels,
              std::size_t width, std::uint8_t* rgb);
void decode_row(const std::uint8_t* row, std::size_t width, bool luma_first, std::uint8_t* rgb);
void blend_row(const RowTaps& taps, const std::uint8_t* row, std::int16_t* blended);
void sum_row(const RowTaps& taps, const std::uint8_t* row, std::int32_t* sums);
void round_row(const std::int32_t* sums, std::size_t values, int bits, std::uint8_t* bytes);
void blend_rows(const std::int16_t* upper, const std::int16_t* lower, int upper_weight, int lower_weight,
                std::size_t pixels, std::uint8_t* rgb);
void sum_rows(const std::int32_t* const* rows, const double* weights, std::size_t count, std::size_t values,
              std::uint8_t* rgb);
void sum_byte_rows(const std::uint8_t* const* rows, const double* weights, std::size_t count,
                   std::size_t values, std::uint8_t* rgb);
void normalise_row(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
                   std::size_t plane);

}  // namespace jetson_vla::image::scalar
