#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <map>
#include <thread>

#include "native/support/expect_error.h"
#include "native/support/standins.h"

namespace jetson_vla::tensorrt {
namespace {

using standin::tensorrt::Element;
using standin::tensorrt::EngineSpec;
using standin::tensorrt::TensorSpec;
using test::dims_of;
using test::expect_error;
using test::input;
using test::shape_of;

class BackendTest : public test::ReleaseTest {
 protected:
  void TearDown() override {
    runtime_.reset();
    test::ReleaseTest::TearDown();
  }

  std::unique_ptr<Runtime> runtime() { return backend().create_runtime(); }

  std::unique_ptr<Engine> load(const EngineSpec& spec) {
    const std::vector<std::uint8_t> file = write_engine(spec);
    if (!runtime_) runtime_ = runtime();
    return runtime_->deserialise(file.data(), file.size(), HostCode::kRefuse).engine;
  }

  std::unique_ptr<Runtime> runtime_;
};

TEST_P(BackendTest, DescribesTheEngine) {
  TensorSpec image = input("image", Element::kFloat16, {-1, 4});
  image.profiles = {{{1, 4}, {2, 4}, {8, 4}}, {{4, 4}, {4, 4}, {4, 4}}};
  EngineSpec spec = engine_spec({image});
  spec.profile_count = 2;
  spec.device_memory_bytes = 4096;
  const std::unique_ptr<Engine> engine = load(spec);

  const EngineDescription& description = engine->description();
  EXPECT_EQ(description.name, "echo");
  EXPECT_EQ(description.profile_count, 2);
  EXPECT_EQ(description.layer_count, 3);
  EXPECT_EQ(description.device_memory_bytes, 4096);
  ASSERT_EQ(description.tensors.size(), 2U);
  const TensorDescription& in = description.tensors[0];
  EXPECT_EQ(in.name, "image");
  EXPECT_TRUE(in.is_input);
  EXPECT_EQ(in.type, ElementType::kFloat16);
  EXPECT_TRUE(in.is_linear);
  EXPECT_FALSE(in.on_host);
  EXPECT_FALSE(in.is_shape_tensor);
  EXPECT_EQ(dims_of(in.shape), (std::vector<std::int64_t>{-1, 4}));
  ASSERT_EQ(in.profiles.size(), 2U);
  EXPECT_EQ(dims_of(in.profiles[0].opt), (std::vector<std::int64_t>{2, 4}));
  EXPECT_EQ(dims_of(in.profiles[0].max), (std::vector<std::int64_t>{8, 4}));
  EXPECT_EQ(dims_of(in.profiles[1].min), (std::vector<std::int64_t>{4, 4}));
  EXPECT_FALSE(description.tensors[1].is_input);
  EXPECT_TRUE(description.tensors[1].profiles.empty());
}

TEST_P(BackendTest, KnowsEveryElementTypeOfItsRelease) {
  std::map<Element, std::pair<ElementType, const char*>> types = {
      {Element::kFloat32, {ElementType::kFloat32, "FP32"}},
      {Element::kFloat16, {ElementType::kFloat16, "FP16"}},
      {Element::kInt8, {ElementType::kInt8, "INT8"}},
      {Element::kInt32, {ElementType::kInt32, "INT32"}},
      {Element::kBool, {ElementType::kBool, "BOOL"}},
      {Element::kUInt8, {ElementType::kUInt8, "UINT8"}}};
  if (version() >= 100000) {
    types[Element::kBFloat16] = {ElementType::kBFloat16, "BF16"};
    types[Element::kInt64] = {ElementType::kInt64, "INT64"};
    types[Element::kFp8] = {ElementType::kOther, "FP8"};
  }
  for (const auto& [element, expected] : types) {
    const std::unique_ptr<Engine> engine = load(engine_spec({input("x", element, {2})}));
    EXPECT_EQ(engine->description().tensors[0].type, expected.first) << expected.second;
    EXPECT_EQ(engine->description().tensors[0].type_name, expected.second);
  }
}

TEST_P(BackendTest, TellsHostShapeAndReorderedTensorsApart) {
  TensorSpec shape = input("shape", Element::kInt32, {1});
  shape.on_host = true;
  shape.is_shape_tensor = true;
  TensorSpec image = input("image", Element::kInt8, {1, 4, 2, 2});
  image.format = 3;
  const std::unique_ptr<Engine> engine = load(engine_spec({shape, image}));
  EXPECT_TRUE(engine->description().tensors[0].on_host);
  EXPECT_TRUE(engine->description().tensors[0].is_shape_tensor);
  EXPECT_FALSE(engine->description().tensors[1].is_linear);
}

TEST_P(BackendTest, InspectsTheEngineAsJson) {
  const std::unique_ptr<Engine> engine = load(engine_spec({input("x", Element::kFloat32, {2})}));
  EXPECT_EQ(engine->inspect().front(), '{');
}

TEST_P(BackendTest, RunsTheEngineBothWays) {
  cuda::HostBuffer in(context_, 8, true);
  cuda::HostBuffer out(context_, 8, true);
  const cuda::Stream stream(context_, cuda::Stream::Priority::kNormal);
  const std::unique_ptr<Engine> engine = load(engine_spec({input("x", Element::kFloat32, {2})}));
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  context->set_profile(0, stream.handle());
  stream.synchronize();
  void* const bindings[] = {reinterpret_cast<void*>(in.device_address()),
                            reinterpret_cast<void*>(out.device_address())};
  context->set_address("x", bindings[0]);
  context->set_address("x_out", bindings[1]);
  context->infer_shapes();
  EXPECT_EQ(dims_of(context->shape("x_out")), std::vector<std::int64_t>{2});
  EXPECT_EQ(context->max_output_bytes("x_out"), 8);

  const std::array<float, 2> first = {1.5F, -2.0F};
  std::memcpy(in.data(), first.data(), 8);
  ASSERT_TRUE(context->execute(bindings)) << context->last_error();
  EXPECT_EQ(std::memcmp(out.data(), first.data(), 8), 0);

  const std::array<float, 2> second = {7.0F, 8.0F};
  std::memcpy(in.data(), second.data(), 8);
  ASSERT_TRUE(context->enqueue(stream.handle())) << context->last_error();
  stream.synchronize();
  EXPECT_EQ(std::memcmp(out.data(), second.data(), 8), 0);
}

TEST_P(BackendTest, RunsTheSecondProfileToo) {
  cuda::HostBuffer in(context_, 16, true);
  cuda::HostBuffer out(context_, 16, true);
  const cuda::Stream stream(context_, cuda::Stream::Priority::kNormal);
  TensorSpec x = input("x", Element::kFloat32, {-1});
  x.profiles = {{{1}, {1}, {2}}, {{3}, {4}, {4}}};
  EngineSpec spec = engine_spec({x});
  spec.profile_count = 2;
  const std::unique_ptr<Engine> engine = load(spec);
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  context->set_profile(1, stream.handle());
  stream.synchronize();
  context->set_input_shape("x", shape_of({4}));
  void* const bindings[] = {reinterpret_cast<void*>(in.device_address()),
                            reinterpret_cast<void*>(out.device_address())};
  context->set_address("x", bindings[0]);
  context->set_address("x_out", bindings[1]);
  context->infer_shapes();
  const std::array<float, 4> values = {1, 2, 3, 4};
  std::memcpy(in.data(), values.data(), 16);
  ASSERT_TRUE(context->enqueue(stream.handle())) << context->last_error();
  stream.synchronize();
  EXPECT_EQ(std::memcmp(out.data(), values.data(), 16), 0);
  std::memset(out.data(), 0, 16);
  ASSERT_TRUE(context->execute(bindings)) << context->last_error();
  EXPECT_EQ(std::memcmp(out.data(), values.data(), 16), 0);
}

TEST_P(BackendTest, NamesTheInputsWithoutAShape) {
  TensorSpec x = input("left", Element::kFloat32, {-1});
  x.profiles = {{{1}, {2}, {4}}};
  TensorSpec y = x;
  y.name = "right";
  const std::unique_ptr<Engine> engine = load(engine_spec({x, y}));
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  expect_error(ErrorCode::kInvalidArgument, "\"left\", \"right\"", [&] { context->infer_shapes(); });
  context->set_input_shape("left", shape_of({2}));
  expect_error(ErrorCode::kInvalidArgument, "yet: \"right\"", [&] { context->infer_shapes(); });
  context->set_input_shape("right", shape_of({2}));
  EXPECT_NO_THROW(context->infer_shapes());
}

TEST_P(BackendTest, PassesOnWhyAShapeWasRefused) {
  TensorSpec x = input("x", Element::kFloat32, {-1});
  x.profiles = {{{1}, {2}, {4}}};
  const std::unique_ptr<Engine> engine = load(engine_spec({x}));
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  expect_error(ErrorCode::kInvalidArgument, "not in the range",
               [&] { context->set_input_shape("x", shape_of({5})); });
  expect_error(ErrorCode::kInvalidArgument, "dimension 0",
               [&] { context->set_input_shape("x", shape_of({-1})); });
}

TEST_P(BackendTest, AnExtentBeyondItsMajorsDimsIsRefusedAndNotCut) {
  TensorSpec x = input("x", Element::kFloat32, {-1});
  x.profiles = {{{1}, {2}, {4}}};
  const std::unique_ptr<Engine> engine = load(engine_spec({x}));
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  // Cut to 32 bits this would be 2, which the profile allows.
  expect_error(ErrorCode::kInvalidArgument, "\"x\"",
               [&] { context->set_input_shape("x", shape_of({(std::int64_t{1} << 32) + 2})); });
}

TEST_P(BackendTest, KeepsTheLastErrorOfAFailedInference) {
  const std::unique_ptr<Engine> engine = load(engine_spec({input("x", Element::kFloat32, {2})}));
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  fail("IExecutionContext::executeV2");
  const std::array<void*, 2> bindings = {};
  EXPECT_FALSE(context->execute(bindings.data()));
  EXPECT_NE(context->last_error().find("a test let this call fail"), std::string::npos)
      << context->last_error();
}

TEST_P(BackendTest, DoesNotBlameOneCallForTheErrorsOfAnotherThread) {
  const std::unique_ptr<Engine> engine = load(engine_spec({input("x", Element::kFloat32, {2})}));
  const std::unique_ptr<ExecutionContext> context = engine->create_context();
  fail("IExecutionContext::executeV2");
  const std::array<void*, 2> bindings = {};
  EXPECT_FALSE(context->execute(bindings.data()));
  std::thread([&] {
    const std::vector<std::uint8_t> junk(64, 1);
    const cuda::CurrentContext current(*context_);
    const std::unique_ptr<Runtime> other = runtime();
    expect_error(ErrorCode::kEngineCorrupt, "Magic",
                 [&] { other->deserialise(junk.data(), junk.size(), HostCode::kRefuse); });
  }).join();
  EXPECT_NE(context->last_error().find("a test let this call fail"), std::string::npos)
      << context->last_error();
}

TEST_P(BackendTest, TellsBadEnginesApart) {
  const EngineSpec good = engine_spec({input("x", Element::kFloat32, {2})});
  EngineSpec older = good;
  older.version -= 1;
  expect_error(ErrorCode::kEngineVersionMismatch, "Version tag does not match", [&] { load(older); });
  EngineSpec elsewhere = good;
  elsewhere.sm = 75;
  expect_error(ErrorCode::kEngineDeviceMismatch, "expecting compute", [&] { load(elsewhere); });
  std::vector<std::uint8_t> file = write_engine(good);
  expect_error(ErrorCode::kEngineCorrupt, "TensorRT says",
               [&] { runtime_->deserialise(file.data(), file.size() - 1, HostCode::kRefuse); });
  file[file.size() / 2] ^= 0x20;
  expect_error(ErrorCode::kEngineCorrupt, "TensorRT says",
               [&] { runtime_->deserialise(file.data(), file.size(), HostCode::kRefuse); });
}

TEST_P(BackendTest, SaysWhenTheDeviceHasTooLittleMemoryForAContext) {
  EngineSpec spec = engine_spec({input("x", Element::kFloat32, {2})});
  spec.device_memory_bytes = 0xffffffff;
  const std::unique_ptr<Engine> engine = load(spec);
  const auto configure = [this](const char* bytes) {
    void* handle = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_NOLOAD);
    reinterpret_cast<decltype(&standin_cuda_configure)>(::dlsym(handle, "standin_cuda_configure"))(
        "totalMemory", bytes);
  };
  configure("1048576");
  expect_error(ErrorCode::kOutOfDeviceMemory, "too little free memory", [&] { engine->create_context(); });
  configure("8589934592");
}

TEST_P(BackendTest, SaysWhyTheRuntimeDoesNotStart) {
  fail("createInferRuntime");
  expect_error(ErrorCode::kTensorRtFailed, "a test let this call fail", [&] { runtime(); });
}

TEST_P(BackendTest, SharesItsLogWithTheSameTensorRTOpenedWithoutAParser) {
  const std::unique_ptr<Runtime> first = runtime();
  Backend& other = open_library({GetParam().path("libnvinfer"), "", JETSON_VLA_BACKEND_DIRECTORY}).backend();
  EXPECT_NE(&other, &backend());
  // TensorRT ignores the logger of a second one; the stand-in counts that as a violation, which TearDown
  // sees.
  other.create_runtime();
}

TEST_P(BackendTest, AContextKeepsItsEngineAndRuntimeAlive) {
  std::unique_ptr<Engine> engine = load(engine_spec({input("x", Element::kFloat32, {2})}));
  std::unique_ptr<ExecutionContext> context = engine->create_context();
  runtime_.reset();
  engine.reset();
  context->infer_shapes();
  EXPECT_EQ(dims_of(context->shape("x_out")), std::vector<std::int64_t>{2});
}

INSTANTIATE_TEST_SUITE_P(Releases, BackendTest, ::testing::ValuesIn(test::releases()), test::release_name);

}  // namespace
}  // namespace jetson_vla::tensorrt
