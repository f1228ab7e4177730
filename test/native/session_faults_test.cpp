#include <gtest/gtest.h>

#include <random>

#include "error.h"
#include "native/support/expect_error.h"
#include "native/support/session_fixture.h"

/// What happens when the driver or TensorRT refuse a call, whichever it is, and when an engine file is
/// damaged.
namespace jetson_vla::tensorrt {
namespace {

using standin::tensorrt::Element;
using standin::tensorrt::EngineSpec;
using standin::tensorrt::TensorSpec;
using test::input;
using test::shape_of;
using test::view;

constexpr int kUnknownError = 999;
constexpr float kProbe = 1.5F;

/// Gives changed bytes the checksum that an engine file ends with.
void seal(std::vector<std::uint8_t>& file) {
  const std::size_t contents = file.size() - sizeof(std::uint64_t);
  const std::uint64_t checksum = standin::tensorrt::fnv1a(file.data(), contents);
  std::memcpy(file.data() + contents, &checksum, sizeof checksum);
}

class SessionFaultsTest : public test::SessionTest {
 protected:
  EngineSpec spec() const {
    TensorSpec dynamic = input("x", Element::kFloat32, {-1});
    dynamic.profiles = {{{1}, {4}, {16}}};
    return engine_spec({dynamic, input("y", Element::kFloat16, {2})});
  }

  /// Load, infer in both ways and with a graph, another shape, dispose; and at the end the values are right.
  void cycle(const std::string& file, MemoryMode memory) {
    SessionOptions options;
    options.memory = memory;
    options.priority = cuda::Stream::Priority::kHigh;
    options.half_view = HalfView::kFloat32;
    Session session = open(file, options);
    for (int run = 0; run < 3; ++run) session.enqueue();
    session.execute();
    session.set_input_shape(*session.tensors()[0], shape_of({7}));
    view<float>(session, 0)[6] = kProbe;
    session.enqueue();
    EXPECT_EQ(view<float>(session, 2)[6], kProbe);
  }

  /// Whether the cycle ends in a typed error; anything else but success fails the test.
  bool fails(const std::string& file, MemoryMode memory) {
    try {
      cycle(file, memory);
    } catch (const Error& error) {
      EXPECT_STRNE(error.what(), "");
      return true;
    }
    return false;
  }

  /// Nothing is left over, and nothing was done that must not be done.
  void expect_clean(const std::string& what) {
    for (const std::string& counters : {cuda_counters(), this->counters()}) {
      std::string living = counters.substr(0, counters.find("\"calls\""));
      living = living.substr(0, living.find("\"events\":{\""));
      if (const std::size_t own = living.find("\"contexts\":1}"); own != std::string::npos)
        living.erase(own, 12);
      ASSERT_EQ(living.find_first_of("123456789"), std::string::npos) << what << ": " << counters;
    }
  }
};

TEST_P(SessionFaultsTest, EveryDriverCallMayFailWithoutACrashOrALeakAndTheNextLoadWorks) {
  const std::string file = write(spec());
  for (const MemoryMode memory : {MemoryMode::kStaged, MemoryMode::kMapped}) {
    const int before = total_calls();
    cycle(file, memory);
    const int calls = total_calls() - before;
    ASSERT_GT(calls, 50);
    int failed = 0;
    for (int nth = 1; nth <= calls; ++nth) {
      fail_cuda("*", nth, kUnknownError);
      if (fails(file, memory)) ++failed;
      expect_clean("driver call " + std::to_string(nth) + " of " + std::to_string(calls));
      ASSERT_FALSE(fails(file, memory)) << "after driver call " << nth << " had failed";
    }
    // What frees things has nobody to tell.
    EXPECT_GT(failed, calls / 2);
  }
}

TEST_P(SessionFaultsTest, EveryCallOfTensorRTMayFailWithoutACrashOrALeakAndTheNextLoadWorks) {
  const std::string file = write(spec());
  const int before = trt_total_calls();
  cycle(file, MemoryMode::kStaged);
  const int calls = trt_total_calls() - before;
  ASSERT_GT(calls, 15);
  int failed = 0;
  for (int nth = 1; nth <= calls; ++nth) {
    fail("*", nth);
    if (fails(file, MemoryMode::kStaged)) ++failed;
    expect_clean("TensorRT call " + std::to_string(nth) + " of " + std::to_string(calls));
    reset_tensorrt();
    ASSERT_FALSE(fails(file, MemoryMode::kStaged)) << "after TensorRT call " << nth << " had failed";
  }
  EXPECT_GT(failed, 10);
}

TEST_P(SessionFaultsTest, AnInferenceThatCannotBeWaitedForNoLongerWorksOnTheBuffersWhenItFails) {
  Session session = open(write(spec()));
  for (const char* call : {"cuEventRecord", "cuEventSynchronize"}) {
    const int before = calls("cuStreamSynchronize");
    fail_cuda(call, 1, kUnknownError);
    test::expect_error(ErrorCode::kInferenceFailed, call, [&] { session.enqueue(); });
    EXPECT_EQ(calls("cuStreamSynchronize"), before + 1) << call;
    session.enqueue();
  }
}

TEST_P(SessionFaultsTest, EveryFailureOfASynchronousInferenceIsAFailedInference) {
  SessionOptions staged;
  staged.memory = MemoryMode::kStaged;
  Session session = open(write(spec()), staged);
  for (const char* call : {"cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuStreamSynchronize"})
    for (const int nth : {1, 2}) {
      fail_cuda(call, nth, kUnknownError);
      test::expect_error(ErrorCode::kInferenceFailed, "CUDA: ", [&] { session.execute(); });
      session.execute();
    }
}

TEST_P(SessionFaultsTest, EveryTruncationOfAnEngineFileIsATypedError) {
  const std::vector<std::uint8_t> whole = write_engine(spec());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::string file = write_bytes(whole.data(), size);
    EXPECT_THROW(open(file), Error) << size << " of " << whole.size() << " bytes";
  }
  expect_clean("truncated files");
}

TEST_P(SessionFaultsTest, AMutatedEngineFileIsATypedErrorOrAnEngine) {
  const std::vector<std::uint8_t> whole = write_engine(spec());
  // 10,000 over all releases.
  constexpr int kMutations = 2000;
  std::mt19937 random(20261122);
  // Changed sizes must not fill the memory of the machine that tests.
  configure_device("totalMemory", "16777216");
  int refused = 0;
  for (int mutation = 0; mutation < kMutations; ++mutation) {
    std::vector<std::uint8_t> bytes = whole;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int change = 0; change < changes; ++change)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    // Every other one with a right checksum, so that it gets past that and into the engine's contents.
    if (mutation % 2 == 1) seal(bytes);
    EngineSpec read;
    const bool readable = read_engine(bytes.data(), bytes.size(), static_cast<std::uint32_t>(version()),
                                      read) == standin::tensorrt::ReadError::kNone;
    try {
      Session session = open(write_bytes(bytes.data(), bytes.size()));
      // Not the ones that were changed into engines that take an hour.
      if (readable && read.delay_us == 0 && read.step_us == 0) session.enqueue();
    } catch (const Error&) {
      ++refused;
    }
  }
  expect_clean("mutated files");
  EXPECT_GT(refused, kMutations / 2);
  RecordProperty("refused", refused);
}

INSTANTIATE_TEST_SUITE_P(Releases, SessionFaultsTest, ::testing::ValuesIn(test::releases()),
                         test::release_name);

}  // namespace
}  // namespace jetson_vla::tensorrt
