#pragma once

#include "library_calls.h"

namespace jetson_vla::tensorrt {

/// Backend::build.
BuildResult build_engine(TensorRt& tensorrt, const std::string& onnx_file, const BuildOptions& options,
                         const ProgressSink& progress);

}  // namespace jetson_vla::tensorrt
