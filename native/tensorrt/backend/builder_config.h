#pragma once

#include <memory>

#include "library_calls.h"

namespace jetson_vla::tensorrt {

/// For IBuilder::createNetworkV2.
nvinfer1::NetworkDefinitionCreationFlags network_flags(const TensorRt& tensorrt, const BuildOptions& options);

/// Sets everything but profiles and timing cache. The options have been checked for this version.
void apply_options(const TensorRt& tensorrt, nvinfer1::IBuilderConfig& config, const BuildOptions& options);

/// Throws INVALID_ARGUMENT for a profile that TensorRT refuses.
void add_profiles(TensorRt& tensorrt, nvinfer1::IBuilder& builder, nvinfer1::IBuilderConfig& config,
                  const BuildOptions& options);

/// The cache must outlive the build. Appends to `warnings` if `blob` cannot be used, and starts an empty one.
std::unique_ptr<nvinfer1::ITimingCache> attach_timing_cache(nvinfer1::IBuilderConfig& config,
                                                            const std::vector<std::uint8_t>& blob,
                                                            std::vector<std::string>& warnings);

}  // namespace jetson_vla::tensorrt
