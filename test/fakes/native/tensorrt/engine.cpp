#include <string>
#include <utility>

#include "cuda_link.h"
#include "objects.h"
#include "shapes.h"

namespace standin::tensorrt {
namespace {

const char* format_text(const TensorSpec& tensor) {
  return tensor.format == 0 ? "Row major linear format (kLINEAR)" : "Channel major format with padding";
}

class Inspector final : public nvinfer1::IEngineInspector {
 public:
  Inspector(Spec spec, Alive engine) : spec_(std::move(spec)), living_("inspectors", std::move(engine)) {
    // TensorRT 11 renamed the key.
    const std::string tensors = NV_TENSORRT_MAJOR >= 11 ? "I/O Tensors" : "Bindings";
    text_ = "{\"Layers\":[\"" + spec_->name + "\"],\"" + tensors + "\":[";
    for (std::size_t i = 0; i < spec_->tensors.size(); ++i) {
      text_ += (i > 0 ? ",\"" : "\"") + spec_->tensors[i].name + "\"";
    }
    text_ += "],\"Build\":" + spec_->info + "}";
  }
  bool setExecutionContext(const nvinfer1::IExecutionContext*) noexcept override { return true; }
  const char* getLayerInformation(std::int32_t, nvinfer1::LayerInformationFormat) const noexcept override {
    return text_.c_str();
  }
  const char* getEngineInformation(nvinfer1::LayerInformationFormat) const noexcept override {
    return text_.c_str();
  }
  void setErrorRecorder(nvinfer1::IErrorRecorder*) noexcept override {}

 private:
  const Spec spec_;
  std::string text_;
  const Living living_;
};

class Engine final : public nvinfer1::ICudaEngine {
 public:
  Engine(Spec spec, const Reporter& reporter, Alive runtime, unsigned long long weights)
      : spec_(std::move(spec)),
        reporter_(reporter),
        weights_(weights),
        living_("engines", std::move(runtime)) {}
  ~Engine() override { cuda::release(weights_); }

  nvinfer1::Dims getTensorShape(const char* name) const noexcept override {
    const auto* tensor = find("ICudaEngine::getTensorShape", name);
    return tensor ? to_dims(tensor->shape) : invalid_dims();
  }
  nvinfer1::DataType getTensorDataType(const char* name) const noexcept override {
    const auto* tensor = find("ICudaEngine::getTensorDataType", name);
    return tensor ? static_cast<nvinfer1::DataType>(tensor->type) : nvinfer1::DataType::kFLOAT;
  }
  std::int32_t getNbLayers() const noexcept override { return static_cast<std::int32_t>(spec_->layer_count); }
  nvinfer1::IHostMemory* serialize() const noexcept override { return new HostMemory(write_engine(*spec_)); }

#if NV_TENSORRT_MAJOR >= 10
  nvinfer1::IExecutionContext* createExecutionContext(
      nvinfer1::ExecutionContextAllocationStrategy strategy) noexcept override {
    return context(strategy != nvinfer1::ExecutionContextAllocationStrategy::kUSER_MANAGED);
  }
#else
  nvinfer1::IExecutionContext* createExecutionContext() noexcept override {
    return context(true);
  }
#endif
#if NV_TENSORRT_MAJOR < 11
  nvinfer1::IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept override {
    return context(false);
  }
  std::size_t getDeviceMemorySize() const noexcept override {
    return spec_->device_memory_bytes;
  }
#endif

  nvinfer1::TensorLocation getTensorLocation(const char* name) const noexcept override {
    const auto* tensor = find("ICudaEngine::getTensorLocation", name);
    return tensor && tensor->on_host ? nvinfer1::TensorLocation::kHOST : nvinfer1::TensorLocation::kDEVICE;
  }
  bool isShapeInferenceIO(const char* name) const noexcept override {
    const auto* tensor = find("ICudaEngine::isShapeInferenceIO", name);
    return tensor && tensor->is_shape_tensor;
  }
  nvinfer1::TensorIOMode getTensorIOMode(const char* name) const noexcept override {
    // The real one logs nothing here: code probes with it whether a tensor exists.
    const auto* tensor = find_tensor(*spec_, name);
    if (!tensor) return nvinfer1::TensorIOMode::kNONE;
    return tensor->is_input ? nvinfer1::TensorIOMode::kINPUT : nvinfer1::TensorIOMode::kOUTPUT;
  }
  bool isRefittable() const noexcept override {
    return false;
  }
  // −1 for a tensor that is not vectorised.
  std::int32_t getTensorBytesPerComponent(const char*) const noexcept override {
    return -1;
  }
  std::int32_t getTensorComponentsPerElement(const char*) const noexcept override {
    return -1;
  }
  std::int32_t getTensorVectorizedDim(const char*) const noexcept override {
    return -1;
  }
  nvinfer1::TensorFormat getTensorFormat(const char* name) const noexcept override {
    const auto* tensor = find("ICudaEngine::getTensorFormat", name);
    return static_cast<nvinfer1::TensorFormat>(tensor ? tensor->format : 0);
  }
  const char* getTensorFormatDesc(const char* name) const noexcept override {
    const auto* tensor = find("ICudaEngine::getTensorFormatDesc", name);
    return tensor ? format_text(*tensor) : "";
  }
  const char* getName() const noexcept override {
    return spec_->name.c_str();
  }
  std::int32_t getNbOptimizationProfiles() const noexcept override {
    return static_cast<std::int32_t>(spec_->profile_count);
  }
  nvinfer1::Dims getProfileShape(const char* name, std::int32_t profile,
                                 nvinfer1::OptProfileSelector select) const noexcept override {
    const auto* tensor = find("ICudaEngine::getProfileShape", name);
    if (!tensor || profile < 0 || static_cast<std::size_t>(profile) >= tensor->profiles.size())
      return invalid_dims();
    const ShapeRange& range = tensor->profiles[static_cast<std::size_t>(profile)];
    if (select == nvinfer1::OptProfileSelector::kMIN) return to_dims(range.min);
    return to_dims(select == nvinfer1::OptProfileSelector::kOPT ? range.opt : range.max);
  }
  void setErrorRecorder(nvinfer1::IErrorRecorder* recorder) noexcept override {
    reporter_.set_recorder(recorder);
  }
  nvinfer1::IErrorRecorder* getErrorRecorder() const noexcept override {
    return reporter_.recorder();
  }
  nvinfer1::IEngineInspector* createEngineInspector() const noexcept override {
    STANDIN_METHOD(reporter_, "ICudaEngine::createEngineInspector", nullptr);
    if (cuda::status() != 0) count_violation("noContext");
    return make_inspector(spec_, living_.alive());
  }
  std::int32_t getNbIOTensors() const noexcept override {
    return static_cast<std::int32_t>(spec_->tensors.size());
  }
  const char* getIOTensorName(std::int32_t index) const noexcept override {
    const bool valid = index >= 0 && index < getNbIOTensors();
    return valid ? spec_->tensors[static_cast<std::size_t>(index)].name.c_str() : nullptr;
  }
#if STANDIN_TENSORRT >= 80600
  nvinfer1::HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept override {
    return (spec_->flags & kHardwareCompatible) != 0 ? nvinfer1::HardwareCompatibilityLevel::kAMPERE_PLUS
                                                     : nvinfer1::HardwareCompatibilityLevel::kNONE;
  }
#endif
#if NV_TENSORRT_MAJOR >= 10
  std::int64_t getDeviceMemorySizeV2() const noexcept override {
    return spec_->device_memory_bytes;
  }
  std::int64_t getStreamableWeightsSize() const noexcept override {
    return 0;
  }
  bool setWeightStreamingBudgetV2(std::int64_t) noexcept override {
    return false;
  }
  std::int64_t getWeightStreamingAutomaticBudget() const noexcept override {
    return 0;
  }
#endif
#if NV_TENSORRT_MAJOR == 10
  const std::int32_t* getProfileTensorValues(const char*, std::int32_t,
                                             nvinfer1::OptProfileSelector) const noexcept override {
    return nullptr;
  }
#endif
#if STANDIN_TENSORRT >= 101100
  const std::int64_t* getProfileTensorValuesV2(const char*, std::int32_t,
                                               nvinfer1::OptProfileSelector) const noexcept override {
    return nullptr;
  }
#endif

 private:
  const TensorSpec* find(const char* function, const char* name) const {
    const TensorSpec* tensor = find_tensor(*spec_, name);
    if (!tensor) {
      reporter_.error(function, nvinfer1::ErrorCode::kINVALID_ARGUMENT,
                      std::string("no I/O tensor is named ") + (name ? name : "null"));
    }
    return tensor;
  }

  nvinfer1::IExecutionContext* context(bool allocate) const noexcept {
    STANDIN_METHOD(reporter_, "ICudaEngine::createExecutionContext", nullptr);
    return make_context(spec_, reporter_, living_.alive(), *this, allocate);
  }

  const Spec spec_;
  Reporter reporter_;
  const unsigned long long weights_;
  const Living living_;
};

}  // namespace

nvinfer1::ICudaEngine* make_engine(Spec spec, const Reporter& reporter, Alive runtime) {
  // Stands for the weights: a device without memory fails here.
  constexpr std::size_t kWeightBytes = 4096;
  unsigned long long weights = 0;
  if (!cuda::allocate(&weights, kWeightBytes)) {
    reporter.error("IRuntime::deserializeCudaEngine", nvinfer1::ErrorCode::kINTERNAL_ERROR,
                   "Requested amount of GPU memory could not be allocated: out of memory");
    return nullptr;
  }
  return new Engine(std::move(spec), reporter, std::move(runtime), weights);
}

nvinfer1::IEngineInspector* make_inspector(Spec spec, Alive engine) {
  return new Inspector(std::move(spec), std::move(engine));
}

}  // namespace standin::tensorrt
