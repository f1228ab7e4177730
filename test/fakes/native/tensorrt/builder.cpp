#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "builder_config.h"
#include "cuda_link.h"
#include "network.h"
#include "shapes.h"

namespace standin::tensorrt {
namespace {

constexpr auto kApi = "IBuilder::buildSerializedNetwork";

std::atomic<int> build_step_ms{0};

class Builder final : public nvinfer1::IBuilder {
 public:
  explicit Builder(nvinfer1::ILogger& logger) : reporter_(&logger) {}

#if NV_TENSORRT_MAJOR < 11
  bool platformHasFastFp16() const noexcept override {
    return true;
  }
  bool platformHasFastInt8() const noexcept override {
    return true;
  }
#endif
  std::int32_t getNbDLACores() const noexcept override {
    return 0;
  }
  nvinfer1::IBuilderConfig* createBuilderConfig() noexcept override {
    STANDIN_METHOD(reporter_, "IBuilder::createBuilderConfig", nullptr);
    return make_builder_config(reporter_);
  }
  nvinfer1::INetworkDefinition* createNetworkV2(
      nvinfer1::NetworkDefinitionCreationFlags flags) noexcept override {
    STANDIN_METHOD(reporter_, "IBuilder::createNetworkV2", nullptr);
    return make_network(flags);
  }
  nvinfer1::IOptimizationProfile* createOptimizationProfile() noexcept override {
    STANDIN_METHOD(reporter_, "IBuilder::createOptimizationProfile", nullptr);
    return profiles_.emplace_back(std::make_unique<Profile>()).get();
  }
  void setErrorRecorder(nvinfer1::IErrorRecorder* recorder) noexcept override {
    reporter_.set_recorder(recorder);
  }
  nvinfer1::IHostMemory* buildSerializedNetwork(nvinfer1::INetworkDefinition& network,
                                                nvinfer1::IBuilderConfig& config) noexcept override {
    STANDIN_METHOD(reporter_, kApi, nullptr);
    return build_network(reporter_, network, config);
  }
  bool setMaxThreads(std::int32_t threads) noexcept override {
    threads_ = threads;
    return threads > 0;
  }
  std::int32_t getMaxThreads() const noexcept override {
    return threads_;
  }

 private:
  Reporter reporter_;
  std::int32_t threads_ = 1;
  std::vector<std::unique_ptr<Profile>> profiles_;
  const Living living_{"builders"};
};

/// Walks the phases of a build; false once the monitor has cancelled it.
class Phases {
 public:
  explicit Phases(const BuilderConfig& config) {
#if NV_TENSORRT_MAJOR >= 10
    monitor_ = config.monitor();
#else
    static_cast<void>(config);
#endif
  }

  template <class Step>
  bool walk(const char* phase, const char* parent, std::int32_t steps, const Step& body) const {
    start(phase, parent, steps);
    bool going = true;
    for (std::int32_t step = 0; going && step < steps; ++step) going = body(step) && complete(phase, step);
    finish(phase);
    return going;
  }

 private:
#if NV_TENSORRT_MAJOR >= 10
  void start(const char* phase, const char* parent, std::int32_t steps) const {
    if (monitor_) monitor_->phaseStart(phase, parent, steps);
  }
  bool complete(const char* phase, std::int32_t step) const {
    std::this_thread::sleep_for(std::chrono::milliseconds(build_step_ms.load()));
    return !monitor_ || monitor_->stepComplete(phase, step);
  }
  void finish(const char* phase) const {
    if (monitor_) monitor_->phaseFinish(phase);
  }
  nvinfer1::IProgressMonitor* monitor_ = nullptr;
#else
  static void start(const char*, const char*, std::int32_t) {}
  static bool complete(const char*, std::int32_t) {
    std::this_thread::sleep_for(std::chrono::milliseconds(build_step_ms.load()));
    return true;
  }
  static void finish(const char*) {}
#endif
};

/// TensorRT reports from threads of its own: so does this.
bool on_own_thread(const Phases& phases, bool timed_before) {
  bool going = false;
  std::thread([&] {
    going =
        phases.walk("Tactic selection", "Building engine", timed_before ? 1 : 5, [](int) { return true; });
  }).join();
  return going;
}

bool walk_phases(const Phases& phases, bool timed_before) {
  return phases.walk("Building engine", nullptr, 3, [&](std::int32_t step) {
    const auto nothing = [](int) { return true; };
    if (step == 0) return phases.walk("Graph optimization", "Building engine", 4, nothing);
    return step == 1 ? on_own_thread(phases, timed_before) : true;
  });
}

/// Adds the shapes of every profile to the inputs. Returns what is missing, or nothing.
std::string apply_profiles(const BuilderConfig& config, std::vector<TensorSpec>& tensors) {
  for (TensorSpec& tensor : tensors) {
    if (!tensor.is_input) continue;
    const ShapeRange fixed{tensor.shape, tensor.shape, tensor.shape};
    if (is_dynamic(tensor.shape) && config.profiles().empty()) {
      return "Network has dynamic or shape inputs, but no optimization profile has been defined.";
    }
    for (const Profile* profile : config.profiles()) {
      const ShapeRange* range = profile->range(tensor.name);
      if (!range && is_dynamic(tensor.shape)) {
        return "input " + tensor.name + " has dynamic dimensions, but no shapes in an optimization profile";
      }
      if (range && range->min.size() != tensor.shape.size()) {
        return "the optimization profile gives " + tensor.name + " another rank than the network";
      }
      for (std::size_t i = 0; range && i < tensor.shape.size(); ++i) {
        if (tensor.shape[i] >= 0 && (range->min[i] != tensor.shape[i] || range->max[i] != tensor.shape[i])) {
          return "the optimization profile changes the fixed dimension " + std::to_string(i) + " of " +
                 tensor.name;
        }
      }
      tensor.profiles.push_back(range ? *range : fixed);
    }
    if (config.profiles().empty()) tensor.profiles.push_back(fixed);
  }
  return {};
}

}  // namespace

void set_build_step_ms(int milliseconds) {
  build_step_ms.store(milliseconds);
}

nvinfer1::IBuilder* make_builder(nvinfer1::ILogger& logger) {
  return new Builder(logger);
}

nvinfer1::IBuilderConfig* make_builder_config(const Reporter& reporter) {
  return new BuilderConfig(reporter);
}

nvinfer1::IHostMemory* build_network(const Reporter& reporter, nvinfer1::INetworkDefinition& network,
                                     nvinfer1::IBuilderConfig& config_interface) {
  const auto& parsed = static_cast<const StandinNetwork&>(network);
  const auto& config = static_cast<const BuilderConfig&>(config_interface);
  const auto fail = [&](const std::string& why) {
    reporter.error(kApi, nvinfer1::ErrorCode::kINVALID_CONFIG, why);
    return nullptr;
  };
  const NetworkContract& contract = parsed.contract();
  if (contract.tensors.empty()) return fail("Network must have at least one output");
  if (cuda::status() != 0) return fail("CUDA failure with error: " + std::to_string(cuda::status()));
  if (parsed.strongly_typed() && NV_TENSORRT_MAJOR < 11 && !config.precisions().empty()) {
    return fail("A strongly typed network does not take the precision flag " + config.precisions()[0]);
  }
  EngineSpec spec;
  spec.tensors = contract.tensors;
  if (std::string missing = apply_profiles(config, spec.tensors); !missing.empty()) return fail(missing);
  TimingCache* const cache = config.timing_cache();
  const bool timed_before = cache != nullptr && cache->knows(contract.fingerprint);
  count_event(timed_before ? "timingCacheHits" : "timingCacheMisses");
  if (!walk_phases(Phases(config), timed_before))
    return fail("The build was cancelled by the progress monitor");
  if (cache) cache->add(contract.fingerprint);
  spec.version = kLibraryVersion;
  spec.sm = static_cast<std::uint32_t>(cuda::sm());
  spec.flags = contract.flags | config.compatibility();
  spec.kind = contract.kind;
  spec.vocabulary = contract.vocabulary;
  spec.step_us = contract.step_us;
  spec.layer_count = static_cast<std::uint32_t>(contract.layers);
  spec.profile_count = static_cast<std::uint32_t>(std::max<std::size_t>(config.profiles().size(), 1));
  spec.name = contract.name;
  spec.info = config.info(parsed.strongly_typed());
  return new HostMemory(write_engine(spec));
}

}  // namespace standin::tensorrt
