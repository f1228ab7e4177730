#include "io_tensor.h"

#include <algorithm>
#include <string>
#include <utility>

#include "../convert/half.h"
#include "../error.h"
#include "element_size.h"

namespace jetson_vla::tensorrt {
namespace {

void* as_pointer(cuda::DeviceAddress address) {
  // TensorRT's interface is typed in pointers, the driver's in integers.
  return reinterpret_cast<void*>(static_cast<std::uintptr_t>(address));
}

}  // namespace

ViewMemory::ViewMemory(std::unique_ptr<cuda::HostBuffer> pinned)
    : pinned_(std::move(pinned)), data_(pinned_->data()), size_(pinned_->size()) {}

ViewMemory::ViewMemory(std::size_t bytes)
    : plain_(std::max<std::size_t>(bytes, 1)), data_(plain_.data()), size_(bytes) {}

void ViewMemory::release() noexcept {
  pinned_.reset();
  std::vector<std::byte>().swap(plain_);
  data_ = nullptr;
  size_ = 0;
}

IoTensor::IoTensor(std::shared_ptr<const cuda::Context> context, const TensorDescription& description,
                   std::size_t capacity_bytes, bool mapped, HalfView half_view)
    : context_(std::move(context)), description_(description) {
  auto pinned = std::make_unique<cuda::HostBuffer>(context_, capacity_bytes, mapped && !description.on_host);
  if (description.on_host) {
    address_ = pinned->data();
  } else if (mapped) {
    address_ = as_pointer(pinned->device_address());
  } else {
    device_ = std::make_unique<cuda::DeviceBuffer>(context_, capacity_bytes);
    address_ = as_pointer(device_->address());
  }
  pinned_ = std::make_shared<ViewMemory>(std::move(pinned));
  const bool half = description.type == ElementType::kFloat16 || description.type == ElementType::kBFloat16;
  if (half && half_view == HalfView::kFloat32)
    converted_ = std::make_shared<ViewMemory>(capacity_bytes / sizeof(std::uint16_t) * sizeof(float));
}

ElementType IoTensor::view_type() const noexcept {
  return converted_ ? ElementType::kFloat32 : description_.type;
}

void IoTensor::set_shape(const Shape& shape) {
  const std::size_t elements = element_count(shape);
  const std::size_t bytes = elements * element_size(description_.type);
  if (bytes > capacity_bytes())
    throw Error(ErrorCode::kUnsupportedPolicy,
                "\"" + description_.name + "\" needs " + std::to_string(bytes) +
                    " bytes for these shapes, and only " + std::to_string(capacity_bytes()) +
                    " for the largest shapes of the optimisation profile",
                "Build the engine with a profile whose largest shapes give the largest outputs.");
  shape_ = shape;
  elements_ = elements;
  bytes_ = bytes;
}

void IoTensor::convert_from_view() const noexcept {
  if (!converted_) return;
  const auto* values = reinterpret_cast<const float*>(converted_->data());
  auto* bits = reinterpret_cast<std::uint16_t*>(pinned_->data());
  if (description_.type == ElementType::kFloat16)
    float_to_half(values, bits, elements_);
  else
    float_to_bfloat16(values, bits, elements_);
}

void IoTensor::convert_to_view() const noexcept {
  if (!converted_) return;
  const auto* bits = reinterpret_cast<const std::uint16_t*>(pinned_->data());
  auto* values = reinterpret_cast<float*>(converted_->data());
  if (description_.type == ElementType::kFloat16)
    half_to_float(bits, values, elements_);
  else
    bfloat16_to_float(bits, values, elements_);
}

cuda::Result IoTensor::queue_upload(const cuda::Stream& stream) const noexcept {
  if (!device_ || bytes_ == 0) return cuda::kSuccess;
  return context_->driver().memcpy_htod_async(device_->address(), pinned_->data(), bytes_, stream.handle());
}

cuda::Result IoTensor::queue_download(const cuda::Stream& stream) const noexcept {
  if (!device_ || bytes_ == 0) return cuda::kSuccess;
  return context_->driver().memcpy_dtoh_async(pinned_->data(), device_->address(), bytes_, stream.handle());
}

void IoTensor::release_view() noexcept {
  pinned_->release();
  if (converted_) converted_->release();
}

}  // namespace jetson_vla::tensorrt
