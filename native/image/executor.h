#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "image/kernels.h"
#include "image/normaliser.h"
#include "image/plan.h"
#include "image/row_taps.h"
#include "image/source_rows.h"

namespace jetson_vla::image {

/// Turns frames of one geometry into tensors, row by row: decode, resize across, resize down, normalise and
/// lay out without an image in between. All memory is taken at construction. Not for concurrent use.
class Executor {
 public:
  /// Throws Error kInvalidArgument as check_plan does; std::bad_alloc.
  explicit Executor(const Plan& plan, const Kernels& kernels = best_kernels());

  /// Writes the tensor of a frame over all element_count() × element_bytes() of `out`, aligned as its
  /// elements. Throws Error kInvalidArgument for a frame that is too short, before anything is written.
  void write(FrameData frame, void* out);

  const Output& output() const noexcept { return output_; }

 private:
  void pad(void* out) const;
  void write_row(const std::uint8_t* rgb, std::int64_t row, void* out) const;
  /// Row `row` of the resized image, in bytes_.
  void resize_row(FrameData frame, std::size_t row);
  /// Puts a source row's filtered form into its slot, unless it is there.
  std::size_t filter_row(FrameData frame, std::int32_t source);

  std::size_t frame_bytes_;
  Output output_;
  bool resized_;
  Vertical vertical_;
  int weight_bits_;
  VerticalTaps y_;
  const Kernels& kernels_;
  SourceRows source_;
  Normaliser normaliser_;
  RowTaps taps_;

  /// Filtered rows, the source row r in slot r mod taps: each is computed once per frame.
  std::vector<std::int32_t> row_in_slot_;
  std::size_t slot_size_ = 0;
  std::vector<std::int16_t> blended_;
  std::vector<std::int32_t> sums_;
  std::vector<std::uint8_t> rounded_;
  std::vector<const std::int32_t*> sum_rows_;
  std::vector<const std::uint8_t*> byte_rows_;
  std::vector<double> shares_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace jetson_vla::image
