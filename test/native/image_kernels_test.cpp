#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "error.h"
#include "image/executor.h"
#include "image/kernels.h"
#include "native/random_image_plan.h"

namespace jetson_vla::image {
namespace {

using testing::RandomPlans;

/// Bytes on the heap of exactly this size, so that AddressSanitizer sees the first one too far.
using Bytes = std::unique_ptr<std::uint8_t[]>;

Bytes random_bytes(std::size_t count, RandomPlans& plans) {
  Bytes bytes(new std::uint8_t[count]);
  for (std::size_t at = 0; at < count; ++at) bytes[at] = static_cast<std::uint8_t>(plans.one_of(256));
  return bytes;
}

std::vector<std::uint8_t> tensor_of(const Plan& plan, const Kernels& kernels, FrameData frame) {
  const std::size_t count = element_count(plan.output) * element_bytes(plan.output.element);
  Bytes out(new std::uint8_t[count]);
  Executor executor(plan, kernels);
  executor.write(frame, out.get());
  // Once more: scratch memory that a first frame has filled must not show.
  executor.write(frame, out.get());
  return std::vector<std::uint8_t>(out.get(), out.get() + count);
}

TEST(ImageKernels, OfThisProcessorEqualTheReferenceBitForBit) {
  RandomPlans plans(1);
  for (int run = 0; run < 3000; ++run) {
    const Plan plan = plans.next();
    const auto length = static_cast<std::size_t>(plan.frame.bytes + (run % 2 == 0 ? 0 : plans.one_of(40)));
    const Bytes bytes = random_bytes(length, plans);
    const FrameData frame = {bytes.get(), length};
    ASSERT_EQ(tensor_of(plan, best_kernels(), frame), tensor_of(plan, scalar_kernels(), frame))
        << best_kernels().name << ", run " << run << ": " << plan.grid.width << " × " << plan.grid.height
        << " by " << plan.grid.stride_x << ", " << plan.grid.stride_y << " to " << plan.output.image_width
        << " × " << plan.output.image_height << ", vertical " << static_cast<int>(plan.resize.vertical);
  }
}

TEST(ImageKernels, AreTheVectorOnesOnProcessorsOfToday) {
#if defined(__aarch64__)
  EXPECT_STREQ(best_kernels().name, "neon");
#elif defined(__x86_64__)
  const bool capable =
      __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
  EXPECT_STREQ(best_kernels().name, capable ? "avx2" : "scalar");
#endif
}

/// Arithmetic with the definition of the plan, independent of rows, slots and kernels.
double expected_value(const Plan& plan, const std::uint8_t* frame, std::int64_t column, std::int64_t row,
                      std::size_t channel) {
  double sum = 0;
  for (std::int64_t v = 0; v < plan.resize.y.taps; ++v)
    for (std::int64_t u = 0; u < plan.resize.x.taps; ++u) {
      const auto y = static_cast<std::size_t>(row * plan.resize.y.taps + v);
      const auto x = static_cast<std::size_t>(column * plan.resize.x.taps + u);
      const std::int64_t pixel =
          plan.grid.origin +
          (plan.resize.x.first[static_cast<std::size_t>(column)] + u) * plan.grid.stride_x +
          plan.resize.y.index[y] * plan.grid.stride_y;
      sum += frame[pixel + plan.grid.channels[channel]] * static_cast<double>(plan.resize.x.weight[x]) *
             plan.resize.y.weight[y];
    }
  return sum / (plan.resize.vertical == Vertical::kLerp ? 2048.0 * 2048.0 : 1);
}

TEST(ImageKernels, ComputeTheSumsThatThePlanDefines) {
  RandomPlans plans(2);
  int compared = 0;
  while (compared < 200) {
    Plan plan = plans.next();
    if (!plan.resized || plan.frame.coding != Coding::kPacked || plan.resize.vertical == Vertical::kByteSum)
      continue;
    plan.output.element = Element::kUint8;
    plan.output.planar = false;
    for (auto& table : plan.output.table)
      for (std::uint32_t byte = 0; byte < 256; ++byte) table[byte] = byte;
    if (plan.resize.vertical == Vertical::kLerp) {
      for (std::size_t at = 0; at < plan.resize.y.weight.size(); at += 2)
        plan.resize.y.weight[at + 1] = 2048 - plan.resize.y.weight[at];
    }
    ++compared;
    const auto length = static_cast<std::size_t>(plan.frame.bytes);
    const Bytes bytes = random_bytes(length, plans);
    const auto tensor = tensor_of(plan, best_kernels(), {bytes.get(), length});
    for (std::int64_t row = 0; row < plan.output.image_height; ++row)
      for (std::int64_t column = 0; column < plan.output.image_width; ++column)
        for (std::size_t channel = 0; channel < 3; ++channel) {
          const double wanted =
              std::clamp(expected_value(plan, bytes.get(), column, row, channel), 0.0, 255.0);
          const std::int64_t pixel = (plan.output.top + row) * plan.output.width + plan.output.left + column;
          ASSERT_NEAR(tensor[static_cast<std::size_t>(pixel) * 3 + channel], wanted, 1.0) << compared;
        }
  }
}

TEST(ImageExecutor, RefusesAFrameThatIsTooShortBeforeItWrites) {
  RandomPlans plans(3);
  const Plan plan = plans.next();
  const auto needed = static_cast<std::size_t>(plan.frame.bytes);
  const Bytes bytes = random_bytes(needed, plans);
  std::vector<std::uint8_t> out(element_count(plan.output) * element_bytes(plan.output.element), 7);
  Executor executor(plan);
  EXPECT_THROW(executor.write({bytes.get(), needed - 1}, out.data()), Error);
  EXPECT_THROW(executor.write({nullptr, needed}, out.data()), Error);
  EXPECT_EQ(std::count(out.begin(), out.end(), 7), static_cast<std::ptrdiff_t>(out.size()));
}

}  // namespace
}  // namespace jetson_vla::image
