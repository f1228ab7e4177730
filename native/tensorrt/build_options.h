#pragma once

#include "backend.h"

namespace jetson_vla::tensorrt {

/// Whether TensorRT takes every type from the ONNX file instead of choosing precisions by itself.
bool is_strongly_typed(const BuildOptions& options, std::int32_t version) noexcept;

/// Throws INVALID_ARGUMENT for an option that this version of TensorRT does not have, a value out of range,
/// two options that exclude each other, or a profile whose shapes are not min ≤ opt ≤ max. `version` is the
/// library's, major × 10000 + minor × 100 + patch.
void check_build_options(const BuildOptions& options, std::int32_t version);

}  // namespace jetson_vla::tensorrt
