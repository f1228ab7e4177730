#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "error.h"
#include "image/executor.h"
#include "image/plan.h"
#include "native/random_image_plan.h"

namespace jetson_vla::image {
namespace {

/// 4 × 3 rgb8 to 2 × 2, blended.
Plan small_plan() {
  Plan plan;
  plan.frame = {Coding::kPacked, 4, 3, 12, 36};
  plan.grid = {4, 3, 0, 3, 12, {0, 1, 2}};
  plan.resized = true;
  plan.resize.x = {2, {0, 2}, {1024, 1024, 1024, 1024}};
  plan.resize.y = {2, {0, 1, 1, 2}, {1024, 1024, 1024, 1024}};
  plan.output.width = plan.output.image_width = 2;
  plan.output.height = plan.output.image_height = 2;
  return plan;
}

struct Mistake {
  const char* what;
  std::function<void(Plan&)> make;
};

class PlanMistake : public ::testing::TestWithParam<Mistake> {};

TEST(ImagePlan, OfASmallFrameIsFine) {
  EXPECT_NO_THROW(check_plan(small_plan()));
}

TEST_P(PlanMistake, IsRefused) {
  Plan plan = small_plan();
  GetParam().make(plan);
  try {
    check_plan(plan);
    FAIL() << "accepted " << GetParam().what;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  }
}

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

INSTANTIATE_TEST_SUITE_P(
    Each, PlanMistake,
    ::testing::Values(
        Mistake{"too few bytes", [](Plan& p) { p.frame.bytes = 35; }},
        Mistake{"pixels before the frame", [](Plan& p) { p.grid.origin = -1; }},
        Mistake{"pixels after the frame", [](Plan& p) { p.grid.origin = 1; }},
        Mistake{"channels after the frame", [](Plan& p) { p.grid.channels[1] = 3; }},
        Mistake{"a channel before the pixel", [](Plan& p) { p.grid.channels[1] = -1; }},
        Mistake{"a row too many", [](Plan& p) { p.grid.height = 4; }},
        Mistake{"a backward stride from the start", [](Plan& p) { p.grid.stride_x = -3; }},
        Mistake{"strides that overflow", [](Plan& p) { p.grid.stride_y = kHuge; }},
        Mistake{"an origin that overflows", [](Plan& p) { p.grid.origin = kHuge; }},
        Mistake{"no columns", [](Plan& p) { p.grid.width = 0; }},
        Mistake{"an endless grid", [](Plan& p) { p.grid.width = kHuge; }},
        Mistake{"taps after the row", [](Plan& p) { p.resize.x.first[1] = 3; }},
        Mistake{"taps before the row", [](Plan& p) { p.resize.x.first[0] = -1; }},
        Mistake{"a weight too few", [](Plan& p) { p.resize.x.weight.pop_back(); }},
        Mistake{"more taps than weights", [](Plan& p) { p.resize.x.taps = 3; }},
        Mistake{"no taps", [](Plan& p) { p.resize.x.taps = 0; }},
        Mistake{"a column without taps", [](Plan& p) { p.output.image_width = p.output.width = 3; }},
        Mistake{"a blend beyond one", [](Plan& p) { p.resize.x.weight[0] = 1025; }},
        Mistake{"a negative blend", [](Plan& p) { p.resize.x.weight[0] = -1; }},
        Mistake{"sums beyond 32 bit",
                [](Plan& p) {
                  p.resize.vertical = Vertical::kSum;
                  p.resize.x.weight[0] = 1 << 23;
                }},
        Mistake{"a row below the image", [](Plan& p) { p.resize.y.index[3] = 3; }},
        Mistake{"a row above the image", [](Plan& p) { p.resize.y.index[0] = -1; }},
        Mistake{"a vertical blend beyond one", [](Plan& p) { p.resize.y.weight[0] = 1025; }},
        Mistake{"a fractional vertical blend", [](Plan& p) { p.resize.y.weight[0] = 0.5; }},
        Mistake{"a weight that is no number",
                [](Plan& p) { p.resize.y.weight[0] = std::numeric_limits<double>::quiet_NaN(); }},
        Mistake{"a vertical weight too few", [](Plan& p) { p.resize.y.weight.pop_back(); }},
        Mistake{"vertical sums beyond bytes",
                [](Plan& p) {
                  p.resize.vertical = Vertical::kSum;
                  p.resize.y.weight[0] = 1;
                }},
        Mistake{"odd fixed point", [](Plan& p) { p.resize.weight_bits = 12; }},
        Mistake{"three rows to blend",
                [](Plan& p) {
                  p.resize.y.taps = 3;
                  p.resize.y.index = {0, 1, 2, 0, 1, 2};
                  p.resize.y.weight.assign(6, 1);
                }},
        Mistake{"an image beyond the tensor", [](Plan& p) { p.output.left = 1; }},
        Mistake{"an image above the tensor", [](Plan& p) { p.output.top = -1; }},
        Mistake{"a place that overflows", [](Plan& p) { p.output.left = kHuge; }},
        Mistake{"another size without a resize", [](Plan& p) { p.resized = false; }},
        Mistake{"4:2:2 rows longer than the step", [](Plan& p) { p.frame.coding = Coding::kUyvy, p.frame.step = 7; }},
        Mistake{"4:2:2 of odd width", [](Plan& p) { p.frame = {Coding::kUyvy, 3, 8, 6, 48}; }},
        Mistake{"4:2:2 strides across rows",
                [](Plan& p) { p.frame.coding = Coding::kYuyv, p.grid.stride_x = 6, p.grid.width = 1; }}));

/// Whatever a plan holds: refused, or carried out inside its memory, which AddressSanitizer watches.
TEST(ImagePlan, WithAnyNumberChangedIsRefusedOrStaysInsideItsMemory) {
  testing::RandomPlans plans(4);
  int accepted = 0;
  for (int run = 0; run < 3000; ++run) {
    Plan plan = plans.next();
    const auto length = static_cast<std::size_t>(plan.frame.bytes);
    const std::vector<std::int64_t*> numbers = {
        &plan.frame.width,   &plan.frame.height,       &plan.frame.step,          &plan.grid.width,
        &plan.grid.height,   &plan.grid.origin,        &plan.grid.stride_x,       &plan.grid.stride_y,
        &plan.resize.x.taps, &plan.resize.y.taps,      &plan.grid.channels[0],    &plan.output.left,
        &plan.output.width,  &plan.output.image_width, &plan.output.image_height, &plan.output.height};
    for (std::int64_t changes = plans.between(1, 3); changes > 0; --changes)
      *numbers[static_cast<std::size_t>(plans.one_of(static_cast<std::int64_t>(numbers.size())))] +=
          plans.one_of(2) == 0 ? plans.between(-2, 2) : plans.between(-400, 400);
    try {
      Executor executor(plan);
      ++accepted;
      const std::unique_ptr<std::uint8_t[]> frame(new std::uint8_t[length]());
      const std::size_t bytes = element_count(plan.output) * element_bytes(plan.output.element);
      const std::unique_ptr<std::uint8_t[]> tensor(new std::uint8_t[bytes]);
      executor.write({frame.get(), length}, tensor.get());
    } catch (const Error&) {
      continue;
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace jetson_vla::image
