// libnvonnxparser: turns an ONNX file into the contract of a network.
#include <NvOnnxParser.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control.h"
#include "ledger.h"
#include "network.h"
#include "onnx_reader.h"
#include "report.h"

using namespace standin;
using nvonnxparser::ErrorCode;

namespace {

struct ParserError final : nvonnxparser::IParserError {
  ErrorCode error = ErrorCode::kSUCCESS;
  std::string text;
  int index = -1;
  std::string name;
  std::string op;

  ErrorCode code() const override { return error; }
  const char* desc() const override { return text.c_str(); }
  const char* file() const override { return "parser.cpp"; }
  int line() const override { return 1; }
  const char* func() const override { return "parse"; }
  int node() const override { return index; }
#if NV_TENSORRT_MAJOR >= 10
  const char* nodeName() const override {
    return name.c_str();
  }
  const char* nodeOperator() const override {
    return op.c_str();
  }
#endif
};

/// Nothing for a type that TensorRT does not take.
std::optional<tensorrt::Element> element(std::int64_t onnx_type) {
  switch (onnx_type) {
    case 1:
      return tensorrt::Element::kFloat32;
    case 2:
      return tensorrt::Element::kUInt8;
    case 3:
      return tensorrt::Element::kInt8;
    case 6:
      return tensorrt::Element::kInt32;
    case 7:
      // TensorRT 8 has no 64-bit integers and narrows them.
      return NV_TENSORRT_MAJOR < 10 ? tensorrt::Element::kInt32 : tensorrt::Element::kInt64;
    case 9:
      return tensorrt::Element::kBool;
    case 10:
      return tensorrt::Element::kFloat16;
    case 16:
      return NV_TENSORRT_MAJOR < 10 ? std::nullopt : std::optional(tensorrt::Element::kBFloat16);
    case 17:
      return NV_TENSORRT_MAJOR < 10 ? std::nullopt : std::optional(tensorrt::Element::kFp8);
    default:
      return std::nullopt;
  }
}

bool has_op(const onnx::Model& model, const char* op) {
  return std::any_of(model.nodes.begin(), model.nodes.end(), [&](const auto& node) { return node.op == op; });
}

const onnx::Tensor* initialiser(const onnx::Model& model, const char* name) {
  const auto found = std::find_if(model.initialisers.begin(), model.initialisers.end(),
                                  [&](const auto& tensor) { return tensor.name == name; });
  return found == model.initialisers.end() ? nullptr : &*found;
}

/// Recognises the models of python/fixtures/models.py by their weights, so that their engines compute what
/// ONNX Runtime computes; any other model gets values that are only deterministic.
void choose_function(const onnx::Model& model, tensorrt::NetworkContract& contract) {
  constexpr std::uint32_t kSlowStepMicroseconds = 150;
  const bool only_identity = std::all_of(model.nodes.begin(), model.nodes.end(),
                                         [](const onnx::Node& node) { return node.op == "Identity"; });
  const onnx::Tensor* const weights = initialiser(model, "weights");
  const onnx::Tensor* const table = initialiser(model, "table");
  if (only_identity && !model.nodes.empty()) {
    contract.kind = tensorrt::Kind::kEcho;
  } else if (has_op(model, "Loop")) {
    contract.kind = tensorrt::Kind::kSlow;
    contract.step_us = kSlowStepMicroseconds;
    contract.flags |= tensorrt::kUncapturable;
  } else if (weights && weights->shape.size() == 2) {
    contract.kind = tensorrt::Kind::kFeatures;
    if (has_op(model, "Div")) contract.flags |= tensorrt::kUnitColours;
  }
  if (table && table->shape.size() == 2 && contract.kind == tensorrt::Kind::kFeatures) {
    contract.vocabulary = static_cast<std::uint32_t>(std::clamp<std::int64_t>(table->shape[0], 0, 1 << 30));
  }
}

class Parser final : public nvonnxparser::IParser {
 public:
  Parser(tensorrt::StandinNetwork& network, nvinfer1::ILogger& logger)
      : network_(network), reporter_(&logger) {}

  bool parse(const void* model, std::size_t size, const char*) noexcept override {
    STANDIN_METHOD(reporter_, "IParser::parse", false);
    if (!network_.explicit_batch()) {
      return refuse(ErrorCode::kINVALID_VALUE,
                    "this parser needs a network with an explicit batch dimension");
    }
    const auto parsed = onnx::read_model(model, size);
    if (!parsed) {
      return refuse(ErrorCode::kMODEL_DESERIALIZE_FAILED,
                    "Failed to parse the ONNX model: it is no valid protobuf");
    }
    tensorrt::NetworkContract contract;
    contract.name = parsed->graph_name;
    contract.layers = static_cast<std::int32_t>(parsed->nodes.size());
    contract.fingerprint = tensorrt::fnv1a(model, size);
    if (!check_nodes(*parsed)) return false;
    if (!add(parsed->inputs, true, contract) || !add(parsed->outputs, false, contract)) return false;
    choose_function(*parsed, contract);
    network_.set_contract(std::move(contract));
    return true;
  }

  bool parseFromFile(const char* path, int) noexcept override {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    return parse(bytes.data(), bytes.size(), path);
  }

  int getNbErrors() const noexcept override { return static_cast<int>(errors_.size()); }
  const nvonnxparser::IParserError* getError(int index) const noexcept override {
    return index >= 0 && index < getNbErrors() ? errors_[static_cast<std::size_t>(index)].get() : nullptr;
  }
  void clearErrors() noexcept override { errors_.clear(); }

 private:
  bool refuse(ErrorCode code, const std::string& why, int index = -1, const onnx::Node& node = {}) {
    auto error = std::make_unique<ParserError>();
    error->error = code;
    error->text = why;
    error->index = index;
    error->name = node.name;
    error->op = node.op;
    reporter_.log(nvinfer1::ILogger::Severity::kERROR, "ModelImporter: " + why);
    errors_.push_back(std::move(error));
    return false;
  }

  bool check_nodes(const onnx::Model& model) {
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      const onnx::Node& node = model.nodes[i];
      if (node.op.rfind("Unsupported", 0) != 0) continue;
      const std::string where =
          "In node " + std::to_string(i) + " with name: " + node.name + " and operator: " + node.op;
      return refuse(ErrorCode::kUNSUPPORTED_NODE,
                    where + " (checkFallbackPluginImporter): UNSUPPORTED_NODE: no importer",
                    static_cast<int>(i), node);
    }
    return true;
  }

  bool add(const std::vector<onnx::Tensor>& tensors, bool inputs, tensorrt::NetworkContract& contract) {
    for (const onnx::Tensor& tensor : tensors) {
      const auto type = element(tensor.element_type);
      if (!type || tensor.shape.size() > nvinfer1::Dims::MAX_DIMS) {
        return refuse(ErrorCode::kUNSUPPORTED_GRAPH, "Unsupported ONNX data type or rank of tensor " +
                                                         tensor.name + " (" +
                                                         std::to_string(tensor.element_type) + ")");
      }
      if (NV_TENSORRT_MAJOR < 10 && tensor.element_type == 7) {
        reporter_.log(nvinfer1::ILogger::Severity::kWARNING,
                      tensor.name + ": INT64 is not supported natively, it is cast down to INT32");
      }
      tensorrt::TensorSpec spec;
      spec.name = tensor.name;
      spec.is_input = inputs;
      spec.type = *type;
      spec.shape = tensor.shape;
      contract.tensors.push_back(std::move(spec));
    }
    return true;
  }

  tensorrt::StandinNetwork& network_;
  const tensorrt::Reporter reporter_;
  std::vector<std::unique_ptr<ParserError>> errors_;
  const tensorrt::Living living_{"parsers"};
};

}  // namespace

STANDIN_EXPORT void* createNvOnnxParser_INTERNAL(void* network, void* logger, int) noexcept {
  auto& typed = *static_cast<nvinfer1::ILogger*>(logger);
  STANDIN_METHOD(tensorrt::Reporter(&typed), "createNvOnnxParser", nullptr);
  // The caller has an INetworkDefinition*, as the real parser expects.
  auto* const definition = static_cast<nvinfer1::INetworkDefinition*>(network);
  return static_cast<nvonnxparser::IParser*>(
      new Parser(static_cast<tensorrt::StandinNetwork&>(*definition), typed));
}

STANDIN_EXPORT int getNvOnnxParserVersion() noexcept {
  return NV_ONNX_PARSER_VERSION;
}
