#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jetson_vla::test {

struct OnnxTensor {
  std::string name;
  /// −1 for a dimension that the file leaves open.
  std::vector<std::int64_t> shape;
};

/// Writes the few messages of ONNX's protobuf format that a model of one node needs.
class OnnxModel {
 public:
  OnnxModel& node(const std::string& name, const std::string& op, const std::string& in,
                  const std::string& out) {
    graph_ += field(1, field(1, in) + field(2, out) + field(3, name) + field(4, op));
    return *this;
  }
  OnnxModel& input(const OnnxTensor& tensor) {
    graph_ += field(11, value_info(tensor));
    return *this;
  }
  OnnxModel& output(const OnnxTensor& tensor) {
    graph_ += field(12, value_info(tensor));
    return *this;
  }
  std::string bytes() const {
    return number(1, 8) + field(7, field(2, "graph") + graph_) + field(8, field(1, "") + number(2, 17));
  }

 private:
  static std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
    return bytes + static_cast<char>(value);
  }
  static std::string number(std::uint64_t id, std::uint64_t value) { return varint(id << 3) + varint(value); }
  static std::string field(std::uint64_t id, const std::string& bytes) {
    return varint(id << 3 | 2) + varint(bytes.size()) + bytes;
  }
  static std::string value_info(const OnnxTensor& tensor) {
    std::string dims;
    for (const std::int64_t dim : tensor.shape)
      dims += field(1, dim < 0 ? field(2, "n") : number(1, static_cast<std::uint64_t>(dim)));
    constexpr std::uint64_t kFloat = 1;
    return field(1, tensor.name) + field(2, field(1, number(1, kFloat) + field(2, dims)));
  }

  std::string graph_;
};

}  // namespace jetson_vla::test
