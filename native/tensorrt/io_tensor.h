#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "../cuda/buffer.h"
#include "../cuda/stream.h"
#include "backend.h"

namespace jetson_vla::tensorrt {

/// Memory that JavaScript holds views on. Whoever is the last to hold it frees it, and release() frees it at
/// once: then the views must be detached already.
class ViewMemory {
 public:
  explicit ViewMemory(std::unique_ptr<cuda::HostBuffer> pinned);
  /// Plain memory of `bytes` zeros.
  explicit ViewMemory(std::size_t bytes);

  std::byte* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  void release() noexcept;

 private:
  std::unique_ptr<cuda::HostBuffer> pinned_;
  std::vector<std::byte> plain_;
  std::byte* data_;
  std::size_t size_;
};

enum class HalfView {
  /// JavaScript sees the 16-bit patterns.
  kBits,
  /// JavaScript sees float32 values, converted on the way in and out.
  kFloat32,
};

/// An input or output: where JavaScript reads or writes it, where TensorRT does, and how it gets from one to
/// the other. Its memory is as large as the profile's largest shape and never moves.
class IoTensor {
 public:
  /// `mapped`: TensorRT works on the pinned memory itself, instead of on a copy on the device.
  IoTensor(std::shared_ptr<const cuda::Context> context, const TensorDescription& description,
           std::size_t capacity_bytes, bool mapped, HalfView half_view);

  const TensorDescription& description() const noexcept { return description_; }
  std::size_t capacity_bytes() const noexcept { return pinned_->size(); }
  /// What TensorRT is given.
  void* address() const noexcept { return address_; }
  /// What JavaScript is given: elements of view_type().
  const std::shared_ptr<ViewMemory>& view() const noexcept { return converted_ ? converted_ : pinned_; }
  ElementType view_type() const noexcept;

  const Shape& shape() const noexcept { return shape_; }
  /// Throws UNSUPPORTED_POLICY when it needs more than the capacity.
  void set_shape(const Shape& shape);

  /// View → TensorRT, in two steps: convert what needs converting, then queue the copy to the device, if any.
  void convert_from_view() const noexcept;
  cuda::Result queue_upload(const cuda::Stream& stream) const noexcept;
  /// TensorRT → view, in reverse.
  cuda::Result queue_download(const cuda::Stream& stream) const noexcept;
  void convert_to_view() const noexcept;

  /// Frees the view's memory at once; every view must be detached.
  void release_view() noexcept;

 private:
  std::shared_ptr<const cuda::Context> context_;
  const TensorDescription& description_;
  std::shared_ptr<ViewMemory> pinned_;
  /// float32 form of a 16-bit tensor; null when JavaScript sees the memory as it is.
  std::shared_ptr<ViewMemory> converted_;
  std::unique_ptr<cuda::DeviceBuffer> device_;
  void* address_ = nullptr;
  Shape shape_;
  std::size_t elements_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace jetson_vla::tensorrt
