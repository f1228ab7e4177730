#include "network.h"

#include <memory>
#include <utility>

#include "objects.h"
#include "shapes.h"

namespace standin::tensorrt {
namespace {

class Tensor final : public nvinfer1::ITensor {
 public:
  explicit Tensor(const TensorSpec& spec) : spec_(spec) {}
  const char* getName() const noexcept override { return spec_.name.c_str(); }
  nvinfer1::Dims getDimensions() const noexcept override { return to_dims(spec_.shape); }
  nvinfer1::DataType getType() const noexcept override { return static_cast<nvinfer1::DataType>(spec_.type); }
  bool isShapeTensor() const noexcept override { return spec_.is_shape_tensor; }

 private:
  const TensorSpec spec_;
};

class Network final : public StandinNetwork {
 public:
  explicit Network(nvinfer1::NetworkDefinitionCreationFlags flags) : flags_(flags) {}

  std::int32_t getNbLayers() const noexcept override { return contract_.layers; }
  std::int32_t getNbInputs() const noexcept override { return static_cast<std::int32_t>(inputs_.size()); }
  nvinfer1::ITensor* getInput(std::int32_t index) const noexcept override { return at(inputs_, index); }
  std::int32_t getNbOutputs() const noexcept override { return static_cast<std::int32_t>(outputs_.size()); }
  nvinfer1::ITensor* getOutput(std::int32_t index) const noexcept override { return at(outputs_, index); }
  void setName(const char* name) noexcept override { contract_.name = name; }
  const char* getName() const noexcept override { return contract_.name.c_str(); }
  void setErrorRecorder(nvinfer1::IErrorRecorder*) noexcept override {}

  bool explicit_batch() const noexcept override {
#if NV_TENSORRT_MAJOR == 8
    return has(nvinfer1::NetworkDefinitionCreationFlag::kEXPLICIT_BATCH);
#else
    return true;
#endif
  }
  bool strongly_typed() const noexcept override {
#if NV_TENSORRT_MAJOR == 8
    return false;
#elif NV_TENSORRT_MAJOR == 10
    return has(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED);
#else
    return true;
#endif
  }
  void set_contract(NetworkContract contract) override {
    contract_ = std::move(contract);
    inputs_.clear();
    outputs_.clear();
    for (const TensorSpec& tensor : contract_.tensors) {
      (tensor.is_input ? inputs_ : outputs_).push_back(std::make_unique<Tensor>(tensor));
    }
  }
  const NetworkContract& contract() const noexcept override {
    return contract_;
  }

 private:
  using Tensors = std::vector<std::unique_ptr<Tensor>>;

  static nvinfer1::ITensor* at(const Tensors& tensors, std::int32_t index) {
    return index >= 0 && static_cast<std::size_t>(index) < tensors.size()
               ? tensors[static_cast<std::size_t>(index)].get()
               : nullptr;
  }
#if NV_TENSORRT_MAJOR < 11
  bool has(nvinfer1::NetworkDefinitionCreationFlag flag) const {
    return (flags_ >> static_cast<std::uint32_t>(flag) & 1U) != 0;
  }
#endif

  [[maybe_unused]] const nvinfer1::NetworkDefinitionCreationFlags flags_;
  NetworkContract contract_;
  Tensors inputs_;
  Tensors outputs_;
  const Living living_{"networks"};
};

}  // namespace

nvinfer1::INetworkDefinition* make_network(nvinfer1::NetworkDefinitionCreationFlags flags) {
  return new Network(flags);
}

}  // namespace standin::tensorrt
