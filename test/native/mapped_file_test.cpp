#include "tensorrt/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "native/support/expect_error.h"
#include "native/support/temporary_directory.h"

namespace jetson_vla::tensorrt {
namespace {

using test::expect_error;
using test::TemporaryDirectory;

class MappedFileTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  TemporaryDirectory directory_;
};

TEST_F(MappedFileTest, HoldsTheBytesOfTheFile) {
  const MappedFile file(directory_.write("policy.engine", std::string("plan\0bytes", 10)));
  EXPECT_EQ(std::string(static_cast<const char*>(file.data()), file.size()), std::string("plan\0bytes", 10));
}

TEST_F(MappedFileTest, KeepsTheBytesWhenTheFileIsReplacedByRenaming) {
  const std::string name = directory_.write("policy.engine", "old");
  const MappedFile file(name);
  ASSERT_EQ(::rename(directory_.write("new", "brand new").c_str(), name.c_str()), 0);
  EXPECT_EQ(std::string(static_cast<const char*>(file.data()), file.size()), "old");
}

TEST_F(MappedFileTest, SaysWhichFileIsMissing) {
  expect_error(ErrorCode::kEngineNotFound, path("absent.engine"),
               [this] { MappedFile file(path("absent.engine")); });
}

TEST_F(MappedFileTest, RefusesADirectory) {
  expect_error(ErrorCode::kEngineNotFound, "it is a directory",
               [this] { MappedFile file(directory_.path().string()); });
}

TEST_F(MappedFileTest, RefusesANamedPipeWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  expect_error(ErrorCode::kEngineNotFound, "not a regular file", [this] { MappedFile file(path("pipe")); });
}

TEST_F(MappedFileTest, GivesTheSystemsReasonWhenAFileCannotBeOpened) {
  ASSERT_EQ(::symlink("loop", path("loop").c_str()), 0);
  expect_error(ErrorCode::kEngineNotFound, "symbolic links", [this] { MappedFile file(path("loop")); });
}

TEST_F(MappedFileTest, CallsAnEmptyEngineCorruptAndNamesTheRemedy) {
  const std::string name = directory_.write("policy.engine", "");
  const Error error = expect_error(ErrorCode::kEngineCorrupt, "is empty", [&name] { MappedFile file(name); });
  EXPECT_NE(error.hint().find("npx jetson-vla build"), std::string::npos);
}

TEST_F(MappedFileTest, CallsAnEmptyModelImpossibleToBuild) {
  const std::string name = directory_.write("model.onnx", "");
  expect_error(ErrorCode::kEngineBuildFailed, "is empty",
               [&name] { MappedFile file(name, FileKind::kOnnx); });
}

}  // namespace
}  // namespace jetson_vla::tensorrt
