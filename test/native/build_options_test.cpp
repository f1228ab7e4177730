#include "tensorrt/build_options.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "native/support/expect_error.h"
#include "tensorrt/version.h"

namespace jetson_vla::tensorrt {
namespace {

using test::expect_error;

constexpr std::int32_t kVersions[] = {80502, 80601, 100300, 101600, 110100};

Shape shape_of(std::initializer_list<std::int64_t> dims) {
  Shape shape;
  for (const std::int64_t dim : dims) shape.dims[static_cast<std::size_t>(shape.rank++)] = dim;
  return shape;
}

BuildOptions with(const std::function<void(BuildOptions&)>& change) {
  BuildOptions options;
  change(options);
  return options;
}

void expect_refused(const BuildOptions& options, std::int32_t version, const std::string& text) {
  expect_error(ErrorCode::kInvalidArgument, text, [&] { check_build_options(options, version); });
}

TEST(BuildOptionsTest, TheDefaultsSuitEveryVersion) {
  for (const std::int32_t version : kVersions) EXPECT_NO_THROW(check_build_options({}, version));
}

TEST(BuildOptionsTest, EachOptionIsRefusedByTheVersionsWithoutIt) {
  struct Row {
    BuildOptions options;
    const char* name;
    std::int32_t first;
    std::int32_t last;
  };
  constexpr std::int32_t kEver = 999999;
  const Row rows[] = {
      {with([](BuildOptions& o) { o.fp16 = true; }), "fp16", 80500, 109999},
      {with([](BuildOptions& o) { o.int8 = true; }), "int8", 80500, 109999},
      {with([](BuildOptions& o) { o.fp8 = true; }), "fp8", 80600, 109999},
      {with([](BuildOptions& o) { o.bf16 = true; }), "bf16", 100000, 109999},
      {with([](BuildOptions& o) { o.strongly_typed = true; }), "stronglyTyped", 100000, kEver},
      {with([](BuildOptions& o) { o.optimisation_level = 3; }), "optimisationLevel", 80600, kEver},
      {with([](BuildOptions& o) { o.version_compatible = true; }), "versionCompatible", 80600, kEver},
      {with([](BuildOptions& o) { o.hardware_compatible = true; }), "hardwareCompatible", 80600, kEver},
      {with([](BuildOptions& o) { o.tf32 = false; }), "tf32", 80500, kEver},
      {with([](BuildOptions& o) { o.workspace_bytes = 1; }), "workspace", 80500, kEver},
  };
  for (const Row& row : rows)
    for (const std::int32_t version : kVersions) {
      SCOPED_TRACE(std::string(row.name) + " on " + version_text(version));
      if (version >= row.first && version <= row.last)
        EXPECT_NO_THROW(check_build_options(row.options, version));
      else
        expect_refused(row.options, version, row.name);
    }
}

TEST(BuildOptionsTest, Version11SaysWhereThePrecisionComesFrom) {
  const Error error = expect_error(ErrorCode::kInvalidArgument, "TensorRT 11.1.0", [] {
    check_build_options(with([](BuildOptions& o) { o.fp16 = true; }), 110100);
  });
  EXPECT_NE(error.hint().find("from the ONNX file"), std::string::npos) << error.hint();
}

TEST(BuildOptionsTest, StrongTypingExcludesPrecisionFlags) {
  expect_refused(with([](BuildOptions& o) { o.strongly_typed = o.fp16 = true; }), 101600, "stronglyTyped");
}

TEST(BuildOptionsTest, StrongTypingIsAChoiceIn10AndTheOnlyWayIn11) {
  EXPECT_FALSE(is_strongly_typed({}, 101600));
  EXPECT_TRUE(is_strongly_typed(with([](BuildOptions& o) { o.strongly_typed = true; }), 101600));
  EXPECT_TRUE(is_strongly_typed({}, 110100));
}

TEST(BuildOptionsTest, ValuesOutOfRangeAreRefused) {
  expect_refused(with([](BuildOptions& o) { o.optimisation_level = 6; }), 101600, "0 … 5, got 6");
  expect_refused(with([](BuildOptions& o) { o.optimisation_level = -1; }), 101600, "got -1");
  expect_refused(with([](BuildOptions& o) { o.workspace_bytes = 0; }), 101600, "workspace");
}

BuildOptions with_profile(const Shape& min, const Shape& opt, const Shape& max) {
  return with([&](BuildOptions& o) { o.profiles = {{{"image", {min, opt, max}}}}; });
}

TEST(BuildOptionsTest, ProfilesAreMinOptMax) {
  EXPECT_NO_THROW(
      check_build_options(with_profile(shape_of({1, 3}), shape_of({4, 3}), shape_of({8, 3})), 101600));
  expect_refused(with_profile(shape_of({4, 3}), shape_of({1, 3}), shape_of({8, 3})), 101600,
                 "min ≤ opt ≤ max");
  expect_refused(with_profile(shape_of({1, 3}), shape_of({8, 3}), shape_of({4, 3})), 101600,
                 "min ≤ opt ≤ max");
  expect_refused(with_profile(shape_of({-1, 3}), shape_of({1, 3}), shape_of({4, 3})), 101600, "\"image\"");
  expect_refused(with_profile(shape_of({1}), shape_of({1, 3}), shape_of({4, 3})), 101600, "dimensions");
}

TEST(BuildOptionsTest, AnInputIsInAProfileOnce) {
  const BuildProfileInput input{"image", {shape_of({1}), shape_of({1}), shape_of({1})}};
  expect_refused(with([&](BuildOptions& o) { o.profiles = {{input, input}}; }), 101600, "twice");
}

TEST(VersionTest, BothSchemesOfTensorRtMeanTheSame) {
  EXPECT_EQ(normalised_version(8502), 80502);
  EXPECT_EQ(normalised_version(8601), 80601);
  EXPECT_EQ(normalised_version(100300), 100300);
  EXPECT_EQ(normalised_version(110400), 110400);
  for (const std::int32_t version : kVersions)
    EXPECT_EQ(normalised_version(reported_version(version)), version);
  EXPECT_EQ(version_text(80502), "8.5.2");
  EXPECT_EQ(version_text(101603), "10.16.3");
}

}  // namespace
}  // namespace jetson_vla::tensorrt
