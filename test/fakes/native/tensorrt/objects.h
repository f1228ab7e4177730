#pragma once

#include <NvInfer.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine_file.h"
#include "ledger.h"
#include "report.h"

/// Makers of the objects behind the interfaces. All return what their user must delete.
namespace standin::tensorrt {

/// major × 10000 + minor × 100 + patch, of this library.
inline constexpr std::uint32_t kLibraryVersion = STANDIN_TENSORRT;

using Spec = std::shared_ptr<const EngineSpec>;
using Alive = std::shared_ptr<std::atomic<bool>>;

class HostMemory final : public nvinfer1::IHostMemory {
 public:
  explicit HostMemory(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}
  void* data() const noexcept override { return const_cast<std::uint8_t*>(bytes_.data()); }
  std::size_t size() const noexcept override { return bytes_.size(); }
  nvinfer1::DataType type() const noexcept override { return nvinfer1::DataType::kINT8; }

 private:
  const std::vector<std::uint8_t> bytes_;
  const Living living_{"hostMemories"};
};

/// Null, with an error logged, if the device has too little memory.
nvinfer1::ICudaEngine* make_engine(Spec spec, const Reporter& reporter, Alive runtime);
nvinfer1::IExecutionContext* make_context(Spec spec, const Reporter& reporter, Alive engine,
                                          const nvinfer1::ICudaEngine& owner, bool allocate);
nvinfer1::IEngineInspector* make_inspector(Spec spec, Alive engine);
nvinfer1::IRuntime* make_runtime(nvinfer1::ILogger& logger);
nvinfer1::IBuilder* make_builder(nvinfer1::ILogger& logger);
nvinfer1::INetworkDefinition* make_network(nvinfer1::NetworkDefinitionCreationFlags flags);
nvinfer1::IBuilderConfig* make_builder_config(const Reporter& reporter);

/// The serialised engine, or null with an error logged.
nvinfer1::IHostMemory* build_network(const Reporter& reporter, nvinfer1::INetworkDefinition& network,
                                     nvinfer1::IBuilderConfig& config);

/// The tensor of that name, or null.
const TensorSpec* find_tensor(const EngineSpec& spec, const char* name);

/// How long a build takes for each of its steps; tests of cancelling make it long.
void set_build_step_ms(int milliseconds);

}  // namespace standin::tensorrt
