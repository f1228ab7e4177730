#include "context.h"

#include <algorithm>
#include <utility>

#include "../../error.h"
#include "../engine_error.h"
#include "types.h"

namespace jetson_vla::tensorrt {

NvContext::NvContext(TensorRt& tensorrt, std::shared_ptr<nvinfer1::ICudaEngine> engine,
                     std::unique_ptr<nvinfer1::IExecutionContext> context,
                     const EngineDescription& description)
    : tensorrt_(tensorrt),
      engine_(std::move(engine)),
      context_(std::move(context)),
      mark_(tensorrt.logger.mark()),
      tensor_count_(description.tensors.size()) {
#if NV_TENSORRT_MAJOR < 10
  bindings_.resize(tensor_count_ * static_cast<std::size_t>(std::max(description.profile_count, 1)));
#endif
}

void NvContext::set_profile(std::int32_t profile, CUstream_st* stream) {
  mark_ = tensorrt_.logger.mark();
  if (!context_->setOptimizationProfileAsync(profile, stream))
    throw engine_error(tensorrt_.name() + " refused optimisation profile " + std::to_string(profile),
                       tensorrt_.logger.errors_since(mark_));
  profile_ = static_cast<std::size_t>(profile);
}

void NvContext::set_input_shape(const std::string& name, const Shape& shape) {
  const nvinfer1::Dims dims = to_dims(shape, "the shape of \"" + name + "\"");
  mark_ = tensorrt_.logger.mark();
  if (!context_->setInputShape(name.c_str(), dims))
    throw Error(ErrorCode::kInvalidArgument,
                tensorrt_.name() + " refused the shape of \"" + name + "\": " + errors_text());
}

void NvContext::set_address(const std::string& name, void* address) {
  mark_ = tensorrt_.logger.mark();
  if (!context_->setTensorAddress(name.c_str(), address))
    throw engine_error(tensorrt_.name() + " refused the memory for \"" + name + "\"",
                       tensorrt_.logger.errors_since(mark_));
}

void NvContext::infer_shapes() {
  std::vector<const char*> names(tensor_count_, nullptr);
  mark_ = tensorrt_.logger.mark();
  const std::int32_t missing = context_->inferShapes(static_cast<std::int32_t>(names.size()), names.data());
  if (missing == 0) return;
  if (missing < 0)
    throw Error(ErrorCode::kInvalidArgument,
                tensorrt_.name() + " cannot infer shapes from these inputs: " + errors_text());
  names.resize(std::min(names.size(), static_cast<std::size_t>(missing)));
  std::string list;
  for (const char* name : names)
    if (name != nullptr) list += (list.empty() ? "\"" : ", \"") + std::string(name) + "\"";
  throw Error(ErrorCode::kInvalidArgument, "these inputs have no shape yet: " + list,
              "Set the shape of every input with a dynamic dimension before running the engine.");
}

Shape NvContext::shape(const std::string& name) const {
  return to_shape(context_->getTensorShape(name.c_str()), "\"" + name + "\"");
}

std::int64_t NvContext::max_output_bytes(const std::string& name) const {
  const std::int64_t bytes = context_->getMaxOutputSize(name.c_str());
  if (bytes < 0)
    throw Error(ErrorCode::kTensorRtFailed, tensorrt_.name() + " gave no size for output \"" + name + "\"");
  return bytes;
}

bool NvContext::enqueue(CUstream_st* stream) noexcept {
  mark_ = tensorrt_.logger.mark();
  return context_->enqueueV3(stream);
}

bool NvContext::execute(void* const* bindings) noexcept {
  mark_ = tensorrt_.logger.mark();
#if NV_TENSORRT_MAJOR < 10
  // 8.x gives each profile bindings of its own, one after the other.
  std::copy_n(bindings, tensor_count_, bindings_.data() + profile_ * tensor_count_);
  return context_->executeV2(bindings_.data());
#else
  return context_->executeV2(bindings);
#endif
}

std::string NvContext::last_error() const {
  const std::vector<std::string> lines = tensorrt_.logger.errors_since(mark_);
  return lines.empty() ? kNoReason : lines.back();
}

std::string NvContext::errors_text() const {
  std::string text;
  for (const std::string& line : tensorrt_.logger.errors_since(mark_))
    text += (text.empty() ? "" : " ") + line;
  return text.empty() ? kNoReason : text;
}

}  // namespace jetson_vla::tensorrt
