#include "native/support/standin_tensorrt.h"

#include <gtest/gtest.h>

namespace jetson_vla::test {
namespace {

using nvinfer1::Dims;

Dims dims(std::initializer_list<std::int64_t> extents) {
  Dims result{};
  for (const std::int64_t extent : extents) result.d[result.nbDims++] = extent;
  return result;
}

class StandinTensorRtTest : public testing::Test {
 protected:
  void SetUp() override {
    cuda.reset(1);
    library = open_standin("tensorrt-10.16/libnvinfer.so.10");
    symbol<void()>(library, "standin_tensorrt_reset")();
    ASSERT_EQ(cuda.init(0), kSuccess);
    ASSERT_EQ(cuda.retain(&context_handle, 0), kSuccess);
    ASSERT_EQ(cuda.set_current(context_handle), kSuccess);
    ASSERT_EQ(cuda.stream_create(&stream, kStreamNonBlocking), kSuccess);
    make_runtime();
    ASSERT_NE(runtime, nullptr);
  }
  void TearDown() override {
    context.reset();
    engine.reset();
    runtime.reset();
    EXPECT_EQ(count("runtimes") + count("engines") + count("contexts"), 0);
    cuda.set_current(nullptr);
    cuda.reset(1);
  }

  void make_runtime(std::int32_t version = NV_TENSORRT_VERSION) {
    auto* create = symbol<void*(void*, std::int32_t)>(library, "createInferRuntime_INTERNAL");
    runtime.reset(static_cast<nvinfer1::IRuntime*>(create(&logger, version)));
  }
  bool load(const std::string& bytes) {
    context.reset();
    engine.reset(runtime->deserializeCudaEngine(bytes.data(), bytes.size()));
    return engine != nullptr;
  }
  /// An increment engine with one row of device memory for each tensor.
  void prepare(const EngineFile& file = increment_engine()) {
    ASSERT_TRUE(load(file.bytes()));
    context.reset(engine->createExecutionContext());
    ASSERT_NE(context, nullptr);
    ASSERT_EQ(cuda.alloc(&x, 4096), kSuccess);
    ASSERT_EQ(cuda.alloc(&y, 4096), kSuccess);
    context->setTensorAddress("x", reinterpret_cast<void*>(x));
    context->setTensorAddress("y", reinterpret_cast<void*>(y));
  }
  void write_x(float first, float second) {
    const float values[2] = {first, second};
    ASSERT_EQ(cuda.to_device(x, values, sizeof values, stream), kSuccess);
  }
  float read_y() {
    float value = 0;
    EXPECT_EQ(cuda.to_host(&value, y, sizeof value, stream), kSuccess);
    EXPECT_EQ(cuda.synchronize(stream), kSuccess);
    return value;
  }
  long count(const char* key) {
    return counter(symbol<const char*()>(library, "standin_tensorrt_counters")(), key);
  }

  StandinDriver cuda;
  CollectingLogger logger;
  void* library = nullptr;
  Context context_handle = nullptr;
  StreamHandle stream = nullptr;
  DevicePointer x = 0;
  DevicePointer y = 0;
  std::unique_ptr<nvinfer1::IRuntime> runtime;
  std::unique_ptr<nvinfer1::ICudaEngine> engine;
  std::unique_ptr<nvinfer1::IExecutionContext> context;
};

TEST_F(StandinTensorRtTest, ReportsEveryVersionInItsOwnScheme) {
  const std::pair<const char*, int> versions[] = {{"tensorrt-8.5/libnvinfer.so.8", 8502},
                                                  {"tensorrt-8.6/libnvinfer.so.8", 8601},
                                                  {"tensorrt-10.3/libnvinfer.so.10", 100300},
                                                  {"tensorrt-10.16/libnvinfer.so.10", 101600},
                                                  {"tensorrt-11.1/libnvinfer.so.11", 110100}};
  for (const auto& [file, version] : versions) {
    EXPECT_EQ(symbol<std::int32_t()>(open_standin(file), "getInferLibVersion")(), version);
  }
}

TEST_F(StandinTensorRtTest, RunsWhenTheStreamIsSynchronised) {
  prepare();
  EXPECT_TRUE(context->setInputShape("x", dims({1, 2})));
  EXPECT_EQ(context->getTensorShape("y").d[0], 1);
  EXPECT_EQ(context->getMaxOutputSize("y"), 8);
  write_x(1.5F, 2);
  EXPECT_TRUE(context->enqueueV3(stream));
  EXPECT_EQ(read_y(), 2.5F);
}

TEST_F(StandinTensorRtTest, ExecutesAtOnceWithTheBindingsItIsGiven) {
  prepare();
  context->setInputShape("x", dims({1, 2}));
  write_x(4, 5);
  cuda.synchronize(stream);
  void* bindings[] = {reinterpret_cast<void*>(x), reinterpret_cast<void*>(y)};
  EXPECT_TRUE(context->executeV2(bindings));
  EXPECT_EQ(read_y(), 5);
}

TEST_F(StandinTensorRtTest, SaysWhyAnEngineDoesNotLoad) {
  const std::string good = increment_engine().bytes();
  EXPECT_FALSE(load("ONNX" + good));
  EXPECT_TRUE(logger.said("Magic tag does not match"));
  EXPECT_FALSE(load(good.substr(0, good.size() - 3)));
  EXPECT_TRUE(logger.said("damaged"));
  EngineFile older = increment_engine();
  older.version = 100300;
  EXPECT_FALSE(load(older.bytes()));
  EXPECT_TRUE(logger.said(
      "Version tag does not match. Note: Current Version: 101600, Serialized Engine Version: 100300"));
  EngineFile elsewhere = increment_engine();
  elsewhere.sm = 86;
  EXPECT_FALSE(load(elsewhere.bytes()));
  EXPECT_TRUE(logger.said("expecting compute 8.7 got compute 8.6, please rebuild"));
}

TEST_F(StandinTensorRtTest, AnOlderVersionLoadsIfCompatibleAndWithoutHostCode) {
  EngineFile file = increment_engine();
  file.version = 100300;
  file.flags = 1;
  EXPECT_TRUE(load(file.bytes()));
  file.flags = 1 | 16;
  EXPECT_FALSE(load(file.bytes()));
  EXPECT_TRUE(logger.said("setEngineHostCodeAllowed"));
  runtime->setEngineHostCodeAllowed(true);
  EXPECT_TRUE(load(file.bytes()));
}

TEST_F(StandinTensorRtTest, EveryTruncationAndEveryFlippedByteIsRefused) {
  const std::string good = increment_engine().bytes();
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(load(good.substr(0, size))) << size;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x20);
    EXPECT_FALSE(load(bad)) << at;
  }
  EXPECT_TRUE(load(good));
}

TEST_F(StandinTensorRtTest, RefusesWhatTheRealOneRefuses) {
  prepare();
  EXPECT_FALSE(context->enqueueV3(stream));
  EXPECT_TRUE(logger.said("no shape is set for input tensor x"));
  EXPECT_FALSE(context->setInputShape("x", dims({5, 2})));
  EXPECT_TRUE(logger.said("not in the range [[1,2], [4,2]] of optimization profile 0"));
  EXPECT_FALSE(context->setInputShape("x", dims({1, 3})));
  EXPECT_FALSE(context->setInputShape("y", dims({1, 2})));
  EXPECT_TRUE(context->setInputShape("x", dims({1, 2})));
  context->setTensorAddress("x", nullptr);
  EXPECT_FALSE(context->enqueueV3(stream));
  EXPECT_TRUE(logger.said("Address is not set for tensor x"));
  context->setTensorAddress("x", reinterpret_cast<void*>(x + 4));
  EXPECT_FALSE(context->enqueueV3(stream));
  EXPECT_TRUE(logger.said("not aligned to 256 bytes"));
  alignas(256) float on_host[2] = {};
  context->setTensorAddress("x", on_host);
  EXPECT_FALSE(context->enqueueV3(stream));
  EXPECT_TRUE(logger.said("is not device memory"));
  EXPECT_EQ(engine->getTensorShape("z").nbDims, -1);
}

TEST_F(StandinTensorRtTest, SeveralProfilesMustBeChosenAndTheSwitchAwaited) {
  EngineFile file = increment_engine();
  file.profiles = 2;
  prepare(file);
  EXPECT_FALSE(context->setInputShape("x", dims({1, 2})));
  EXPECT_FALSE(context->setOptimizationProfileAsync(2, stream));
  EXPECT_TRUE(context->setOptimizationProfileAsync(1, stream));
  EXPECT_FALSE(context->setInputShape("x", dims({1, 2})));
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
  EXPECT_TRUE(context->setInputShape("x", dims({1, 2})));
}

TEST_F(StandinTensorRtTest, ATokenOutsideTheVocabularyFailsTheRun) {
  EngineFile file;
  file.kind = 1;
  file.vocabulary = 16;
  file.tensors = {{"x", true, 3, {1, 2}}, {"y", false, 0, {1, 5, 7}}};
  prepare(file);
  const std::int32_t tokens[2] = {3, 99};
  cuda.to_device(x, tokens, sizeof tokens, stream);
  EXPECT_TRUE(context->enqueueV3(stream));
  EXPECT_EQ(cuda.synchronize(stream), kLaunchFailed);
  EXPECT_TRUE(logger.said("out of data bounds, idx=99"));
  EXPECT_EQ(cuda.synchronize(stream), kSuccess);
}

TEST_F(StandinTensorRtTest, IsCapturedOnlyAfterAWarmUp) {
  prepare();
  context->setInputShape("x", dims({1, 2}));
  GraphHandle graph = nullptr;
  GraphExecHandle exec = nullptr;
  cuda.begin_capture(stream, kCaptureModeThreadLocal);
  EXPECT_FALSE(context->enqueueV3(stream));
  EXPECT_EQ(cuda.end_capture(stream, &graph), kStreamCaptureInvalidated);
  EXPECT_TRUE(context->enqueueV3(stream));
  cuda.synchronize(stream);
  cuda.begin_capture(stream, kCaptureModeThreadLocal);
  EXPECT_TRUE(context->enqueueV3(stream));
  ASSERT_EQ(cuda.end_capture(stream, &graph), kSuccess);
  cuda.instantiate(&exec, graph, 0);
  write_x(6, 7);
  EXPECT_EQ(cuda.launch(exec, stream), kSuccess);
  EXPECT_EQ(read_y(), 7);
}

TEST_F(StandinTensorRtTest, AnUncapturableEngineSpoilsTheCapture) {
  EngineFile file = increment_engine();
  file.flags = 4;
  prepare(file);
  context->setInputShape("x", dims({1, 2}));
  EXPECT_TRUE(context->enqueueV3(stream));
  cuda.synchronize(stream);
  GraphHandle graph = nullptr;
  cuda.begin_capture(stream, kCaptureModeThreadLocal);
  EXPECT_FALSE(context->enqueueV3(stream));
  EXPECT_EQ(cuda.end_capture(stream, &graph), kStreamCaptureInvalidated);
}

TEST_F(StandinTensorRtTest, NoticesObjectsThatOutliveTheirParent) {
  prepare();
  runtime.reset();
  engine.reset();
  EXPECT_EQ(count("outlivedParent"), 1);
  context.reset();
  EXPECT_EQ(count("outlivedParent"), 2);
}

TEST_F(StandinTensorRtTest, FailsTheCallThatATestNames) {
  symbol<void(const char*, std::int64_t)>(library, "standin_tensorrt_fail")(
      "ICudaEngine::createExecutionContext", 1);
  ASSERT_TRUE(load(increment_engine().bytes()));
  EXPECT_EQ(engine->createExecutionContext(), nullptr);
  EXPECT_TRUE(logger.said("ICudaEngine::createExecutionContext"));
}

TEST_F(StandinTensorRtTest, SaysThatTheDeviceHasTooLittleMemory) {
  cuda.configure("totalMemory", "1000");
  EXPECT_FALSE(load(increment_engine().bytes()));
  EXPECT_TRUE(logger.said("out of memory"));
}

TEST_F(StandinTensorRtTest, FactoriesNeedTheirMajorAndADevice) {
  make_runtime(110100);
  EXPECT_EQ(runtime, nullptr);
  cuda.set_current(nullptr);
  make_runtime();
  EXPECT_EQ(runtime, nullptr);
  EXPECT_TRUE(logger.said("CUDA initialization failure with error: 201"));
}

}  // namespace
}  // namespace jetson_vla::test
