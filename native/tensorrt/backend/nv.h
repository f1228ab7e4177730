#pragma once

// TensorRT's API of one major version. Everything in this folder is compiled once per major.
#include <NvInfer.h>

#include <cstdint>

namespace jetson_vla::tensorrt {

/// Of the headers; major × 10000 + minor × 100 + patch.
inline constexpr std::int32_t kHeadersVersion =
    NV_TENSORRT_MAJOR * 10000 + NV_TENSORRT_MINOR * 100 + NV_TENSORRT_PATCH;

}  // namespace jetson_vla::tensorrt
