#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// As much of an ONNX file as the stand-in parser needs.
namespace standin::onnx {

struct Tensor {
  std::string name;
  /// TensorProto.DataType; 0 if the file does not say.
  std::int64_t element_type = 0;
  /// −1 for a symbolic dimension.
  std::vector<std::int64_t> shape;
};

struct Node {
  std::string name;
  std::string op;
};

struct Model {
  std::string graph_name;
  std::vector<Node> nodes;
  std::vector<Tensor> initialisers;
  /// Without those that are initialisers.
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
};

/// Nothing if the bytes are no ONNX model; never reads outside of them.
std::optional<Model> read_model(const void* data, std::size_t size);

}  // namespace standin::onnx
