#include "tensorrt/engine_build.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "native/support/expect_error.h"
#include "native/support/onnx_model.h"
#include "native/support/standins.h"
#include "native/support/temporary_directory.h"

namespace jetson_vla::tensorrt {
namespace {

using test::expect_error;

class EngineBuildTest : public test::ReleaseTest {
 protected:
  std::unique_ptr<EngineBuild> start() {
    test::OnnxModel model;
    model.node("copy", "Identity", "x", "y").input({"x", {2}}).output({"y", {2}});
    EngineBuildRequest request;
    request.cuda = std::string(JETSON_VLA_STANDIN_DIRECTORY) + "/cuda/libcuda.so.1";
    request.libraries = {GetParam().path("libnvinfer"), GetParam().path("libnvonnxparser"),
                         JETSON_VLA_BACKEND_DIRECTORY};
    request.onnx_file = directory_.write("model.onnx", model.bytes());
    request.staged_file = in("staged");
    return std::make_unique<EngineBuild>(std::move(request), [this] {
      const std::lock_guard<std::mutex> lock(mutex_);
      ++changes_;
      changed_.notify_all();
    });
  }

  void wait_until_done(const EngineBuild& build) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return build.is_done(); });
  }

  void wait_for_a_change() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return changes_ > 0; });
  }

  std::string in(const std::string& name) const { return (directory_.path() / name).string(); }

  test::TemporaryDirectory directory_;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int changes_ = 0;
};

TEST_P(EngineBuildTest, PublishesWhatItBuilt) {
  const auto build = start();
  wait_until_done(*build);
  const EngineBuildResult result = build->take_result();
  EXPECT_EQ(result.engine.tensors.size(), 2U);
  EXPECT_FALSE(result.timing_cache.empty());
  EXPECT_FALSE(build->take_progress().empty());
  build->publish(in("model.engine"), "{}");
  EXPECT_FALSE(std::filesystem::exists(in("staged")));
  EXPECT_TRUE(std::filesystem::exists(in("model.engine")));
  expect_error(ErrorCode::kDisposed, "no engine", [&] { build->publish(in("again.engine"), "{}"); });
}

TEST_P(EngineBuildTest, RemovesWhatNobodyPublished) {
  auto build = start();
  wait_until_done(*build);
  EXPECT_TRUE(std::filesystem::exists(in("staged")));
  build.reset();
  EXPECT_FALSE(std::filesystem::exists(in("staged")));
}

TEST_P(EngineBuildTest, EndsWhenItIsCancelled) {
  const auto build = start();
  build->cancel();
  wait_until_done(*build);
  expect_error(ErrorCode::kAborted, "model.onnx", [&] { build->take_result(); });
  EXPECT_FALSE(std::filesystem::exists(in("staged")));
}

TEST_P(EngineBuildTest, MayGoAtAnyMoment) {
  for (int microseconds = 0; microseconds < 4000; microseconds += 200) {
    const auto build = start();
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
    build->stop();
    EXPECT_FALSE(std::filesystem::exists(in("staged")));
  }
}

TEST_P(EngineBuildTest, GoesInMidBuild) {
  auto build = start();
  wait_for_a_change();
  build.reset();
  EXPECT_FALSE(std::filesystem::exists(in("staged")));
}

TEST_P(EngineBuildTest, ReplacesNothingWithAnEngineThatCannotBeReadBack) {
  fail("IRuntime::deserializeCudaEngine");
  const auto build = start();
  wait_until_done(*build);
  EXPECT_THROW(build->take_result(), Error);
  EXPECT_FALSE(std::filesystem::exists(in("staged")));
}

INSTANTIATE_TEST_SUITE_P(Releases, EngineBuildTest, ::testing::ValuesIn(test::releases()),
                         test::release_name);

}  // namespace
}  // namespace jetson_vla::tensorrt
