#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "convert/half.h"
#include "native/support/expect_error.h"
#include "native/support/session_fixture.h"
#include "tensorrt/element_size.h"

namespace jetson_vla::tensorrt {
namespace {

using standin::tensorrt::Element;
using standin::tensorrt::EngineSpec;
using standin::tensorrt::Flag;
using standin::tensorrt::Kind;
using standin::tensorrt::TensorSpec;
using test::dims_of;
using test::expect_error;
using test::input;
using test::shape_of;
using test::view;

/// A dynamic input of 1 … 16 float32 values, 4 by default.
TensorSpec dynamic_input() {
  TensorSpec tensor = input("x", Element::kFloat32, {-1});
  tensor.profiles = {{{1}, {4}, {16}}};
  return tensor;
}

class SessionTest : public test::SessionTest {};

TEST_P(SessionTest, BringsEveryElementTypeBackFromBothKindsOfMemoryByBothWays) {
  std::vector<Element> types = {Element::kFloat32, Element::kFloat16, Element::kInt8,
                                Element::kInt32,   Element::kBool,    Element::kUInt8};
  if (version() >= 100000) types.insert(types.end(), {Element::kBFloat16, Element::kInt64});
  std::vector<TensorSpec> inputs;
  for (std::size_t at = 0; at < types.size(); ++at)
    inputs.push_back(input("in" + std::to_string(at), types[at], {3, 5}));
  const std::string file = write(engine_spec(inputs));

  for (const MemoryMode memory : {MemoryMode::kStaged, MemoryMode::kMapped}) {
    SessionOptions options;
    options.memory = memory;
    Session session = open(file, options);
    EXPECT_EQ(session.is_mapped(), memory == MemoryMode::kMapped);
    unsigned char seed = 1;
    for (int round = 0; round < 4; ++round) {
      for (std::size_t at = 0; at < inputs.size(); ++at) {
        auto* bytes = view<unsigned char>(session, at);
        std::iota(bytes, bytes + 15 * element_size(session.description().tensors[at].type), seed++);
      }
      if (round % 2 == 0)
        session.enqueue();
      else
        session.execute();
      for (std::size_t at = 0; at < inputs.size(); ++at) {
        const auto* in = view<unsigned char>(session, at);
        const std::size_t bytes = 15 * element_size(session.description().tensors[at].type);
        EXPECT_TRUE(std::equal(in, in + bytes, view<unsigned char>(session, inputs.size() + at)))
            << session.description().tensors[at].type_name << ", round " << round;
      }
    }
  }
}

TEST_P(SessionTest, ReplaysAGraphOnceWarmAndAllocatesAndBindsNothing) {
  Session session = open(write(engine_spec({dynamic_input()})));
  session.enqueue();
  EXPECT_EQ(calls("cuGraphLaunch"), 0);
  session.enqueue();
  EXPECT_EQ(calls("cuGraphLaunch"), 1);
  const int before = total_calls();
  const int enqueued = trt_calls("IExecutionContext::enqueueV3");
  const int trt_before = trt_total_calls();
  for (int run = 0; run < 100; ++run) {
    view<float>(session, 0)[0] = static_cast<float>(run);
    session.enqueue();
    ASSERT_EQ(view<float>(session, 1)[0], static_cast<float>(run));
  }
  EXPECT_EQ(calls("cuGraphLaunch"), 101);
  // Push and pop the context, launch, record the event, wait for it.
  EXPECT_EQ(total_calls() - before, 100 * 5);
  EXPECT_EQ(trt_calls("IExecutionContext::enqueueV3"), enqueued);
  EXPECT_EQ(trt_total_calls(), trt_before);
}

TEST_P(SessionTest, CapturesAnewWhenAShapeChanges) {
  Session session = open(write(engine_spec({dynamic_input()})));
  for (const std::int64_t size : {4, 16, 16, 16, 2, 2, 2}) {
    session.set_input_shape(*session.tensors()[0], shape_of({size}));
    session.infer_shapes();
    EXPECT_EQ(dims_of(session.tensors()[1]->shape()), std::vector<std::int64_t>{size});
    std::iota(view<float>(session, 0), view<float>(session, 0) + size, static_cast<float>(size));
    session.enqueue();
    EXPECT_TRUE(std::equal(view<float>(session, 0), view<float>(session, 0) + size, view<float>(session, 1)));
  }
  EXPECT_EQ(calls("cuGraphInstantiateWithFlags"), 2);
}

TEST_P(SessionTest, RunsWithoutAGraphWhenAskedTo) {
  SessionOptions options;
  options.graph = false;
  Session session = open(write(engine_spec({dynamic_input()})), options);
  for (int run = 0; run < 3; ++run) session.enqueue();
  EXPECT_EQ(calls("cuStreamBeginCapture_v2"), 0);
  EXPECT_EQ(trt_calls("IExecutionContext::enqueueV3"), 3);
}

TEST_P(SessionTest, WarnsOnceAndGoesOnWhenTheEngineCannotBeCaptured) {
  EngineSpec spec = engine_spec({dynamic_input()});
  spec.flags |= Flag::kUncapturable;
  Session session = open(write(spec));
  session.take_warnings();
  for (int run = 0; run < 5; ++run) {
    view<float>(session, 0)[0] = static_cast<float>(run);
    session.enqueue();
    EXPECT_EQ(view<float>(session, 1)[0], static_cast<float>(run));
  }
  const std::vector<std::string> warnings = session.take_warnings();
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("without a CUDA graph"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("not permitted when stream is capturing"), std::string::npos) << warnings[0];
  EXPECT_EQ(calls("cuStreamBeginCapture_v2"), 1);
}

TEST_P(SessionTest, MapsMemoryByItselfOnAnIntegratedGpuAndCopiesNothingThen) {
  const std::string file = write(engine_spec({dynamic_input()}));
  configure_device("integrated", "0");
  EXPECT_FALSE(open(file).is_mapped());
  configure_device("integrated", "1");
  Session session = open(file);
  EXPECT_TRUE(session.is_mapped());
  view<float>(session, 0)[0] = 5;
  session.enqueue();
  session.execute();
  EXPECT_EQ(view<float>(session, 1)[0], 5);
  EXPECT_EQ(calls("cuMemcpyHtoDAsync_v2") + calls("cuMemcpyDtoHAsync_v2"), 0);
  configure_device("canMapHost", "0");
  EXPECT_FALSE(open(file).is_mapped());
  SessionOptions mapped;
  mapped.memory = MemoryMode::kMapped;
  expect_error(ErrorCode::kInvalidArgument, "cannot map", [&] { open(file, mapped); });
}

TEST_P(SessionTest, ShowsHalfPrecisionTensorsAsFloat32WhenAskedTo) {
  SessionOptions options;
  options.half_view = HalfView::kFloat32;
  std::vector<TensorSpec> inputs = {input("half", Element::kFloat16, {4})};
  if (version() >= 100000) inputs.push_back(input("bfloat", Element::kBFloat16, {4}));
  Session session = open(write(engine_spec(inputs)), options);
  const std::vector<float> values = {1.0F, -0.5F, 3.140625F, 1e-3F};
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    EXPECT_EQ(session.tensors()[at]->view_type(), ElementType::kFloat32);
    std::copy(values.begin(), values.end(), view<float>(session, at));
  }
  session.enqueue();
  for (std::size_t value = 0; value < values.size(); ++value) {
    EXPECT_EQ(view<float>(session, inputs.size())[value], float_from_half(half_from_float(values[value])));
    if (inputs.size() > 1) {
      EXPECT_EQ(view<float>(session, 3)[value], float_from_bfloat16(bfloat16_from_float(values[value])));
    }
  }
}

TEST_P(SessionTest, UsesTheProfileThatItIsGiven) {
  TensorSpec tensor = dynamic_input();
  tensor.profiles = {{{1}, {4}, {16}}, {{20}, {24}, {32}}};
  EngineSpec spec = engine_spec({tensor});
  spec.profile_count = 2;
  const std::string file = write(spec);
  SessionOptions options;
  options.profile = 1;
  Session session = open(file, options);
  EXPECT_EQ(dims_of(session.tensors()[0]->shape()), std::vector<std::int64_t>{24});
  std::iota(view<float>(session, 0), view<float>(session, 0) + 24, 1.0F);
  session.execute();
  EXPECT_EQ(view<float>(session, 1)[23], 24.0F);
  session.enqueue();
  expect_error(ErrorCode::kInvalidArgument, "from [20] to [32], got [4]",
               [&] { session.set_input_shape(*session.tensors()[0], shape_of({4})); });
  options.profile = 2;
  expect_error(ErrorCode::kInvalidArgument, "from 0 to 1, got 2", [&] { open(file, options); });
}

TEST_P(SessionTest, RefusesShapesThatTheEngineDoesNotTakeAndStaysUsable) {
  Session session = open(write(engine_spec({dynamic_input(), input("fixed", Element::kFloat32, {2, 3})})));
  IoTensor& dynamic = *session.tensors()[0];
  IoTensor& fixed = *session.tensors()[1];
  expect_error(ErrorCode::kInvalidArgument, "got [17]",
               [&] { session.set_input_shape(dynamic, shape_of({17})); });
  expect_error(ErrorCode::kInvalidArgument, "got [4, 1]", [&] {
    session.set_input_shape(dynamic, shape_of({4, 1}));
  });
  expect_error(ErrorCode::kInvalidArgument, "takes [2, 3], got [3, 2]", [&] {
    session.set_input_shape(fixed, shape_of({3, 2}));
  });
  expect_error(ErrorCode::kInvalidArgument, "is an output",
               [&] { session.set_input_shape(*session.tensors()[2], shape_of({4})); });
  view<float>(session, 0)[3] = 2.5F;
  session.enqueue();
  EXPECT_EQ(view<float>(session, 2)[3], 2.5F);
}

TEST_P(SessionTest, RefusesTensorsThatJavaScriptCannotHold) {
  TensorSpec reordered = input("image", Element::kFloat32, {1, 4, 2, 2});
  reordered.format = 1;
  expect_error(ErrorCode::kUnsupportedPolicy, "\"image\"", [&] { open(write(engine_spec({reordered}))); });
  TensorSpec shape_tensor = input("size", Element::kInt32, {1});
  shape_tensor.on_host = true;
  shape_tensor.is_shape_tensor = true;
  expect_error(ErrorCode::kUnsupportedPolicy, "shape tensor",
               [&] { open(write(engine_spec({shape_tensor}))); });
  if (version() >= 100000)
    expect_error(ErrorCode::kUnsupportedPolicy, "FP8",
                 [&] { open(write(engine_spec({input("x", Element::kFp8, {4})}))); });
}

TEST_P(SessionTest, GivesTensorRTHostMemoryWhereItWantsIt) {
  TensorSpec host = input("x", Element::kInt32, {2});
  host.on_host = true;
  Session session = open(write(engine_spec({host})));
  view<std::int32_t>(session, 0)[1] = 42;
  session.enqueue();
  EXPECT_EQ(view<std::int32_t>(session, 1)[1], 42);
}

TEST_P(SessionTest, ReportsAFailedInferenceInTensorRTsWordsAndRunsTheNextOne) {
  Session session = open(write(engine_spec({dynamic_input()})));
  view<float>(session, 0)[0] = 7;
  fail("IExecutionContext::enqueueV3");
  expect_error(ErrorCode::kInferenceFailed, "TensorRT: ", [&] { session.enqueue(); });
  fail("IExecutionContext::executeV2");
  expect_error(ErrorCode::kInferenceFailed, "TensorRT: ", [&] { session.execute(); });
  for (int run = 0; run < 3; ++run) session.enqueue();
  EXPECT_EQ(view<float>(session, 1)[0], 7);
  constexpr int kLaunchFailed = 719;
  fail_cuda("cuGraphLaunch", 1, kLaunchFailed);
  expect_error(ErrorCode::kInferenceFailed, "CUDA_ERROR_LAUNCH_FAILED", [&] { session.enqueue(); });
  session.enqueue();
  EXPECT_EQ(view<float>(session, 1)[0], 7);
}

TEST_P(SessionTest, InspectsWithTheCudaContextCurrent) {
  EXPECT_NE(open(write(engine_spec({dynamic_input()}))).inspect().find("x_out"), std::string::npos);
}

TEST_P(SessionTest, SaysWhatIsWrongWithAFileThatHoldsNoEngine) {
  expect_error(ErrorCode::kEngineNotFound, "none.engine", [&] { open("none.engine"); });
  expect_error(ErrorCode::kEngineCorrupt, "", [&] { open(write_bytes("not an engine at all", 20)); });
  EngineSpec other = engine_spec({dynamic_input()});
  other.sm = 75;
  expect_error(ErrorCode::kEngineDeviceMismatch, "", [&] { open(write(other)); });
  other = engine_spec({dynamic_input()});
  other.version -= 1;
  expect_error(ErrorCode::kEngineVersionMismatch, "", [&] { open(write(other)); });
}

TEST_P(SessionTest, SaysWhenTheGpuHasTooLittleMemory) {
  const std::string file = write(engine_spec({input("x", Element::kFloat32, {1 << 20})}));
  configure_device("totalMemory", "65536");
  expect_error(ErrorCode::kOutOfDeviceMemory, "", [&] { open(file); });
  configure_device("totalMemory", "1073741824");
  open(file).enqueue();
}

INSTANTIATE_TEST_SUITE_P(Releases, SessionTest, ::testing::ValuesIn(test::releases()), test::release_name);

}  // namespace
}  // namespace jetson_vla::tensorrt
