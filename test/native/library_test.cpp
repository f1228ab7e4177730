#include "tensorrt/library.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "native/support/expect_error.h"
#include "native/support/temporary_directory.h"

namespace jetson_vla::tensorrt {
namespace {

using test::expect_error;
using test::TemporaryDirectory;

const std::string kFixtures = JETSON_VLA_FIXTURE_DIRECTORY;

std::string library(const std::string& name) {
  return kFixtures + "/unmarked/" + name;
}

LibraryPaths with_backend(const std::string& nvinfer, const std::string& backend) {
  return {nvinfer, "", kFixtures + "/" + backend};
}

Error refused(ErrorCode code, const std::string& text, const LibraryPaths& paths) {
  return expect_error(code, text, [&paths] { open_library(paths); });
}

TEST(LibraryTest, OpensTheBackendOfTheLibrarysMajor) {
  const Library& opened = open_library(with_backend(library("tensorrt_100300.so"), "real"));
  EXPECT_EQ(opened.version(), 100300);
  EXPECT_EQ(opened.path(), std::filesystem::canonical(library("tensorrt_100300.so")));
  EXPECT_FALSE(opened.standin());
}

TEST(LibraryTest, IsOpenedOnceWhateverItsFileIsCalled) {
  const TemporaryDirectory directory;
  const std::string link = (directory.path() / "libnvinfer.so.10").string();
  std::filesystem::create_symlink(library("tensorrt_100300.so"), link);
  EXPECT_EQ(&open_library(with_backend(link, "real")),
            &open_library(with_backend(library("tensorrt_100300.so"), "real")));
}

TEST(LibraryTest, IsTheSameForThreadsThatOpenItAtOnce) {
  std::vector<const Library*> opened(8);
  std::vector<std::thread> threads;
  for (const Library*& slot : opened)
    threads.emplace_back([&slot] {
      slot = &open_library(
          {library("tensorrt_100300.so"), library("libnvonnxparser.so.10.3.0"), kFixtures + "/real"});
    });
  for (std::thread& thread : threads) thread.join();
  for (const Library* each : opened) EXPECT_EQ(each, opened.front());
}

TEST(LibraryTest, PassesOnWhyTheDynamicLoaderFailed) {
  const Error error = refused(ErrorCode::kTensorRtNotFound, "cannot open shared object file",
                              with_backend("libnvinfer-absent.so.10", "real"));
  EXPECT_NE(error.hint().find("apt install"), std::string::npos) << error.hint();
}

TEST(LibraryTest, RefusesALibraryThatIsNotTensorRt) {
  refused(ErrorCode::kTensorRtNotFound, "getInferLibVersion", with_backend("libm.so.6", "real"));
}

TEST(LibraryTest, RefusesAFileThatIsNoLibrary) {
  const TemporaryDirectory directory;
  refused(ErrorCode::kTensorRtNotFound, "libnvinfer.so.10",
          with_backend(directory.write("libnvinfer.so.10", "text"), "real"));
}

TEST(LibraryTest, RefusesVersionsThatNoBackendDrivesAndSaysWhichAre) {
  const std::pair<const char*, const char*> versions[] = {{"tensorrt_8403.so", "TensorRT 8.4.3"},
                                                          {"tensorrt_9300.so", "9.3.0"},
                                                          {"tensorrt_120000.so", "12.0.0"}};
  for (const auto& [file, version] : versions) {
    const Error error =
        refused(ErrorCode::kTensorRtUnsupportedVersion, version, with_backend(library(file), "real"));
    EXPECT_NE(error.hint().find("8.5"), std::string::npos) << error.hint();
  }
}

TEST(LibraryTest, SaysHowToBuildABackendThatIsMissing) {
  const Error error = refused(ErrorCode::kTensorRtUnsupportedVersion, "jetson_vla_trt11.so",
                              with_backend(library("tensorrt_110100.so"), "real"));
  EXPECT_NE(error.hint().find("npx jetson-vla build-native"), std::string::npos) << error.hint();
}

TEST(LibraryTest, RefusesABackendOfAnotherJetsonVla) {
  refused(ErrorCode::kTensorRtUnsupportedVersion, "another version of jetson-vla",
          with_backend(library("tensorrt_100300.so"), "old"));
  refused(ErrorCode::kTensorRtUnsupportedVersion, "got none",
          with_backend(library("tensorrt_100300.so"), "without_entry"));
}

TEST(LibraryTest, RefusesABackendOfAnotherMajorUnderThisName) {
  refused(ErrorCode::kTensorRtUnsupportedVersion, "compiled against TensorRT 8.6.1",
          with_backend(library("tensorrt_100300.so"), "renamed"));
}

TEST(LibraryTest, AStandinBackendNeverDrivesARealLibrary) {
  refused(ErrorCode::kStandinBuild, "stand-in headers",
          with_backend(library("tensorrt_100300.so"), "standin"));
}

TEST(LibraryTest, ARealBackendNeverDrivesAStandinLibrary) {
  refused(ErrorCode::kStandinBuild, "is the stand-in",
          with_backend(kFixtures + "/marked/tensorrt_100300.so", "real"));
}

TEST(LibraryTest, StandinsBelongTogether) {
  EXPECT_TRUE(open_library(with_backend(kFixtures + "/marked/tensorrt_100300.so", "standin")).standin());
}

TEST(LibraryTest, RefusesTheOnnxParserOfAnotherMajor) {
  refused(ErrorCode::kTensorRtUnsupportedVersion, "libnvonnxparser.so.8.6.1",
          {library("tensorrt_100300.so"), library("libnvonnxparser.so.8.6.1"), kFixtures + "/real"});
}

TEST(LibraryTest, RefusesAnOnnxParserThatIsNone) {
  refused(ErrorCode::kTensorRtNotFound, "createNvOnnxParser_INTERNAL",
          {library("tensorrt_100300.so"), "libm.so.6", kFixtures + "/real"});
}

}  // namespace
}  // namespace jetson_vla::tensorrt
