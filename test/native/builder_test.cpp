#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "native/support/expect_error.h"
#include "native/support/onnx_model.h"
#include "native/support/standins.h"
#include "native/support/temporary_directory.h"

namespace jetson_vla::tensorrt {
namespace {

using test::dims_of;
using test::expect_error;
using test::OnnxModel;
using test::shape_of;

class BuilderTest : public test::ReleaseTest {
 protected:
  BuildResult build(const OnnxModel& model, const BuildOptions& options = {}, const ProgressSink& sink = {}) {
    return backend().build(directory_.write("model.onnx", model.bytes()), options, sink);
  }

  static OnnxModel echo(const std::vector<std::int64_t>& shape = {2}) {
    OnnxModel model;
    model.node("copy", "Identity", "x", "y").input({"x", shape}).output({"y", shape});
    return model;
  }

  bool reports_steps() const { return version() >= 100000; }

  test::TemporaryDirectory directory_;
};

TEST_P(BuilderTest, BuildsAnEngineThatLoads) {
  const BuildResult result = build(echo());
  const std::unique_ptr<Runtime> runtime = backend().create_runtime();
  const DeserialisedEngine loaded =
      runtime->deserialise(result.engine.data(), result.engine.size(), HostCode::kAllow);
  ASSERT_EQ(loaded.engine->description().tensors.size(), 2U);
  EXPECT_EQ(loaded.engine->description().tensors[0].name, "x");
  EXPECT_EQ(dims_of(loaded.engine->description().tensors[1].shape), std::vector<std::int64_t>{2});
}

TEST_P(BuilderTest, BuildsOneProfilePerListOfShapes) {
  BuildOptions options;
  options.profiles = {{{"x", {shape_of({1}), shape_of({2}), shape_of({4})}}},
                      {{"x", {shape_of({8}), shape_of({8}), shape_of({8})}}}};
  const BuildResult result = build(echo({-1}), options);
  const std::unique_ptr<Runtime> runtime = backend().create_runtime();
  const DeserialisedEngine loaded =
      runtime->deserialise(result.engine.data(), result.engine.size(), HostCode::kAllow);
  const TensorDescription& x = loaded.engine->description().tensors[0];
  ASSERT_EQ(x.profiles.size(), 2U);
  EXPECT_EQ(dims_of(x.profiles[0].max), std::vector<std::int64_t>{4});
  EXPECT_EQ(dims_of(x.profiles[1].opt), std::vector<std::int64_t>{8});
}

TEST_P(BuilderTest, AsksForAProfileWhereADimensionIsOpen) {
  expect_error(ErrorCode::kEngineBuildFailed, "optimisation profile", [this] { build(echo({-1})); });
}

TEST_P(BuilderTest, ReportsItsProgressToTheEnd) {
  std::vector<BuildProgress> reports;
  build(echo(), {}, [&](const BuildProgress& progress) {
    reports.push_back(progress);
    return true;
  });
  ASSERT_GE(reports.size(), 2U);
  EXPECT_EQ(reports.front().step, 0);
  EXPECT_EQ(reports.back().step, reports.back().steps);
  for (const BuildProgress& report : reports) {
    EXPECT_GE(report.step, 0) << report.phase;
    EXPECT_LE(report.step, report.steps) << report.phase;
  }
  bool nested = false;
  for (const BuildProgress& report : reports) nested = nested || !report.parent.empty();
  EXPECT_EQ(nested, reports_steps());
}

TEST_P(BuilderTest, IsCancelledAtAnyReport) {
  int count = 0;
  build(echo(), {}, [&count](const BuildProgress&) { return ++count > 0; });
  for (int at = 1; at <= count; ++at) {
    int seen = 0;
    expect_error(ErrorCode::kAborted, "cancelled",
                 [&] { build(echo(), {}, [&](const BuildProgress&) { return ++seen < at; }); });
    EXPECT_EQ(seen, at) << "no report after the one that cancelled";
  }
}

TEST_P(BuilderTest, ASinkThatThrowsCancels) {
  expect_error(ErrorCode::kAborted, "cancelled", [this] {
    build(echo(), {}, [](const BuildProgress&) -> bool { throw std::runtime_error("the sink is gone"); });
  });
}

TEST_P(BuilderTest, NamesTheNodeThatTensorRtCannotTake) {
  OnnxModel model = echo();
  model.node("odd", "UnsupportedThing", "x", "z");
  const Error error = expect_error(ErrorCode::kEngineBuildFailed, "node 1", [&] { build(model); });
  const std::string message = error.what();
  EXPECT_NE(message.find("UnsupportedThing"), std::string::npos) << message;
  EXPECT_NE(message.find("odd"), std::string::npos) << message;
  EXPECT_NE(message.find("model.onnx"), std::string::npos) << message;
}

TEST_P(BuilderTest, SaysThatAFileIsNoModel) {
  const std::string file = directory_.write("model.onnx", "this is text");
  expect_error(ErrorCode::kEngineBuildFailed, file, [&] { backend().build(file, {}, {}); });
  expect_error(ErrorCode::kEngineNotFound, "absent.onnx",
               [&] { backend().build((directory_.path() / "absent.onnx").string(), {}, {}); });
}

TEST_P(BuilderTest, ReusesTheTimingCache) {
  const BuildResult first = build(echo());
  ASSERT_FALSE(first.timing_cache.empty());
  BuildOptions options;
  options.timing_cache = first.timing_cache;
  const BuildResult second = build(echo(), options);
  EXPECT_EQ(second.timing_cache, first.timing_cache);
  EXPECT_TRUE(second.warnings.empty());
}

TEST_P(BuilderTest, BuildsWithoutATimingCacheThatDoesNotFit) {
  BuildOptions options;
  options.timing_cache = {1, 2, 3};
  const BuildResult result = build(echo(), options);
  EXPECT_FALSE(result.engine.empty());
  ASSERT_FALSE(result.warnings.empty());
  EXPECT_NE(result.warnings.front().find("timing cache"), std::string::npos);
}

TEST_P(BuilderTest, PassesEachOptionThatThisReleaseHas) {
  BuildOptions options;
  options.tf32 = false;
  options.workspace_bytes = std::size_t{1} << 20;
  options.fp16 = version() < 110000;
  options.int8 = version() < 110000;
  options.bf16 = version() >= 100000 && version() < 110000;
  if (version() >= 80600) {
    options.optimisation_level = 5;
    options.hardware_compatible = true;
  }
  EXPECT_FALSE(build(echo(), options).engine.empty());
}

TEST_P(BuilderTest, RefusesOptionsThatThisReleaseLacks) {
  BuildOptions options;
  if (version() >= 110000)
    options.fp16 = true;
  else
    options.strongly_typed = options.fp16 = true;
  expect_error(ErrorCode::kInvalidArgument, "", [&] { build(echo(), options); });
}

TEST_P(BuilderTest, TakesTypesFromTheModelWhereThatIsPossible) {
  BuildOptions options;
  options.strongly_typed = true;
  if (version() >= 100000)
    EXPECT_FALSE(build(echo(), options).engine.empty());
  else
    expect_error(ErrorCode::kInvalidArgument, "stronglyTyped", [&] { build(echo(), options); });
}

TEST_P(BuilderTest, EachFailureOnTheWayIsTypedAndLeavesNothingBehind) {
  for (const char* method : {"createInferBuilder", "IBuilder::createNetworkV2",
                             "IBuilder::createBuilderConfig", "IBuilder::buildSerializedNetwork"}) {
    SCOPED_TRACE(method);
    fail(method);
    expect_error(ErrorCode::kEngineBuildFailed, "a test let this call fail", [this] { build(echo()); });
  }
}

INSTANTIATE_TEST_SUITE_P(Releases, BuilderTest, ::testing::ValuesIn(test::releases()), test::release_name);

TEST(BuilderLibraryTest, NeedsTheOnnxParser) {
  const test::Release& release = test::releases().back();
  const Library& library = open_library({release.path("libnvinfer"), "", JETSON_VLA_BACKEND_DIRECTORY});
  const cuda::Driver& driver =
      cuda::Driver::open(std::string(JETSON_VLA_STANDIN_DIRECTORY) + "/cuda/libcuda.so.1");
  const std::shared_ptr<const cuda::Context> context = cuda::Context::retain(driver, 0);
  const cuda::CurrentContext current(*context);
  const test::TemporaryDirectory directory;
  const std::string file = directory.write("model.onnx", "x");
  expect_error(ErrorCode::kTensorRtNotFound, "libnvonnxparser",
               [&] { library.backend().build(file, {}, {}); });
}

}  // namespace
}  // namespace jetson_vla::tensorrt
