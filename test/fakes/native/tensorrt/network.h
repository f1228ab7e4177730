#pragma once

#include <NvInfer.h>

#include <string>
#include <vector>

#include "engine_file.h"

namespace standin::tensorrt {

/// What the parser found in the ONNX file, as far as the stand-in needs it.
struct NetworkContract {
  std::string name;
  Kind kind = Kind::kPseudo;
  std::uint32_t vocabulary = 0;
  std::uint32_t flags = 0;
  std::uint32_t step_us = 0;
  std::int32_t layers = 0;
  std::vector<TensorSpec> tensors;
  /// Of the whole file; keys the timing cache.
  std::uint64_t fingerprint = 0;
};

/// The network as the parser library sees it; both libraries are built from these sources.
class StandinNetwork : public nvinfer1::INetworkDefinition {
 public:
  virtual bool explicit_batch() const noexcept = 0;
  virtual bool strongly_typed() const noexcept = 0;
  virtual void set_contract(NetworkContract contract) = 0;
  virtual const NetworkContract& contract() const noexcept = 0;
};

}  // namespace standin::tensorrt
