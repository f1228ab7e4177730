#include "builder_config.h"

#include <cstring>

#include "shapes.h"

namespace standin::tensorrt {
namespace {

/// Magic and library version; the fingerprints follow.
struct CacheHeader {
  char magic[4] = {'S', 'T', 'T', 'C'};
  std::uint32_t version = kLibraryVersion;
};

}  // namespace

bool Profile::setDimensions(const char* input, nvinfer1::OptProfileSelector select,
                            const nvinfer1::Dims& dims) noexcept {
  if (!input || dims.nbDims < 0 || dims.nbDims > nvinfer1::Dims::MAX_DIMS) return false;
  ShapeRange& range = ranges_[input];
  if (select == nvinfer1::OptProfileSelector::kMIN) range.min = from_dims(dims);
  if (select == nvinfer1::OptProfileSelector::kOPT) range.opt = from_dims(dims);
  if (select == nvinfer1::OptProfileSelector::kMAX) range.max = from_dims(dims);
  return true;
}

nvinfer1::Dims Profile::getDimensions(const char* input, nvinfer1::OptProfileSelector select) const noexcept {
  const ShapeRange* found = input ? range(input) : nullptr;
  if (!found) return invalid_dims();
  if (select == nvinfer1::OptProfileSelector::kMIN) return to_dims(found->min);
  return to_dims(select == nvinfer1::OptProfileSelector::kOPT ? found->opt : found->max);
}

bool Profile::isValid() const noexcept {
  for (const auto& [input, range] : ranges_) {
    if (range.min.size() != range.opt.size() || range.opt.size() != range.max.size()) return false;
    for (std::size_t i = 0; i < range.min.size(); ++i) {
      if (range.min[i] < 0 || range.min[i] > range.opt[i] || range.opt[i] > range.max[i]) return false;
    }
  }
  return true;
}

const ShapeRange* Profile::range(const std::string& input) const {
  const auto found = ranges_.find(input);
  return found == ranges_.end() ? nullptr : &found->second;
}

std::unique_ptr<TimingCache> TimingCache::read(const void* blob, std::size_t size) {
  auto cache = std::make_unique<TimingCache>();
  if (size == 0) return cache;
  const CacheHeader expected;
  if (size < sizeof expected || (size - sizeof expected) % sizeof(std::uint64_t) != 0) return nullptr;
  if (std::memcmp(blob, &expected, sizeof expected) != 0) return nullptr;
  const auto* next = static_cast<const unsigned char*>(blob) + sizeof expected;
  for (std::size_t left = size - sizeof expected; left > 0; left -= sizeof(std::uint64_t)) {
    std::uint64_t fingerprint;
    std::memcpy(&fingerprint, next, sizeof fingerprint);
    next += sizeof fingerprint;
    cache->add(fingerprint);
  }
  return cache;
}

nvinfer1::IHostMemory* TimingCache::serialize() const noexcept {
  const CacheHeader header;
  const auto* first = reinterpret_cast<const std::uint8_t*>(&header);
  std::vector<std::uint8_t> bytes(first, first + sizeof header);
  for (const std::uint64_t fingerprint : timed_) {
    const auto* next = reinterpret_cast<const std::uint8_t*>(&fingerprint);
    bytes.insert(bytes.end(), next, next + sizeof fingerprint);
  }
  return new HostMemory(std::move(bytes));
}

bool TimingCache::combine(const nvinfer1::ITimingCache& other, bool) noexcept {
  const auto& timed = static_cast<const TimingCache&>(other).timed_;
  timed_.insert(timed.begin(), timed.end());
  return true;
}

bool TimingCache::reset() noexcept {
  timed_.clear();
  return true;
}

std::int32_t BuilderConfig::addOptimizationProfile(const nvinfer1::IOptimizationProfile* profile) noexcept {
  if (!profile || !profile->isValid()) {
    reporter_.error("IBuilderConfig::addOptimizationProfile", nvinfer1::ErrorCode::kINVALID_ARGUMENT,
                    "the optimization profile is not valid: min <= opt <= max must hold");
    return -1;
  }
  profiles_.push_back(static_cast<const Profile*>(profile));
  return static_cast<std::int32_t>(profiles_.size()) - 1;
}

nvinfer1::ITimingCache* BuilderConfig::createTimingCache(const void* blob, std::size_t size) const noexcept {
  STANDIN_METHOD(reporter_, "IBuilderConfig::createTimingCache", nullptr);
  auto cache = TimingCache::read(blob, size);
  if (!cache) {
    reporter_.error("IBuilderConfig::createTimingCache", nvinfer1::ErrorCode::kUNSPECIFIED_ERROR,
                    "the timing cache is damaged or was made by another version");
  }
  return cache.release();
}

bool BuilderConfig::setTimingCache(const nvinfer1::ITimingCache& cache, bool) noexcept {
  STANDIN_METHOD(reporter_, "IBuilderConfig::setTimingCache", false);
  cache_ = const_cast<TimingCache*>(static_cast<const TimingCache*>(&cache));
  return true;
}

std::uint32_t BuilderConfig::compatibility() const {
  std::uint32_t compatible = hardware_compatible_ ? std::uint32_t{kHardwareCompatible} : 0;
#if STANDIN_TENSORRT >= 80600
  if (getFlag(nvinfer1::BuilderFlag::kVERSION_COMPATIBLE)) {
    compatible |= kVersionCompatible;
    if (!getFlag(nvinfer1::BuilderFlag::kEXCLUDE_LEAN_RUNTIME)) compatible |= kHostCode;
  }
#endif
  return compatible;
}

std::vector<std::string> BuilderConfig::precisions() const {
  std::vector<std::string> names;
#if NV_TENSORRT_MAJOR < 11
  if (getFlag(nvinfer1::BuilderFlag::kFP16)) names.push_back("fp16");
  if (getFlag(nvinfer1::BuilderFlag::kINT8)) names.push_back("int8");
#if STANDIN_TENSORRT >= 80600
  if (getFlag(nvinfer1::BuilderFlag::kFP8)) names.push_back("fp8");
#endif
#if NV_TENSORRT_MAJOR == 10
  if (getFlag(nvinfer1::BuilderFlag::kBF16)) names.push_back("bf16");
#endif
#endif
  return names;
}

std::string BuilderConfig::info(bool strongly_typed) const {
  std::string list;
  for (const std::string& name : precisions()) list += (list.empty() ? "\"" : ",\"") + name + "\"";
  const auto boolean = [](bool value) { return std::string(value ? "true" : "false"); };
  return "{\"precisions\":[" + list + "],\"tf32\":" + boolean(getFlag(nvinfer1::BuilderFlag::kTF32)) +
         ",\"stronglyTyped\":" + boolean(strongly_typed) +
         ",\"optimisationLevel\":" + std::to_string(level_) +
         ",\"workspaceBytes\":" + std::to_string(getMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE)) +
         ",\"versionCompatible\":" + boolean((compatibility() & kVersionCompatible) != 0) +
         ",\"hardwareCompatible\":" + boolean((compatibility() & kHardwareCompatible) != 0) + "}";
}

}  // namespace standin::tensorrt
