#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "cuda_link.h"
#include "execution.h"
#include "shapes.h"

namespace standin::tensorrt {
namespace {

using nvinfer1::ErrorCode;

/// Notices two threads in one context at a time, which TensorRT forbids.
class SingleUse {
 public:
  explicit SingleUse(std::atomic<bool>& busy) : busy_(busy) {
    if (busy_.exchange(true)) count_violation("concurrentUse");
  }
  ~SingleUse() { busy_.store(false); }

 private:
  std::atomic<bool>& busy_;
};

class Context final : public nvinfer1::IExecutionContext {
 public:
  Context(Spec spec, const Reporter& reporter, Alive engine, const nvinfer1::ICudaEngine& owner,
          unsigned long long scratch)
      : spec_(std::move(spec)),
        reporter_(reporter),
        owner_(owner),
        scratch_(scratch),
        slots_(*spec_),
        living_("contexts", std::move(engine)) {
    // With several profiles nothing is chosen for the user.
    if (spec_->profile_count <= 1) profile_ = 0;
  }
  ~Context() override {
    if (work_.pending()) count_violation("contextDestroyedWhileQueued");
    cuda::release(scratch_);
  }

  void setProfiler(nvinfer1::IProfiler*) noexcept override {}
  void setErrorRecorder(nvinfer1::IErrorRecorder* recorder) noexcept override {
    reporter_.set_recorder(recorder);
  }
  nvinfer1::IErrorRecorder* getErrorRecorder() const noexcept override { return reporter_.recorder(); }
  const nvinfer1::ICudaEngine& getEngine() const noexcept override { return owner_; }
  void setName(const char* name) noexcept override { name_ = name; }
  const char* getName() const noexcept override { return name_.c_str(); }

  bool setOptimizationProfileAsync(std::int32_t profile, cudaStream_t stream) noexcept override {
    constexpr auto kApi = "IExecutionContext::setOptimizationProfileAsync";
    STANDIN_METHOD(reporter_, kApi, false);
    const SingleUse use(busy_);
    if (profile < 0 || static_cast<std::uint32_t>(profile) >= spec_->profile_count) {
      return refuse(kApi, "profile " + std::to_string(profile) + " does not exist");
    }
    if (work_.enqueue(stream, nullptr) != 0) return refuse(kApi, "the profile switch could not be enqueued");
    profile_ = profile;
    slots_.reset_shapes();
    warm_ = false;
    return true;
  }
  std::int32_t getOptimizationProfile() const noexcept override { return profile_; }

  bool setInputShape(const char* name, const nvinfer1::Dims& dims) noexcept override {
    constexpr auto kApi = "IExecutionContext::setInputShape";
    STANDIN_METHOD(reporter_, kApi, false);
    const SingleUse use(busy_);
    Slot* slot = find(kApi, name);
    if (!slot || !slot->spec->is_input) return refuse(kApi, "the tensor is not an input");
    if (profile_ < 0) return refuse(kApi, "no optimization profile is set");
    if (work_.pending() && !warm_)
      return refuse(kApi, "the profile switch has not finished: synchronize its stream");
    const Extents shape = from_dims(dims);
    if (std::string wrong = slots_.outside_profile(*slot, shape, profile_); !wrong.empty())
      return refuse(kApi, wrong);
    if (slot->shape != shape) warm_ = false;
    slot->shape = shape;
    slot->shape_set = true;
    return true;
  }

  nvinfer1::Dims getTensorShape(const char* name) const noexcept override {
    const Slot* slot = find("IExecutionContext::getTensorShape", name);
    return slot ? to_dims(slots_.resolved(*slot)) : invalid_dims();
  }
  nvinfer1::Dims getTensorStrides(const char* name) const noexcept override {
    const Slot* slot = find("IExecutionContext::getTensorStrides", name);
    if (!slot) return invalid_dims();
    Extents strides = slots_.resolved(*slot);
    std::int64_t stride = 1;
    for (auto extent = strides.rbegin(); extent != strides.rend(); ++extent) {
      const std::int64_t size = *extent;
      *extent = stride;
      stride *= size;
    }
    return to_dims(strides);
  }
  bool allInputDimensionsSpecified() const noexcept override { return slots_.first_missing() == nullptr; }
  bool allInputShapesSpecified() const noexcept override { return slots_.first_missing() == nullptr; }

  bool setTensorAddress(const char* name, void* address) noexcept override {
    constexpr auto kApi = "IExecutionContext::setTensorAddress";
    STANDIN_METHOD(reporter_, kApi, false);
    const SingleUse use(busy_);
    Slot* slot = find(kApi, name);
    if (!slot) return false;
    slot->address = address;
    return true;
  }
  const void* getTensorAddress(const char* name) const noexcept override {
    const Slot* slot = find("IExecutionContext::getTensorAddress", name);
    return slot ? slot->address : nullptr;
  }

  std::int32_t inferShapes(std::int32_t capacity, const char** names) noexcept override {
    constexpr auto kApi = "IExecutionContext::inferShapes";
    STANDIN_METHOD(reporter_, kApi, -1);
    std::int32_t missing = 0;
    for (const Slot& slot : slots_.all()) {
      if (!slot.spec->is_input || slot.shape_set) continue;
      if (names && missing < capacity) names[missing] = slot.spec->name.c_str();
      ++missing;
    }
    return missing;
  }

  std::int64_t getMaxOutputSize(const char* name) const noexcept override {
    const Slot* slot = find("IExecutionContext::getMaxOutputSize", name);
    if (!slot || slots_.first_missing()) return -1;
    const std::int64_t count = element_count(slots_.resolved(*slot));
    std::int64_t bytes = 0;
    // Damaged files may have any shape.
    const bool too_large =
        __builtin_mul_overflow(count, static_cast<std::int64_t>(element_size(slot->spec->type)), &bytes);
    return count < 0 || too_large ? -1 : bytes;
  }

  bool executeV2(void* const* bindings) noexcept override {
    constexpr auto kApi = "IExecutionContext::executeV2";
    STANDIN_METHOD(reporter_, kApi, false);
    const SingleUse use(busy_);
    if (!bindings) return refuse(kApi, "Parameter check failed, condition: bindings != nullptr");
    Job job{spec_, slots_.all(), reporter_};
#if NV_TENSORRT_MAJOR < 10
    // 8.x has bindings of its own for each profile, one after the other.
    bindings += static_cast<std::size_t>(std::max(profile_, 0)) * job.slots.size();
#endif
    for (std::size_t i = 0; i < job.slots.size(); ++i) job.slots[i].address = bindings[i];
    return prepare(kApi, job) && run_job(job, kApi) == 0;
  }

  bool enqueueV3(cudaStream_t stream) noexcept override {
    constexpr auto kApi = "IExecutionContext::enqueueV3";
    STANDIN_METHOD(reporter_, kApi, false);
    const SingleUse use(busy_);
    auto job = std::make_unique<Job>(Job{spec_, slots_.all(), reporter_});
    if (!prepare(kApi, *job)) return false;
    if (cuda::is_capturing(stream)) {
      if ((spec_->flags & kUncapturable) != 0 || !warm_) {
        cuda::invalidate_capture(stream);
        return refuse(kApi, warm_ ? "operation not permitted when stream is capturing"
                                  : "shapes have changed since the last enqueue outside of stream capture");
      }
    }
    if (const int code = work_.enqueue(stream, std::move(job))) {
      return refuse(kApi, "Cuda Runtime error " + std::to_string(code));
    }
    warm_ = true;
    return true;
  }

  bool setInputConsumedEvent(cudaEvent_t) noexcept override {
    return true;
  }
  void setEnqueueEmitsProfile(bool) noexcept override {}
  bool setNvtxVerbosity(nvinfer1::ProfilingVerbosity) noexcept override {
    return true;
  }
#if NV_TENSORRT_MAJOR < 11
  void setDeviceMemory(void*) noexcept override {}
#endif
#if NV_TENSORRT_MAJOR >= 10
  void setDeviceMemoryV2(void*, std::int64_t) noexcept override {}
#endif

 private:
  bool refuse(const char* function, const std::string& why) const {
    reporter_.error(function, ErrorCode::kINVALID_ARGUMENT, why);
    return false;
  }

  const Slot* find(const char* function, const char* name) const {
    const Slot* slot = slots_.find(name);
    if (!slot) refuse(function, std::string("no I/O tensor is named ") + (name ? name : "null"));
    return slot;
  }
  Slot* find(const char* function, const char* name) {
    Slot* slot = slots_.find(name);
    if (!slot) refuse(function, std::string("no I/O tensor is named ") + (name ? name : "null"));
    return slot;
  }

  bool prepare(const char* function, Job& job) const {
    if (profile_ < 0) return refuse(function, "no optimization profile is set");
    if (const Slot* slot = slots_.first_missing()) {
      return refuse(function, "no shape is set for input tensor " + slot->spec->name);
    }
    for (std::size_t i = 0; i < job.slots.size(); ++i) {
      job.slots[i].shape = slots_.resolved(slots_.all()[i]);
      const std::string wrong = check_address(job.slots[i], job.slots[i].address);
      if (!wrong.empty()) return refuse(function, wrong);
    }
    return true;
  }

  const Spec spec_;
  Reporter reporter_;
  const nvinfer1::ICudaEngine& owner_;
  const unsigned long long scratch_;
  std::string name_;
  Slots slots_;
  std::int32_t profile_ = -1;
  /// Enqueued once since the shapes last changed, so that a capture finds nothing to prepare.
  bool warm_ = false;
  std::atomic<bool> busy_{false};
  WorkQueue work_;
  const Living living_;
};

}  // namespace

nvinfer1::IExecutionContext* make_context(Spec spec, const Reporter& reporter, Alive engine,
                                          const nvinfer1::ICudaEngine& owner, bool allocate) {
  unsigned long long scratch = 0;
  if (allocate && spec->device_memory_bytes > 0 && !cuda::allocate(&scratch, spec->device_memory_bytes)) {
    reporter.error("ICudaEngine::createExecutionContext", ErrorCode::kINTERNAL_ERROR,
                   "Requested amount of GPU memory (" + std::to_string(spec->device_memory_bytes) +
                       " bytes) could not be allocated: out of memory");
    return nullptr;
  }
  return new Context(std::move(spec), reporter, std::move(engine), owner, scratch);
}

}  // namespace standin::tensorrt
