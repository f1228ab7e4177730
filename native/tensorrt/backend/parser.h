#pragma once

#include <memory>
#include <string>

#include "library_calls.h"

namespace nvonnxparser {
class IParser;
}

namespace jetson_vla::tensorrt {

/// Reads an ONNX file into a network. Kept until the engine is built: the network refers to weights that the
/// parser owns.
class OnnxParser {
 public:
  /// Throws TENSORRT_NOT_FOUND without a parser library, BUNDLE_NOT_FOUND for a file that cannot be read, and
  /// ENGINE_BUILD_FAILED naming the nodes and operators that TensorRT cannot take.
  OnnxParser(TensorRt& tensorrt, nvinfer1::INetworkDefinition& network, const std::string& onnx_file);
  ~OnnxParser() noexcept;
  OnnxParser(const OnnxParser&) = delete;
  OnnxParser& operator=(const OnnxParser&) = delete;

 private:
  std::unique_ptr<nvonnxparser::IParser> parser_;
};

}  // namespace jetson_vla::tensorrt
