#include "parser.h"

#include "../../error.h"

#if __has_include(<NvOnnxParser.h>)
#include <NvOnnxParser.h>
#include <dlfcn.h>

#include <algorithm>

#include "../engine_error.h"
#include "../mapped_file.h"

namespace jetson_vla::tensorrt {
namespace {

nvonnxparser::IParser* create_parser(TensorRt& tensorrt, nvinfer1::INetworkDefinition& network) {
  using Factory = void* (*)(void* network, void* logger, int version);
  void* library = tensorrt.libraries.onnx_parser;
  auto* create = library == nullptr
                     ? nullptr
                     : reinterpret_cast<Factory>(::dlsym(library, "createNvOnnxParser_INTERNAL"));
  if (create == nullptr)
    throw Error(ErrorCode::kTensorRtNotFound,
                "building an engine needs TensorRT's ONNX parser, libnvonnxparser.so",
                "On a Jetson: sudo apt-get install libnvonnxparsers-dev");
  nvinfer1::ILogger* logger = &tensorrt.logger;
  return static_cast<nvonnxparser::IParser*>(create(&network, logger, NV_ONNX_PARSER_VERSION));
}

/// Empty for an error of the file as a whole.
std::string where(const nvonnxparser::IParserError& error) {
  if (error.node() < 0) return {};
  std::string text = "node " + std::to_string(error.node());
#if NV_TENSORRT_MAJOR >= 10
  const char* name = error.nodeName();
  const char* op = error.nodeOperator();
  if (name != nullptr && *name != '\0') text += " \"" + std::string(name) + "\"";
  if (op != nullptr && *op != '\0') text += " (" + std::string(op) + ")";
#else
  // 8.x knows neither name nor operator; its importer is called after the operator, such as importResize.
  const char* function = error.func();
  if (function != nullptr && *function != '\0') text += " (" + std::string(function) + ")";
#endif
  return text + ": ";
}

[[noreturn]] void refuse(const TensorRt& tensorrt, const nvonnxparser::IParser& parser,
                         const std::string& file, const LogMark& mark) {
  constexpr int kMost = 8;
  const std::string attempt = tensorrt.name() + " cannot build an engine from " + file;
  const int count = parser.getNbErrors();
  if (count <= 0) throw build_error(attempt, tensorrt.logger.errors_since(mark, LogThreads::kAll));
  std::string message = attempt + ":";
  for (int i = 0; i < std::min(count, kMost); ++i) {
    const nvonnxparser::IParserError* error = parser.getError(i);
    if (error == nullptr) continue;
    const char* text = error->desc();
    message += (i == 0 ? " " : "; ") + where(*error) + (text == nullptr ? kNoReason : text);
  }
  if (count > kMost) message += "; and " + std::to_string(count - kMost) + " more";
  throw Error(
      ErrorCode::kEngineBuildFailed, message,
      "Export the model with operators that this TensorRT supports, such as a lower or higher ONNX opset.");
}

}  // namespace

OnnxParser::OnnxParser(TensorRt& tensorrt, nvinfer1::INetworkDefinition& network,
                       const std::string& onnx_file) {
  const MappedFile model(onnx_file, FileKind::kOnnx);
  const LogMark mark = tensorrt.logger.mark();
  parser_.reset(create_parser(tensorrt, network));
  if (!parser_)
    throw build_error(tensorrt.name() + "'s ONNX parser does not start", tensorrt.logger.errors_since(mark));
  // The path lets it find weights in files beside the model.
  if (!parser_->parse(model.data(), model.size(), onnx_file.c_str()))
    refuse(tensorrt, *parser_, onnx_file, mark);
}

OnnxParser::~OnnxParser() noexcept = default;

}  // namespace jetson_vla::tensorrt

#else

// Distributions package the parser's header apart from TensorRT's: without it, a backend only runs engines.
namespace nvonnxparser {
class IParser {};
}  // namespace nvonnxparser

namespace jetson_vla::tensorrt {

OnnxParser::OnnxParser(TensorRt&, nvinfer1::INetworkDefinition&, const std::string&) {
  throw Error(ErrorCode::kTensorRtNotFound,
              "this build of jetson-vla cannot build engines: it was compiled without "
              "NvOnnxParser.h",
              "On a Jetson: sudo apt-get install libnvonnxparsers-dev && npx jetson-vla build-native");
}

OnnxParser::~OnnxParser() noexcept = default;

}  // namespace jetson_vla::tensorrt

#endif
