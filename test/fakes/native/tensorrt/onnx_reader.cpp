#include "onnx_reader.h"

#include <algorithm>

namespace standin::onnx {
namespace {

/// One field of a protobuf message: a number, or the bytes of a string or of a message within.
struct Field {
  std::uint64_t id = 0;
  bool is_bytes = false;
  std::uint64_t number = 0;
  const unsigned char* data = nullptr;
  std::size_t size = 0;

  std::string text() const { return {reinterpret_cast<const char*>(data), size}; }
};

class Message {
 public:
  Message(const void* data, std::size_t size)
      : next_(static_cast<const unsigned char*>(data)), end_(next_ + size) {}
  explicit Message(const Field& field) : Message(field.data, field.is_bytes ? field.size : 0) {}

  /// False at the end, and at the first byte that makes no sense; `valid` tells which.
  bool read(Field& field) {
    if (next_ == end_ || !valid_) return false;
    const std::uint64_t key = varint();
    field = Field{};
    field.id = key >> 3;
    switch (key & 7) {
      case 0:
        field.number = varint();
        break;
      case 1:
        skip(8);
        break;
      case 2:
        field.is_bytes = true;
        field.size = static_cast<std::size_t>(varint());
        field.data = next_;
        skip(field.size);
        break;
      case 5:
        skip(4);
        break;
      default:
        valid_ = false;
    }
    if (field.id == 0) valid_ = false;
    return valid_;
  }

  bool valid() const { return valid_; }
  bool at_end() const { return next_ == end_; }

  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (next_ == end_) break;
      const unsigned char byte = *next_++;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    valid_ = false;
    return 0;
  }

 private:
  void skip(std::size_t count) {
    if (count > static_cast<std::size_t>(end_ - next_)) {
      valid_ = false;
      return;
    }
    next_ += count;
  }

  const unsigned char* next_;
  const unsigned char* end_;
  bool valid_ = true;
};

std::vector<std::int64_t> read_shape(const Field& shape) {
  std::vector<std::int64_t> extents;
  Message message(shape);
  for (Field field; message.read(field);) {
    if (field.id != 1) continue;
    std::int64_t extent = -1;
    Message dimension(field);
    for (Field part; dimension.read(part);) {
      if (part.id == 1 && !part.is_bytes) extent = static_cast<std::int64_t>(part.number);
    }
    extents.push_back(extent < 0 ? -1 : extent);
  }
  return extents;
}

/// ValueInfoProto: name and type; of the type only the tensor.
Tensor read_value_info(const Field& info) {
  Tensor tensor;
  Message message(info);
  for (Field field; message.read(field);) {
    if (field.id == 1 && field.is_bytes) tensor.name = field.text();
    if (field.id != 2) continue;
    Message type(field);
    for (Field kind; type.read(kind);) {
      if (kind.id != 1) continue;
      Message tensor_type(kind);
      for (Field part; tensor_type.read(part);) {
        if (part.id == 1 && !part.is_bytes) tensor.element_type = static_cast<std::int64_t>(part.number);
        if (part.id == 2) tensor.shape = read_shape(part);
      }
    }
  }
  return tensor;
}

/// TensorProto: name, type and dimensions; the values do not matter here.
Tensor read_initialiser(const Field& initialiser) {
  Tensor tensor;
  Message message(initialiser);
  for (Field field; message.read(field);) {
    if (field.id == 1 && !field.is_bytes) tensor.shape.push_back(static_cast<std::int64_t>(field.number));
    if (field.id == 1 && field.is_bytes) {
      Message packed(field);
      while (!packed.at_end() && packed.valid()) {
        tensor.shape.push_back(static_cast<std::int64_t>(packed.varint()));
      }
    }
    if (field.id == 2 && !field.is_bytes) tensor.element_type = static_cast<std::int64_t>(field.number);
    if (field.id == 8 && field.is_bytes) tensor.name = field.text();
  }
  return tensor;
}

Node read_node(const Field& node) {
  Node result;
  Message message(node);
  for (Field field; message.read(field);) {
    if (field.id == 3 && field.is_bytes) result.name = field.text();
    if (field.id == 4 && field.is_bytes) result.op = field.text();
  }
  return result;
}

bool read_graph(const Field& graph, Model& model) {
  Message message(graph);
  for (Field field; message.read(field);) {
    if (!field.is_bytes) continue;
    if (field.id == 1) model.nodes.push_back(read_node(field));
    if (field.id == 2) model.graph_name = field.text();
    if (field.id == 5) model.initialisers.push_back(read_initialiser(field));
    if (field.id == 11) model.inputs.push_back(read_value_info(field));
    if (field.id == 12) model.outputs.push_back(read_value_info(field));
  }
  return message.valid();
}

}  // namespace

std::optional<Model> read_model(const void* data, std::size_t size) {
  if (data == nullptr) return std::nullopt;
  Model model;
  bool has_graph = false;
  Message message(data, size);
  for (Field field; message.read(field);) {
    if (field.id != 7 || !field.is_bytes) continue;
    has_graph = true;
    if (!read_graph(field, model)) return std::nullopt;
  }
  if (!message.valid() || !has_graph || model.outputs.empty()) return std::nullopt;
  const auto is_constant = [&](const Tensor& input) {
    return std::any_of(model.initialisers.begin(), model.initialisers.end(),
                       [&](const Tensor& constant) { return constant.name == input.name; });
  };
  model.inputs.erase(std::remove_if(model.inputs.begin(), model.inputs.end(), is_constant),
                     model.inputs.end());
  return model;
}

}  // namespace standin::onnx
