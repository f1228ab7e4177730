#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>

#include "native/support/standin_tensorrt.h"

namespace jetson_vla::test {
namespace {

using nvinfer1::OptProfileSelector;

std::string fixture(const std::string& name) {
  const auto tests = std::filesystem::absolute(__FILE__).parent_path().parent_path();
  std::ifstream file(tests / "fixtures" / "models" / (name + ".onnx"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Follows the phases, and cancels at a given step of one of them.
struct Monitor final : nvinfer1::IProgressMonitor {
  std::mutex mutex;
  std::vector<std::string> open;
  std::vector<std::string> seen;
  std::string cancel_in;

  void phaseStart(const char* phase, const char* parent, std::int32_t) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex);
    if (parent) {
      EXPECT_EQ(open.back(), parent);
    }
    open.emplace_back(phase);
    seen.emplace_back(phase);
  }
  bool stepComplete(const char* phase, std::int32_t) noexcept override { return cancel_in != phase; }
  void phaseFinish(const char* phase) noexcept override {
    const std::lock_guard<std::mutex> lock(mutex);
    EXPECT_EQ(open.back(), phase);
    open.pop_back();
  }
};

class StandinBuilderTest : public testing::Test {
 protected:
  void SetUp() override {
    cuda.reset(1);
    library = open_standin("tensorrt-10.16/libnvinfer.so.10");
    symbol<void()>(library, "standin_tensorrt_reset")();
    ASSERT_EQ(cuda.init(0), kSuccess);
    ASSERT_EQ(cuda.retain(&context, 0), kSuccess);
    ASSERT_EQ(cuda.set_current(context), kSuccess);
    auto* create = symbol<void*(void*, std::int32_t)>(library, "createInferBuilder_INTERNAL");
    builder.reset(static_cast<nvinfer1::IBuilder*>(create(&logger, NV_TENSORRT_VERSION)));
    ASSERT_NE(builder, nullptr);
    network.reset(builder->createNetworkV2(0));
    config.reset(builder->createBuilderConfig());
    auto* create_parser = symbol<void*(void*, void*, int)>(
        open_standin("tensorrt-10.16/libnvonnxparser.so.10"), "createNvOnnxParser_INTERNAL");
    parser.reset(static_cast<nvonnxparser::IParser*>(create_parser(network.get(), &logger, 0)));
    ASSERT_NE(parser, nullptr);
  }
  void TearDown() override {
    cuda.set_current(nullptr);
    cuda.reset(1);
  }

  bool parse(const std::string& model) { return parser->parse(model.data(), model.size()); }
  bool build() {
    plan.reset(builder->buildSerializedNetwork(*network, *config));
    return plan != nullptr;
  }
  void add_profile(const char* input, std::initializer_list<std::int64_t> extents) {
    nvinfer1::Dims dims{};
    for (const std::int64_t extent : extents) dims.d[dims.nbDims++] = extent;
    for (const auto select : {OptProfileSelector::kMIN, OptProfileSelector::kOPT, OptProfileSelector::kMAX}) {
      profile->setDimensions(input, select, dims);
    }
  }
  long count(const char* key) {
    return counter(symbol<const char*()>(library, "standin_tensorrt_counters")(), key);
  }

  StandinDriver cuda;
  CollectingLogger logger;
  void* library = nullptr;
  Context context = nullptr;
  std::unique_ptr<nvinfer1::IBuilder> builder;
  std::unique_ptr<nvinfer1::INetworkDefinition> network;
  std::unique_ptr<nvinfer1::IBuilderConfig> config;
  std::unique_ptr<nvonnxparser::IParser> parser;
  std::unique_ptr<nvinfer1::IHostMemory> plan;
  nvinfer1::IOptimizationProfile* profile = nullptr;
};

TEST_F(StandinBuilderTest, ReadsTheContractOfARealOnnxFile) {
  ASSERT_TRUE(parse(fixture("two-cameras")));
  ASSERT_EQ(network->getNbInputs(), 4);
  EXPECT_STREQ(network->getInput(0)->getName(), "wrist");
  EXPECT_EQ(network->getInput(3)->getType(), nvinfer1::DataType::kINT64);
  EXPECT_EQ(network->getInput(1)->getDimensions().d[1], 3);
  ASSERT_EQ(network->getNbOutputs(), 1);
  EXPECT_STREQ(network->getOutput(0)->getName(), "actions");
}

TEST_F(StandinBuilderTest, ABuiltEngineComputesWhatTheModelComputes) {
  ASSERT_TRUE(parse(fixture("default-nhwc")));
  profile = builder->createOptimizationProfile();
  add_profile("image", {1, 2, 2, 3});
  add_profile("text", {1, 2});
  ASSERT_EQ(config->addOptimizationProfile(profile), 0);
  ASSERT_TRUE(build());
  auto* create = symbol<void*(void*, std::int32_t)>(library, "createInferRuntime_INTERNAL");
  const std::unique_ptr<nvinfer1::IRuntime> runtime(
      static_cast<nvinfer1::IRuntime*>(create(&logger, NV_TENSORRT_VERSION)));
  const std::unique_ptr<nvinfer1::ICudaEngine> engine(
      runtime->deserializeCudaEngine(plan->data(), plan->size()));
  ASSERT_NE(engine, nullptr);
  const std::unique_ptr<nvinfer1::IExecutionContext> execution(engine->createExecutionContext());
  const nvinfer1::Dims image_shape = engine->getProfileShape("image", 0, OptProfileSelector::kOPT);
  ASSERT_TRUE(execution->setInputShape("image", image_shape));
  ASSERT_TRUE(execution->setInputShape("text", engine->getProfileShape("text", 0, OptProfileSelector::kOPT)));
  void* bindings[3] = {};
  void* host[3] = {};
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(cuda.host_alloc(&host[i], 4096, kHostAllocDeviceMap), kSuccess);
    DevicePointer alias = 0;
    ASSERT_EQ(cuda.host_device_pointer(&alias, host[i], 0), kSuccess);
    bindings[i] = reinterpret_cast<void*>(alias);
  }
  const float colour[3] = {0.25F, 0.5F, 0.75F};
  for (int i = 0; i < 12; ++i) static_cast<float*>(host[0])[i] = colour[i % 3];
  static_cast<std::int64_t*>(host[1])[0] = 1;
  static_cast<std::int64_t*>(host[1])[1] = 3;
  ASSERT_TRUE(execution->executeV2(bindings));
  const double features[4] = {0.25, 0.5, 0.75, 2.0 / 16};
  for (int column = 0; column < 35; ++column) {
    double expected = 0;
    for (int row = 0; row < 4; ++row) expected += features[row] * ((row * 35 + column) % 11 / 10.0 - 0.5);
    EXPECT_NEAR(static_cast<float*>(host[2])[column], expected, 1e-6) << column;
  }
}

TEST_F(StandinBuilderTest, DynamicInputsNeedAProfile) {
  ASSERT_TRUE(parse(fixture("default-nhwc")));
  EXPECT_FALSE(build());
  EXPECT_TRUE(logger.said("no optimization profile has been defined"));
}

TEST_F(StandinBuilderTest, NoBytesCrashTheParser) {
  const std::string model = fixture("default-nchw");
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse("not a model"));
  EXPECT_EQ(parser->getNbErrors(), 2);
  for (std::size_t size = 0; size < model.size(); ++size) parse(model.substr(0, size));
  for (std::size_t at = 0; at < model.size(); ++at) {
    for (const unsigned char byte : {0x00, 0x7f, 0xff}) {
      std::string bad = model;
      bad[at] = static_cast<char>(byte);
      parse(bad);
    }
  }
  EXPECT_TRUE(parse(model));
}

TEST_F(StandinBuilderTest, NamesTheNodeThatItCannotImport) {
  // A ModelProto of one node {name: "n", op_type: "Unsupported"} and one output "y".
  const std::string node = std::string("\x0a\x10\x1a\x01") + "n" + std::string("\x22\x0b") + "Unsupported";
  const std::string output = std::string("\x62\x03\x0a\x01") + "y";
  const std::string graph = node + output;
  std::string small = "\x3a";
  small += static_cast<char>(graph.size());
  EXPECT_FALSE(parse(small + graph));
  const auto* error = parser->getError(parser->getNbErrors() - 1);
  EXPECT_EQ(error->node(), 0);
  EXPECT_STREQ(error->nodeName(), "n");
  EXPECT_STREQ(error->nodeOperator(), "Unsupported");
}

TEST_F(StandinBuilderTest, StringsAreNoTensorsOfTensorRt) {
  EXPECT_FALSE(parse(fixture("string-text")));
  EXPECT_FALSE(parse(fixture("double")));
}

TEST_F(StandinBuilderTest, ReportsNestedPhasesAndCanBeCancelledInAny) {
  ASSERT_TRUE(parse(fixture("default-nchw")));
  profile = builder->createOptimizationProfile();
  add_profile("text", {1, 8});
  add_profile("image", {1, 3, 8, 8});
  config->addOptimizationProfile(profile);
  Monitor all;
  config->setProgressMonitor(&all);
  EXPECT_TRUE(build());
  EXPECT_GE(all.seen.size(), 3U);
  EXPECT_TRUE(all.open.empty());
  for (const std::string& phase : all.seen) {
    Monitor cancelling;
    cancelling.cancel_in = phase;
    config->setProgressMonitor(&cancelling);
    EXPECT_FALSE(build()) << phase;
    EXPECT_TRUE(cancelling.open.empty());
  }
}

TEST_F(StandinBuilderTest, ReusesATimingCache) {
  ASSERT_TRUE(parse(fixture("two-cameras")));
  const std::unique_ptr<nvinfer1::ITimingCache> cache(config->createTimingCache(nullptr, 0));
  ASSERT_TRUE(config->setTimingCache(*cache, false));
  EXPECT_TRUE(build());
  EXPECT_EQ(count("timingCacheHits"), 0);
  const std::unique_ptr<nvinfer1::IHostMemory> bytes(config->getTimingCache()->serialize());
  const std::unique_ptr<nvinfer1::ITimingCache> again(
      config->createTimingCache(bytes->data(), bytes->size()));
  ASSERT_NE(again, nullptr);
  config->setTimingCache(*again, false);
  EXPECT_TRUE(build());
  EXPECT_EQ(count("timingCacheHits"), 1);
  EXPECT_EQ(config->createTimingCache("junk", 4), nullptr);
}

TEST_F(StandinBuilderTest, AStronglyTypedNetworkTakesNoPrecisionFlags) {
  network.reset(builder->createNetworkV2(
      1U << static_cast<unsigned>(nvinfer1::NetworkDefinitionCreationFlag::kSTRONGLY_TYPED)));
  auto* create_parser = symbol<void*(void*, void*, int)>(open_standin("tensorrt-10.16/libnvonnxparser.so.10"),
                                                         "createNvOnnxParser_INTERNAL");
  parser.reset(static_cast<nvonnxparser::IParser*>(create_parser(network.get(), &logger, 0)));
  ASSERT_TRUE(parse(fixture("two-cameras")));
  config->setFlag(nvinfer1::BuilderFlag::kFP16);
  EXPECT_FALSE(build());
  config->clearFlag(nvinfer1::BuilderFlag::kFP16);
  EXPECT_TRUE(build());
}

}  // namespace
}  // namespace jetson_vla::test
