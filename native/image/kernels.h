#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "image/normaliser.h"
#include "image/row_taps.h"

namespace jetson_vla::image {

/// The inner loops of Executor. Rows in scratch memory are packed RGB, three values a pixel, unless said
/// otherwise, and have kRowPadding bytes behind them that kernels may read and write.
struct Kernels {
  const char* name;

  /// Gathers `width` pixels that are `stride` bytes apart, −4 … 4, into packed ones; the channels of a pixel
  /// are at `channels`. May read 16 bytes from the lowest address of any pixel.
  void (*pack_row)(const std::uint8_t* pixels, std::int64_t stride,
                   const std::array<std::size_t, 3>& channels, std::size_t width, std::uint8_t* rgb);

  /// Decodes `width` pixels, an even number, of a 4:2:2 row. Reads 2 × width bytes.
  void (*decode_row)(const std::uint8_t* row, std::size_t width, bool luma_first, std::uint8_t* rgb);

  /// Blends two taps to values × 2⁷, four per pixel of which the last means nothing, for padded_outputs.
  void (*blend_row)(const RowTaps& taps, const std::uint8_t* row, std::int16_t* blended);

  /// Sums any number of taps.
  void (*sum_row)(const RowTaps& taps, const std::uint8_t* row, std::int32_t* sums);

  /// Rounds sums in units of 2^−bits to bytes.
  void (*round_row)(const std::int32_t* sums, std::size_t values, int bits, std::uint8_t* bytes);

  /// Blends two rows of blend_row with weights in units of 2⁻¹¹ as OpenCV does.
  void (*blend_rows)(const std::int16_t* upper, const std::int16_t* lower, int upper_weight, int lower_weight,
                     std::size_t pixels, std::uint8_t* rgb);

  /// The rows' weighted sum in double precision, added in the order of the rows, plus ½, cut off to a byte.
  void (*sum_rows)(const std::int32_t* const* rows, const double* weights, std::size_t count,
                   std::size_t values, std::uint8_t* rgb);
  void (*sum_byte_rows)(const std::uint8_t* const* rows, const double* weights, std::size_t count,
                        std::size_t values, std::uint8_t* rgb);

  /// Writes the elements of a row to `out`, exactly 3 × width of them; with planes, `plane` elements apart.
  void (*normalise_row)(const Normaliser& normaliser, const std::uint8_t* rgb, std::size_t width, void* out,
                        std::size_t plane);
};

/// The reference: plain C++ that says what the others must equal.
const Kernels& scalar_kernels() noexcept;
/// Null where the file was compiled for another architecture or the processor lacks the instructions.
const Kernels* avx2_kernels() noexcept;
const Kernels* neon_kernels() noexcept;

/// The fastest that this processor runs.
const Kernels& best_kernels() noexcept;

}  // namespace jetson_vla::image
