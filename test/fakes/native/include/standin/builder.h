#pragma once

#include "runtime.h"

namespace nvinfer1 {

// The values were renumbered with every major: code that hard-codes one fails against one of the stand-ins.
enum class BuilderFlag : std::int32_t {
#if NV_TENSORRT_MAJOR == 8
  kFP16 = 0,
  kINT8 = 1,
  kDEBUG = 2,
  kGPU_FALLBACK = 3,
  kREFIT = 5,
  kDISABLE_TIMING_CACHE = 6,
  kTF32 = 7,
  kSPARSE_WEIGHTS = 8,
  kOBEY_PRECISION_CONSTRAINTS = 10,
  kPREFER_PRECISION_CONSTRAINTS = 11,
#if STANDIN_TENSORRT >= 80600
  kVERSION_COMPATIBLE = 15,
  kEXCLUDE_LEAN_RUNTIME = 16,
  kFP8 = 17,
#endif
#elif NV_TENSORRT_MAJOR == 10
  kFP16 = 0,
  kINT8 = 1,
  kDEBUG = 2,
  kGPU_FALLBACK = 3,
  kREFIT = 4,
  kDISABLE_TIMING_CACHE = 5,
  kTF32 = 6,
  kSPARSE_WEIGHTS = 7,
  kOBEY_PRECISION_CONSTRAINTS = 9,
  kPREFER_PRECISION_CONSTRAINTS = 10,
  kVERSION_COMPATIBLE = 13,
  kEXCLUDE_LEAN_RUNTIME = 14,
  kFP8 = 15,
  kERROR_ON_TIMING_CACHE_MISS = 16,
  kBF16 = 17,
  kINT4 = 22,
#if STANDIN_TENSORRT >= 100800
  kFP4 = 26,
#endif
#else
  kDEBUG = 2,
  kGPU_FALLBACK = 3,
  kREFIT = 4,
  kDISABLE_TIMING_CACHE = 5,
  kTF32 = 6,
  kSPARSE_WEIGHTS = 7,
  kVERSION_COMPATIBLE = 12,
  kEXCLUDE_LEAN_RUNTIME = 13,
  kERROR_ON_TIMING_CACHE_MISS = 15,
#endif
};
using BuilderFlags = std::uint32_t;

enum class NetworkDefinitionCreationFlag : std::int32_t {
#if NV_TENSORRT_MAJOR == 8
  kEXPLICIT_BATCH = 0,
#elif NV_TENSORRT_MAJOR == 10
  kEXPLICIT_BATCH = 0,
  kSTRONGLY_TYPED = 1,
#else
  kSTRONGLY_TYPED = 0,
#endif
};
using NetworkDefinitionCreationFlags = std::uint32_t;

class ITimingCache : public INoCopy {
 public:
  virtual IHostMemory* serialize() const noexcept = 0;
  virtual bool combine(const ITimingCache& other, bool ignore_mismatch) noexcept = 0;
  virtual bool reset() noexcept = 0;
};

/// Owned by the builder that made it; the user never deletes one.
class IOptimizationProfile {
 public:
  IOptimizationProfile(const IOptimizationProfile&) = delete;
  IOptimizationProfile& operator=(const IOptimizationProfile&) = delete;
  virtual bool setDimensions(const char* input, OptProfileSelector select, const Dims& dims) noexcept = 0;
  virtual Dims getDimensions(const char* input, OptProfileSelector select) const noexcept = 0;
  virtual bool isValid() const noexcept = 0;
#if NV_TENSORRT_MAJOR < 11
  virtual bool setShapeValues(const char* input, OptProfileSelector select, const std::int32_t* values,
                              std::int32_t count) noexcept = 0;
#endif
#if STANDIN_TENSORRT >= 101100
  virtual bool setShapeValuesV2(const char* input, OptProfileSelector select, const std::int64_t* values,
                                std::int32_t count) noexcept = 0;
#endif

 protected:
  IOptimizationProfile() = default;
  virtual ~IOptimizationProfile() noexcept = default;
};

/// Owned by its network.
class ITensor {
 public:
  ITensor(const ITensor&) = delete;
  ITensor& operator=(const ITensor&) = delete;
  virtual const char* getName() const noexcept = 0;
  virtual Dims getDimensions() const noexcept = 0;
  virtual DataType getType() const noexcept = 0;
  virtual bool isShapeTensor() const noexcept = 0;

 protected:
  ITensor() = default;
  virtual ~ITensor() noexcept = default;
};

class INetworkDefinition : public INoCopy {
 public:
  virtual std::int32_t getNbLayers() const noexcept = 0;
  virtual std::int32_t getNbInputs() const noexcept = 0;
  virtual ITensor* getInput(std::int32_t index) const noexcept = 0;
  virtual std::int32_t getNbOutputs() const noexcept = 0;
  virtual ITensor* getOutput(std::int32_t index) const noexcept = 0;
  virtual void setName(const char* name) noexcept = 0;
  virtual const char* getName() const noexcept = 0;
  virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
};

class IBuilderConfig : public INoCopy {
 public:
  virtual void clearFlag(BuilderFlag flag) noexcept = 0;
  virtual void setFlag(BuilderFlag flag) noexcept = 0;
  virtual bool getFlag(BuilderFlag flag) const noexcept = 0;
  virtual void setDLACore(std::int32_t core) noexcept = 0;
  virtual void setDefaultDeviceType(DeviceType type) noexcept = 0;
  virtual void setProfileStream(cudaStream_t stream) noexcept = 0;
  virtual std::int32_t addOptimizationProfile(const IOptimizationProfile* profile) noexcept = 0;
  virtual std::int32_t getNbOptimizationProfiles() const noexcept = 0;
  virtual void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept = 0;
  virtual ITimingCache* createTimingCache(const void* blob, std::size_t size) const noexcept = 0;
  virtual bool setTimingCache(const ITimingCache& cache, bool ignore_mismatch) noexcept = 0;
  virtual const ITimingCache* getTimingCache() const noexcept = 0;
  virtual void setMemoryPoolLimit(MemoryPoolType pool, std::size_t bytes) noexcept = 0;
  virtual std::size_t getMemoryPoolLimit(MemoryPoolType pool) const noexcept = 0;
#if STANDIN_TENSORRT >= 80600
  virtual void setBuilderOptimizationLevel(std::int32_t level) noexcept = 0;
  virtual std::int32_t getBuilderOptimizationLevel() noexcept = 0;
  virtual void setHardwareCompatibilityLevel(HardwareCompatibilityLevel level) noexcept = 0;
  virtual void setMaxAuxStreams(std::int32_t count) noexcept = 0;
#endif
#if NV_TENSORRT_MAJOR >= 10
  virtual void setProgressMonitor(IProgressMonitor* monitor) noexcept = 0;
#endif
};

class IBuilder : public INoCopy {
 public:
#if NV_TENSORRT_MAJOR < 11
  virtual bool platformHasFastFp16() const noexcept = 0;
  virtual bool platformHasFastInt8() const noexcept = 0;
#endif
  virtual std::int32_t getNbDLACores() const noexcept = 0;
  virtual IBuilderConfig* createBuilderConfig() noexcept = 0;
  virtual INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept = 0;
  virtual IOptimizationProfile* createOptimizationProfile() noexcept = 0;
  virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
  virtual IHostMemory* buildSerializedNetwork(INetworkDefinition& network,
                                              IBuilderConfig& config) noexcept = 0;
  virtual bool setMaxThreads(std::int32_t threads) noexcept = 0;
  virtual std::int32_t getMaxThreads() const noexcept = 0;
};

}  // namespace nvinfer1

extern "C" void* createInferBuilder_INTERNAL(void* logger, std::int32_t version) noexcept;
