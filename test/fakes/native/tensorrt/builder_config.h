#pragma once

#include <NvInfer.h>

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "objects.h"

namespace standin::tensorrt {

class Profile final : public nvinfer1::IOptimizationProfile {
 public:
  bool setDimensions(const char* input, nvinfer1::OptProfileSelector select,
                     const nvinfer1::Dims& dims) noexcept override;
  nvinfer1::Dims getDimensions(const char* input,
                               nvinfer1::OptProfileSelector select) const noexcept override;
  bool isValid() const noexcept override;
#if NV_TENSORRT_MAJOR < 11
  bool setShapeValues(const char*, nvinfer1::OptProfileSelector, const std::int32_t*,
                      std::int32_t) noexcept override {
    return true;
  }
#endif
#if STANDIN_TENSORRT >= 101100
  bool setShapeValuesV2(const char*, nvinfer1::OptProfileSelector, const std::int64_t*,
                        std::int32_t) noexcept override {
    return true;
  }
#endif

  /// Null if the input has no shapes in this profile.
  const ShapeRange* range(const std::string& input) const;

 private:
  std::map<std::string, ShapeRange> ranges_;
};

/// The networks that were timed before, by their fingerprint.
class TimingCache final : public nvinfer1::ITimingCache {
 public:
  /// Null for bytes that are no timing cache of this library version.
  static std::unique_ptr<TimingCache> read(const void* blob, std::size_t size);

  nvinfer1::IHostMemory* serialize() const noexcept override;
  bool combine(const nvinfer1::ITimingCache& other, bool ignore_mismatch) noexcept override;
  bool reset() noexcept override;

  bool knows(std::uint64_t fingerprint) const { return timed_.count(fingerprint) != 0; }
  void add(std::uint64_t fingerprint) { timed_.insert(fingerprint); }

 private:
  std::set<std::uint64_t> timed_;
  const Living living_{"timingCaches"};
};

class BuilderConfig final : public nvinfer1::IBuilderConfig {
 public:
  explicit BuilderConfig(const Reporter& reporter) : reporter_(reporter) {}

  void clearFlag(nvinfer1::BuilderFlag flag) noexcept override { flags_ &= ~bit(flag); }
  void setFlag(nvinfer1::BuilderFlag flag) noexcept override { flags_ |= bit(flag); }
  bool getFlag(nvinfer1::BuilderFlag flag) const noexcept override { return (flags_ & bit(flag)) != 0; }
  void setDLACore(std::int32_t) noexcept override {}
  void setDefaultDeviceType(nvinfer1::DeviceType) noexcept override {}
  void setProfileStream(cudaStream_t) noexcept override {}
  std::int32_t addOptimizationProfile(const nvinfer1::IOptimizationProfile* profile) noexcept override;
  std::int32_t getNbOptimizationProfiles() const noexcept override {
    return static_cast<std::int32_t>(profiles_.size());
  }
  void setProfilingVerbosity(nvinfer1::ProfilingVerbosity) noexcept override {}
  nvinfer1::ITimingCache* createTimingCache(const void* blob, std::size_t size) const noexcept override;
  bool setTimingCache(const nvinfer1::ITimingCache& cache, bool ignore_mismatch) noexcept override;
  const nvinfer1::ITimingCache* getTimingCache() const noexcept override { return cache_; }
  void setMemoryPoolLimit(nvinfer1::MemoryPoolType pool, std::size_t bytes) noexcept override {
    pools_[pool] = bytes;
  }
  std::size_t getMemoryPoolLimit(nvinfer1::MemoryPoolType pool) const noexcept override {
    const auto found = pools_.find(pool);
    return found == pools_.end() ? std::size_t{1} << 32 : found->second;
  }
#if STANDIN_TENSORRT >= 80600
  void setBuilderOptimizationLevel(std::int32_t level) noexcept override {
    level_ = level;
  }
  std::int32_t getBuilderOptimizationLevel() noexcept override {
    return level_;
  }
  void setHardwareCompatibilityLevel(nvinfer1::HardwareCompatibilityLevel level) noexcept override {
    hardware_compatible_ = level != nvinfer1::HardwareCompatibilityLevel::kNONE;
  }
  void setMaxAuxStreams(std::int32_t) noexcept override {}
#endif
#if NV_TENSORRT_MAJOR >= 10
  void setProgressMonitor(nvinfer1::IProgressMonitor* monitor) noexcept override {
    monitor_ = monitor;
  }
  nvinfer1::IProgressMonitor* monitor() const {
    return monitor_;
  }
#endif

  const std::vector<const Profile*>& profiles() const {
    return profiles_;
  }
  TimingCache* timing_cache() const {
    return cache_;
  }
  /// kVersionCompatible, kHardwareCompatible and kHostCode.
  std::uint32_t compatibility() const;
  /// fp16, bf16, int8 and fp8, as far as they are set.
  std::vector<std::string> precisions() const;
  /// JSON of what was asked for.
  std::string info(bool strongly_typed) const;

 private:
  static std::uint32_t bit(nvinfer1::BuilderFlag flag) {
    return 1U << static_cast<std::uint32_t>(flag);
  }

  Reporter reporter_;
  // TF32 is the one flag that is on by default.
  std::uint32_t flags_ = bit(nvinfer1::BuilderFlag::kTF32);
  std::vector<const Profile*> profiles_;
  std::map<nvinfer1::MemoryPoolType, std::size_t> pools_;
  TimingCache* cache_ = nullptr;
  std::int32_t level_ = 3;
  bool hardware_compatible_ = false;
#if NV_TENSORRT_MAJOR >= 10
  nvinfer1::IProgressMonitor* monitor_ = nullptr;
#endif
  const Living living_{"builderConfigs"};
};

}  // namespace standin::tensorrt
