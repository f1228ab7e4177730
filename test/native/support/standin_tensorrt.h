#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/native/include/NvInfer.h"
#include "fakes/native/include/NvOnnxParser.h"
#include "native/support/standin_driver.h"

namespace jetson_vla::test {

struct CollectingLogger final : nvinfer1::ILogger {
  std::vector<std::string> errors;
  void log(Severity severity, const char* message) noexcept override {
    if (severity <= Severity::kERROR) errors.emplace_back(message);
  }
  /// Whether any error line holds `text`.
  bool said(const std::string& text) const {
    for (const std::string& line : errors) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }
};

/// The engine file of test/fakes/native/tensorrt/engine_file.h, written down a second time.
struct EngineFile {
  struct Tensor {
    std::string name;
    bool input;
    std::uint8_t type;
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> min{};
    std::vector<std::int64_t> max{};
  };
  std::uint32_t version = 101600;
  std::uint32_t sm = 87;
  std::uint32_t flags = 0;
  std::uint32_t kind = 0;
  std::uint32_t vocabulary = 0;
  std::uint32_t profiles = 1;
  std::vector<Tensor> tensors;

  std::string bytes() const {
    std::string out = "STANDTRT";
    const auto put = [&out](auto value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); };
    const auto text = [&](const std::string& value) {
      put(static_cast<std::uint32_t>(value.size()));
      out += value;
    };
    const auto extents = [&](const std::vector<std::int64_t>& shape) {
      for (const std::int64_t extent : shape) put(extent);
    };
    for (const std::uint32_t field : {version, sm, flags, kind, vocabulary, 0U, 0U, 4096U, 1U, profiles})
      put(field);
    text("test");
    text("{}");
    put(static_cast<std::uint32_t>(tensors.size()));
    for (const Tensor& tensor : tensors) {
      text(tensor.name);
      for (const std::uint8_t field : {std::uint8_t(tensor.input ? 1 : 2), tensor.type, std::uint8_t{0},
                                       std::uint8_t{0}, std::uint8_t{0}, std::uint8_t(tensor.shape.size())}) {
        put(field);
      }
      extents(tensor.shape);
      for (std::uint32_t profile = 0; tensor.input && profile < profiles; ++profile) {
        extents(tensor.min.empty() ? tensor.shape : tensor.min);
        extents(tensor.max.empty() ? tensor.shape : tensor.max);
        extents(tensor.max.empty() ? tensor.shape : tensor.max);
      }
    }
    std::uint64_t checksum = 0xcbf29ce484222325U;
    for (const char byte : out) checksum = (checksum ^ static_cast<unsigned char>(byte)) * 0x100000001b3U;
    put(checksum);
    return out;
  }
};

/// x [-1,2] float32 → y [-1,2], plus one; up to 4 rows.
inline EngineFile increment_engine() {
  EngineFile file;
  file.kind = 2;
  file.tensors = {{"x", true, 0, {-1, 2}, {1, 2}, {4, 2}}, {"y", false, 0, {-1, 2}}};
  return file;
}

}  // namespace jetson_vla::test
