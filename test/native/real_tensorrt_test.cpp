#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "native/support/expect_error.h"
#include "tensorrt/library.h"

/// The loader and NVIDIA's own libnvinfer_lean, on a machine without a GPU. `npm run test:native` says where
/// the library is, in the environment, if it is installed.
namespace jetson_vla::tensorrt {
namespace {

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

class RealTensorRtTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (library_.empty())
      GTEST_SKIP() << "no real TensorRT: python/requirements-tensorrt.txt is not installed in .jetson-vla";
  }

  LibraryPaths with_backends(const std::string& directory) const { return {library_, "", directory}; }

 private:
  const std::string library_ = environment("JETSON_VLA_TEST_TENSORRT");
};

TEST_F(RealTensorRtTest, TellsItsVersionAndIsNoStandin) {
  const Library& opened = open_library(with_backends(std::string(JETSON_VLA_FIXTURE_DIRECTORY) + "/real"));
  EXPECT_EQ(opened.version(), 101601);
  EXPECT_FALSE(opened.standin());
}

TEST_F(RealTensorRtTest, IsNeverDrivenByABackendFromTheStandinHeaders) {
  test::expect_error(ErrorCode::kStandinBuild, "libnvinfer_lean.so.10",
                     [this] { open_library(with_backends(JETSON_VLA_BACKEND_DIRECTORY)); });
}

TEST_F(RealTensorRtTest, SaysItselfWhyItDoesNotStartWithoutAGpu) {
  const std::string backends = environment("JETSON_VLA_TEST_REAL_BACKENDS");
  if (backends.empty()) GTEST_SKIP() << "no real backend: JETSON_VLA_TEST_TENSORRT_INCLUDE is not set";
  if (::dlopen("libcuda.so.1", RTLD_NOW) != nullptr) GTEST_SKIP() << "this machine has a CUDA driver";
  Backend& backend = open_library(with_backends(backends)).backend();
  test::expect_error(ErrorCode::kTensorRtFailed, "CUDA initialization failure",
                     [&backend] { backend.create_runtime(); });
}

}  // namespace
}  // namespace jetson_vla::tensorrt
