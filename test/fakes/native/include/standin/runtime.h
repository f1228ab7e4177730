#pragma once

#include "callbacks.h"
#include "types.h"

namespace nvinfer1 {

class ICudaEngine;
class IExecutionContext;

class IEngineInspector : public INoCopy {
 public:
  virtual bool setExecutionContext(const IExecutionContext* context) noexcept = 0;
  virtual const AsciiChar* getLayerInformation(std::int32_t layer,
                                               LayerInformationFormat format) const noexcept = 0;
  virtual const AsciiChar* getEngineInformation(LayerInformationFormat format) const noexcept = 0;
  virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
};

class IExecutionContext : public INoCopy {
 public:
  virtual void setProfiler(IProfiler* profiler) noexcept = 0;
  virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
  virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;
  virtual const ICudaEngine& getEngine() const noexcept = 0;
  virtual void setName(const char* name) noexcept = 0;
  virtual const char* getName() const noexcept = 0;
  virtual bool setOptimizationProfileAsync(std::int32_t profile, cudaStream_t stream) noexcept = 0;
  virtual std::int32_t getOptimizationProfile() const noexcept = 0;
  virtual bool setInputShape(const char* tensor, const Dims& shape) noexcept = 0;
  virtual Dims getTensorShape(const char* tensor) const noexcept = 0;
  virtual Dims getTensorStrides(const char* tensor) const noexcept = 0;
  virtual bool allInputDimensionsSpecified() const noexcept = 0;
  virtual bool allInputShapesSpecified() const noexcept = 0;
  virtual bool setTensorAddress(const char* tensor, void* address) noexcept = 0;
  virtual const void* getTensorAddress(const char* tensor) const noexcept = 0;
  virtual std::int32_t inferShapes(std::int32_t capacity, const char** missing) noexcept = 0;
  virtual std::int64_t getMaxOutputSize(const char* tensor) const noexcept = 0;
  virtual bool executeV2(void* const* bindings) noexcept = 0;
  virtual bool enqueueV3(cudaStream_t stream) noexcept = 0;
  virtual bool setInputConsumedEvent(cudaEvent_t event) noexcept = 0;
  virtual void setEnqueueEmitsProfile(bool emits) noexcept = 0;
  virtual bool setNvtxVerbosity(ProfilingVerbosity verbosity) noexcept = 0;
#if NV_TENSORRT_MAJOR < 11
  virtual void setDeviceMemory(void* memory) noexcept = 0;
#endif
#if NV_TENSORRT_MAJOR >= 10
  virtual void setDeviceMemoryV2(void* memory, std::int64_t size) noexcept = 0;
#endif
};

class ICudaEngine : public INoCopy {
 public:
  virtual Dims getTensorShape(const char* tensor) const noexcept = 0;
  virtual DataType getTensorDataType(const char* tensor) const noexcept = 0;
  virtual std::int32_t getNbLayers() const noexcept = 0;
  virtual IHostMemory* serialize() const noexcept = 0;
#if NV_TENSORRT_MAJOR >= 10
  virtual IExecutionContext* createExecutionContext(
      ExecutionContextAllocationStrategy strategy = ExecutionContextAllocationStrategy::kSTATIC) noexcept = 0;
#else
  virtual IExecutionContext* createExecutionContext() noexcept = 0;
#endif
#if NV_TENSORRT_MAJOR < 11
  virtual IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept = 0;
  virtual std::size_t getDeviceMemorySize() const noexcept = 0;
#endif
  virtual TensorLocation getTensorLocation(const char* tensor) const noexcept = 0;
  virtual bool isShapeInferenceIO(const char* tensor) const noexcept = 0;
  virtual TensorIOMode getTensorIOMode(const char* tensor) const noexcept = 0;
  virtual bool isRefittable() const noexcept = 0;
  virtual std::int32_t getTensorBytesPerComponent(const char* tensor) const noexcept = 0;
  virtual std::int32_t getTensorComponentsPerElement(const char* tensor) const noexcept = 0;
  virtual TensorFormat getTensorFormat(const char* tensor) const noexcept = 0;
  virtual const char* getTensorFormatDesc(const char* tensor) const noexcept = 0;
  virtual std::int32_t getTensorVectorizedDim(const char* tensor) const noexcept = 0;
  virtual const char* getName() const noexcept = 0;
  virtual std::int32_t getNbOptimizationProfiles() const noexcept = 0;
  virtual Dims getProfileShape(const char* tensor, std::int32_t profile,
                               OptProfileSelector select) const noexcept = 0;
  virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
  virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;
  virtual IEngineInspector* createEngineInspector() const noexcept = 0;
  virtual std::int32_t getNbIOTensors() const noexcept = 0;
  virtual const char* getIOTensorName(std::int32_t index) const noexcept = 0;
#if STANDIN_TENSORRT >= 80600
  virtual HardwareCompatibilityLevel getHardwareCompatibilityLevel() const noexcept = 0;
#endif
#if NV_TENSORRT_MAJOR >= 10
  virtual std::int64_t getDeviceMemorySizeV2() const noexcept = 0;
  virtual std::int64_t getStreamableWeightsSize() const noexcept = 0;
  virtual bool setWeightStreamingBudgetV2(std::int64_t bytes) noexcept = 0;
  virtual std::int64_t getWeightStreamingAutomaticBudget() const noexcept = 0;
#endif
#if NV_TENSORRT_MAJOR == 10
  virtual const std::int32_t* getProfileTensorValues(const char* tensor, std::int32_t profile,
                                                     OptProfileSelector select) const noexcept = 0;
#endif
#if STANDIN_TENSORRT >= 101100
  virtual const std::int64_t* getProfileTensorValuesV2(const char* tensor, std::int32_t profile,
                                                       OptProfileSelector select) const noexcept = 0;
#endif
};

class IRuntime : public INoCopy {
 public:
  virtual void setDLACore(std::int32_t core) noexcept = 0;
  virtual std::int32_t getNbDLACores() const noexcept = 0;
  virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
  virtual IErrorRecorder* getErrorRecorder() const noexcept = 0;
  virtual ICudaEngine* deserializeCudaEngine(const void* blob, std::size_t size) noexcept = 0;
  virtual bool setMaxThreads(std::int32_t threads) noexcept = 0;
  virtual std::int32_t getMaxThreads() const noexcept = 0;
#if STANDIN_TENSORRT >= 80600
  virtual void setEngineHostCodeAllowed(bool allowed) noexcept = 0;
  virtual bool getEngineHostCodeAllowed() const noexcept = 0;
#endif
#if NV_TENSORRT_MAJOR == 10
  virtual ICudaEngine* deserializeCudaEngine(IStreamReader& reader) = 0;
#endif
#if STANDIN_TENSORRT >= 100700
  virtual ICudaEngine* deserializeCudaEngine(IStreamReaderV2& reader) = 0;
#endif
};

}  // namespace nvinfer1

extern "C" void* createInferRuntime_INTERNAL(void* logger, std::int32_t version) noexcept;
extern "C" std::int32_t getInferLibVersion() noexcept;
