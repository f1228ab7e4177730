#include "builder_config.h"

#include "../../error.h"
#include "../build_options.h"
#include "../engine_error.h"
#include "types.h"

namespace jetson_vla::tensorrt {
namespace {

void apply_precision(nvinfer1::IBuilderConfig& config, const BuildOptions& options) {
  if (!options.tf32) config.clearFlag(nvinfer1::BuilderFlag::kTF32);
#if NV_TENSORRT_MAJOR < 11
  if (options.fp16) config.setFlag(nvinfer1::BuilderFlag::kFP16);
  if (options.int8) config.setFlag(nvinfer1::BuilderFlag::kINT8);
#endif
#if NV_TENSORRT_MAJOR == 10
  if (options.bf16) config.setFlag(nvinfer1::BuilderFlag::kBF16);
#endif
#if NV_TENSORRT_MAJOR == 10 || (NV_TENSORRT_MAJOR == 8 && NV_TENSORRT_MINOR >= 6)
  if (options.fp8) config.setFlag(nvinfer1::BuilderFlag::kFP8);
#endif
}

std::string first_error(const TensorRt& tensorrt, const LogMark& mark) {
  const std::vector<std::string> lines = tensorrt.logger.errors_since(mark);
  return lines.empty() ? kNoReason : lines.front();
}

}  // namespace

nvinfer1::NetworkDefinitionCreationFlags network_flags([[maybe_unused]] const TensorRt& tensorrt,
                                                       [[maybe_unused]] const BuildOptions& options) {
  nvinfer1::NetworkDefinitionCreationFlags flags = 0;
#if NV_TENSORRT_MAJOR < 10
  flags |= 1U << static_cast<std::uint32_t>(nvinfer1::NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
#elif NV_TENSORRT_MAJOR == 10
  if (is_strongly_typed(options, tensorrt.libraries.nvinfer_version))
    flags |= 1U << static_cast<std::uint32_t>(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
#endif
  return flags;
}

void apply_options([[maybe_unused]] const TensorRt& tensorrt, nvinfer1::IBuilderConfig& config,
                   const BuildOptions& options) {
  apply_precision(config, options);
  if (options.workspace_bytes)
    config.setMemoryPoolLimit(nvinfer1::MemoryPoolType::kWORKSPACE, *options.workspace_bytes);
#if NV_TENSORRT_MAJOR >= 10 || NV_TENSORRT_MINOR >= 6
  constexpr std::int32_t kWithCompatibility = 80600;
  if (!tensorrt.is_at_least(kWithCompatibility)) return;
  if (options.optimisation_level) config.setBuilderOptimizationLevel(*options.optimisation_level);
  if (options.hardware_compatible)
    config.setHardwareCompatibilityLevel(nvinfer1::HardwareCompatibilityLevel::kAMPERE_PLUS);
  if (options.version_compatible) config.setFlag(nvinfer1::BuilderFlag::kVERSION_COMPATIBLE);
#endif
}

void add_profiles(TensorRt& tensorrt, nvinfer1::IBuilder& builder, nvinfer1::IBuilderConfig& config,
                  const BuildOptions& options) {
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    const std::string where = "profile " + std::to_string(i);
    const LogMark mark = tensorrt.logger.mark();
    nvinfer1::IOptimizationProfile* profile = builder.createOptimizationProfile();
    if (profile == nullptr)
      throw build_error(tensorrt.name() + " cannot create " + where, tensorrt.logger.errors_since(mark));
    for (const BuildProfileInput& input : options.profiles[i]) {
      const auto set = [&](nvinfer1::OptProfileSelector select, const Shape& shape) {
        return profile->setDimensions(input.name.c_str(), select, to_dims(shape, where + ", " + input.name));
      };
      if (!set(nvinfer1::OptProfileSelector::kMIN, input.shapes.min) ||
          !set(nvinfer1::OptProfileSelector::kOPT, input.shapes.opt) ||
          !set(nvinfer1::OptProfileSelector::kMAX, input.shapes.max))
        throw Error(ErrorCode::kInvalidArgument, tensorrt.name() + " refused the shapes of \"" + input.name +
                                                     "\" in " + where + ": " + first_error(tensorrt, mark));
    }
    if (!profile->isValid() || config.addOptimizationProfile(profile) < 0)
      throw Error(ErrorCode::kInvalidArgument,
                  tensorrt.name() + " refused " + where + ": " + first_error(tensorrt, mark),
                  "A profile gives shapes for every input with a dynamic dimension.");
  }
}

std::unique_ptr<nvinfer1::ITimingCache> attach_timing_cache(nvinfer1::IBuilderConfig& config,
                                                            const std::vector<std::uint8_t>& blob,
                                                            std::vector<std::string>& warnings) {
  std::unique_ptr<nvinfer1::ITimingCache> cache;
  if (!blob.empty()) {
    cache.reset(config.createTimingCache(blob.data(), blob.size()));
    if (cache && config.setTimingCache(*cache, false)) return cache;
    warnings.push_back("the timing cache belongs to another GPU or TensorRT version and is not used");
  }
  cache.reset(config.createTimingCache(nullptr, 0));
  if (cache && !config.setTimingCache(*cache, false)) cache.reset();
  return cache;
}

}  // namespace jetson_vla::tensorrt
