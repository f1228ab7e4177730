#include "tensorrt/staged_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <set>

#include "native/support/expect_error.h"
#include "native/support/temporary_directory.h"

namespace jetson_vla::tensorrt {
namespace {

using test::expect_error;

class StagedFileTest : public ::testing::Test {
 protected:
  std::string in(const std::string& name) const { return (directory_.path() / name).string(); }

  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path()))
      all.insert(entry.path().filename().string());
    return all;
  }

  static std::string contents(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  test::TemporaryDirectory directory_;
};

TEST_F(StagedFileTest, IsGoneWithoutBeingPublished) {
  {
    StagedFile file(in("staged"));
    file.write("abc", 3);
    EXPECT_EQ(names(), std::set<std::string>{"staged"});
  }
  EXPECT_TRUE(names().empty());
}

TEST_F(StagedFileTest, ReplacesWhatHasItsName) {
  directory_.write("engine", "older");
  {
    StagedFile file(in("staged"));
    file.write("abc", 3);
    file.publish(in("engine"));
  }
  EXPECT_EQ(names(), std::set<std::string>{"engine"});
  EXPECT_EQ(contents(in("engine")), "abc");
}

TEST_F(StagedFileTest, NeverTakesOverAFileThatIsThere) {
  directory_.write("staged", "not mine");
  expect_error(ErrorCode::kEngineBuildFailed, "staged", [this] { StagedFile file(in("staged")); });
  EXPECT_EQ(contents(in("staged")), "not mine");
}

TEST_F(StagedFileTest, SaysWhyNothingCanBeWritten) {
  expect_error(ErrorCode::kEngineBuildFailed, "No such file or directory",
               [this] { StagedFile file(in("nowhere/staged")); });
}

TEST_F(StagedFileTest, NeverWritesThroughALink) {
  std::filesystem::create_symlink(directory_.write("elsewhere", "not mine"), in("staged"));
  expect_error(ErrorCode::kEngineBuildFailed, "File exists", [this] { StagedFile file(in("staged")); });
  EXPECT_EQ(contents(in("elsewhere")), "not mine");
}

TEST_F(StagedFileTest, ReportsAWriteThatFails) {
  // As on a full disk: beyond the limit, a write fails with EFBIG instead of ending the process.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1000, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  {
    StagedFile file(in("staged"));
    const std::string bytes(5000, 'x');
    expect_error(ErrorCode::kEngineBuildFailed, "File too large",
                 [&] { file.write(bytes.data(), bytes.size()); });
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_TRUE(names().empty());
}

TEST_F(StagedFileTest, PublishesAnEngineWithItsPassport) {
  directory_.write("engine", "older engine");
  directory_.write("engine.json", "older passport");
  StagedFile file(in("staged"));
  file.write("abc", 3);
  publish_with_passport(file, in("engine"), "passport");
  EXPECT_EQ(names(), (std::set<std::string>{"engine", "engine.json"}));
  EXPECT_EQ(contents(in("engine")), "abc");
  EXPECT_EQ(contents(in("engine.json")), "passport");
}

TEST_F(StagedFileTest, PutsThePassportBackWhenTheEngineCannotBeReplaced) {
  std::filesystem::create_directory(in("engine"));
  directory_.write("engine.json", "older passport");
  {
    StagedFile file(in("staged"));
    file.write("abc", 3);
    expect_error(ErrorCode::kEngineBuildFailed, "engine",
                 [&] { publish_with_passport(file, in("engine"), "passport"); });
  }
  EXPECT_EQ(names(), (std::set<std::string>{"engine", "engine.json"}));
  EXPECT_EQ(contents(in("engine.json")), "older passport");
}

}  // namespace
}  // namespace jetson_vla::tensorrt
