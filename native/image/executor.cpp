#include "image/executor.h"

#include <algorithm>
#include <string>

#include "error.h"

namespace jetson_vla::image {
namespace {

const Plan& checked(const Plan& plan) {
  check_plan(plan);
  return plan;
}

std::size_t size(std::int64_t value) {
  return static_cast<std::size_t>(value);
}

template <typename Value>
void fill_pixels(void* out, const Output& output, std::size_t first, std::size_t count) {
  auto* const elements = static_cast<Value*>(out);
  const std::size_t plane = size(output.width) * size(output.height);
  for (std::size_t channel = 0; channel < 3; ++channel) {
    const auto value = static_cast<Value>(output.padding[channel]);
    if (output.planar)
      std::fill_n(elements + channel * plane + first, count, value);
    else
      for (std::size_t pixel = first; pixel < first + count; ++pixel) elements[pixel * 3 + channel] = value;
  }
}

void fill_padding(void* out, const Output& output, std::size_t first, std::size_t count) {
  if (count == 0) return;
  switch (output.element) {
    case Element::kFloat32:
      return fill_pixels<std::uint32_t>(out, output, first, count);
    case Element::kFloat16:
      return fill_pixels<std::uint16_t>(out, output, first, count);
    case Element::kUint8:
      return fill_pixels<std::uint8_t>(out, output, first, count);
  }
}

}  // namespace

Executor::Executor(const Plan& plan, const Kernels& kernels)
    : frame_bytes_(size(checked(plan).frame.bytes)),
      output_(plan.output),
      resized_(plan.resized),
      vertical_(plan.resize.vertical),
      weight_bits_(plan.resize.weight_bits),
      y_(plan.resize.y),
      kernels_(kernels),
      source_(plan.frame, plan.grid, kernels),
      normaliser_(plan.output) {
  if (!resized_) return;
  taps_ = RowTaps(plan.resize.x, vertical_, plan.grid.width, source_.stride(), source_.channels());
  source_.reserve(taps_.read_end);
  const std::size_t slots = size(y_.taps);
  row_in_slot_.resize(slots);
  bytes_.resize(taps_.padded_outputs * 4 + kRowPadding);
  switch (vertical_) {
    case Vertical::kLerp:
      slot_size_ = taps_.padded_outputs * 4 + kRowPadding;
      blended_.resize(slots * slot_size_);
      return;
    case Vertical::kSum:
      slot_size_ = taps_.padded_outputs * 3 + kRowPadding;
      sums_.resize(slots * slot_size_);
      break;
    case Vertical::kByteSum:
      slot_size_ = taps_.padded_outputs * 3 + kRowPadding;
      sums_.resize(slot_size_);
      rounded_.resize(slots * slot_size_);
      break;
  }
  sum_rows_.resize(slots);
  byte_rows_.resize(slots);
  shares_.resize(slots);
}

void Executor::write(FrameData frame, void* out) {
  if (frame.bytes == nullptr || frame.length < frame_bytes_)
    throw Error(ErrorCode::kInvalidArgument,
                "the frame needs " + std::to_string(frame_bytes_) + " bytes, got " +
                    std::to_string(frame.bytes == nullptr ? 0 : frame.length),
                "The buffer may have been cut or detached.");
  pad(out);
  std::fill(row_in_slot_.begin(), row_in_slot_.end(), -1);
  for (std::int64_t row = 0; row < output_.image_height; ++row) {
    if (resized_) {
      resize_row(frame, size(row));
      write_row(bytes_.data(), row, out);
    } else {
      write_row(source_.packed(frame, row), row, out);
    }
  }
}

void Executor::pad(void* out) const {
  const Output& o = output_;
  if (o.image_width == o.width && o.image_height == o.height) return;
  fill_padding(out, o, 0, size(o.top * o.width));
  const std::int64_t below = o.top + o.image_height;
  fill_padding(out, o, size(below * o.width), size((o.height - below) * o.width));
  const std::int64_t right = o.left + o.image_width;
  for (std::int64_t row = o.top; row < below; ++row) {
    fill_padding(out, o, size(row * o.width), size(o.left));
    fill_padding(out, o, size(row * o.width + right), size(o.width - right));
  }
}

void Executor::write_row(const std::uint8_t* rgb, std::int64_t row, void* out) const {
  const std::size_t pixel = size((output_.top + row) * output_.width + output_.left);
  const std::size_t first = output_.planar ? pixel : pixel * 3;
  auto* const start = static_cast<std::uint8_t*>(out) + first * element_bytes(output_.element);
  kernels_.normalise_row(normaliser_, rgb, size(output_.image_width), start,
                         size(output_.width) * size(output_.height));
}

void Executor::resize_row(FrameData frame, std::size_t row) {
  const std::size_t at = row * size(y_.taps);
  const std::size_t values = taps_.outputs * 3;
  if (vertical_ == Vertical::kLerp) {
    const std::size_t upper = filter_row(frame, y_.index[at]);
    const std::size_t lower = filter_row(frame, y_.index[at + 1]);
    kernels_.blend_rows(blended_.data() + upper * slot_size_, blended_.data() + lower * slot_size_,
                        static_cast<int>(y_.weight[at]), static_cast<int>(y_.weight[at + 1]), taps_.outputs,
                        bytes_.data());
    return;
  }
  std::size_t count = 0;
  for (std::size_t k = at; k < at + size(y_.taps); ++k) {
    if (y_.weight[k] == 0) continue;
    const std::size_t slot = filter_row(frame, y_.index[k]);
    if (vertical_ == Vertical::kSum)
      sum_rows_[count] = sums_.data() + slot * slot_size_;
    else
      byte_rows_[count] = rounded_.data() + slot * slot_size_;
    shares_[count++] = y_.weight[k];
  }
  if (vertical_ == Vertical::kSum)
    kernels_.sum_rows(sum_rows_.data(), shares_.data(), count, values, bytes_.data());
  else
    kernels_.sum_byte_rows(byte_rows_.data(), shares_.data(), count, values, bytes_.data());
}

std::size_t Executor::filter_row(FrameData frame, std::int32_t source) {
  const std::size_t slot = static_cast<std::size_t>(source) % row_in_slot_.size();
  if (row_in_slot_[slot] == source) return slot;
  row_in_slot_[slot] = source;
  const std::uint8_t* const row = source_.strided(frame, source, taps_.read_end);
  const std::size_t at = slot * slot_size_;
  switch (vertical_) {
    case Vertical::kLerp:
      kernels_.blend_row(taps_, row, blended_.data() + at);
      break;
    case Vertical::kSum:
      kernels_.sum_row(taps_, row, sums_.data() + at);
      break;
    case Vertical::kByteSum:
      kernels_.sum_row(taps_, row, sums_.data());
      kernels_.round_row(sums_.data(), taps_.outputs * 3, weight_bits_, rounded_.data() + at);
      break;
  }
  return slot;
}

}  // namespace jetson_vla::image
