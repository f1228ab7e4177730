#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <random>

#include "convert/half.h"
#include "image/plan.h"

namespace jetson_vla::image::testing {

/// Draws plans of every kind: what lib/policy computes, but with arbitrary taps.
class RandomPlans {
 public:
  explicit RandomPlans(unsigned seed) : random_(seed) {}

  Plan next() {
    Plan plan;
    draw_frame(plan);
    plan.resized = one_of(4) != 0;
    draw_output(plan);
    if (plan.resized) draw_resize(plan);
    draw_tables(plan.output);
    return plan;
  }

  std::int64_t between(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  std::int64_t one_of(std::int64_t count) { return between(0, count - 1); }

 private:
  std::int64_t side() { return one_of(3) == 0 ? between(1, 9) : between(1, 70); }

  void draw_frame(Plan& plan) {
    static constexpr std::array<std::int64_t, 5> kPixelBytes = {1, 3, 4, 2, 2};
    const auto kind = static_cast<std::size_t>(one_of(5));
    const bool coded = kind >= 3;
    FrameGeometry& frame = plan.frame;
    frame.coding = !coded ? Coding::kPacked : kind == 3 ? Coding::kUyvy : Coding::kYuyv;
    frame.width = coded ? side() * 2 : side();
    frame.height = side();
    const std::int64_t pixel = kPixelBytes[kind];
    frame.step = frame.width * pixel + (one_of(2) == 0 ? 0 : between(1, 9));
    frame.bytes = frame.step * (frame.height - 1) + frame.width * pixel;

    PixelGrid& grid = plan.grid;
    const std::int64_t across = coded ? 3 : pixel;
    const std::int64_t down = coded ? frame.width * 3 : frame.step;
    const bool turned = one_of(3) == 0;
    const std::int64_t columns = between(1, frame.width);
    const std::int64_t rows = between(1, frame.height);
    const std::int64_t left = one_of(frame.width - columns + 1);
    const std::int64_t top = one_of(frame.height - rows + 1);
    grid.width = turned ? rows : columns;
    grid.height = turned ? columns : rows;
    grid.stride_x = turned ? down : across;
    grid.stride_y = turned ? across : down;
    grid.origin = left * across + top * down;
    if (one_of(2) == 0) {
      grid.origin += (grid.width - 1) * grid.stride_x;
      grid.stride_x = -grid.stride_x;
    }
    if (one_of(2) == 0) {
      grid.origin += (grid.height - 1) * grid.stride_y;
      grid.stride_y = -grid.stride_y;
    }
    if (kind != 0)
      grid.channels =
          one_of(2) == 0 ? std::array<std::int64_t, 3>{0, 1, 2} : std::array<std::int64_t, 3>{2, 1, 0};
  }

  void draw_output(Plan& plan) {
    Output& output = plan.output;
    output.element = static_cast<Element>(one_of(3));
    output.planar = one_of(2) == 0;
    output.image_width = plan.resized ? side() : plan.grid.width;
    output.image_height = plan.resized ? side() : plan.grid.height;
    const bool padded = one_of(3) == 0;
    output.left = padded ? one_of(5) : 0;
    output.top = padded ? one_of(5) : 0;
    output.width = output.left + output.image_width + (padded ? one_of(5) : 0);
    output.height = output.top + output.image_height + (padded ? one_of(5) : 0);
  }

  void draw_resize(Plan& plan) {
    Resize& resize = plan.resize;
    resize.vertical = static_cast<Vertical>(one_of(3));
    const bool blends = resize.vertical == Vertical::kLerp;
    resize.weight_bits = blends || one_of(2) == 0 ? 11 : 22;
    HorizontalTaps& x = resize.x;
    x.taps = std::min(blends ? 2 : between(1, 20), plan.grid.width);
    for (std::int64_t output = 0; output < plan.output.image_width; ++output) {
      x.first.push_back(static_cast<std::int32_t>(one_of(plan.grid.width - x.taps + 1)));
      std::int64_t rest = std::int64_t{1} << resize.weight_bits;
      for (std::int64_t k = 1; k < x.taps; ++k) {
        const std::int64_t weight = blends ? one_of(rest + 1) : between(-rest / 40, rest / 2);
        x.weight.push_back(static_cast<std::int32_t>(weight));
        rest -= weight;
      }
      x.weight.push_back(static_cast<std::int32_t>(rest));
    }
    VerticalTaps& y = resize.y;
    y.taps = blends ? 2 : between(1, 9);
    const double unit = blends                              ? 1
                        : resize.vertical == Vertical::kSum ? std::ldexp(1, -resize.weight_bits)
                                                            : 1;
    for (std::int64_t output = 0; output < plan.output.image_height; ++output) {
      const std::int64_t first = one_of(plan.grid.height);
      double rest = blends ? 2048 : 1;
      for (std::int64_t k = 0; k < y.taps; ++k) {
        y.index.push_back(static_cast<std::int32_t>(std::min(first + k, plan.grid.height - 1)));
        const double weight = k == y.taps - 1 ? rest
                              : blends        ? static_cast<double>(one_of(2049))
                                              : rest * static_cast<double>(between(-200, 900)) / 1000;
        rest -= weight;
        y.weight.push_back(weight * unit);
      }
    }
  }

  /// Scale only, scale and mean, or anything at all.
  void draw_tables(Output& output) {
    const std::int64_t kind = one_of(3);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      output.factor[channel] = static_cast<double>(between(1, 2000)) / 255 / 1000;
      const double offset = kind == 0 ? 0 : -static_cast<double>(one_of(1000)) / 500;
      for (std::uint32_t byte = 0; byte < 256; ++byte)
        output.table[channel][byte] =
            kind == 2 ? static_cast<std::uint32_t>(random_())
                      : pattern(output.element, byte, byte * output.factor[channel] + offset);
      output.padding[channel] = static_cast<std::uint32_t>(random_());
    }
  }

  static std::uint32_t pattern(Element element, std::uint32_t byte, double value) {
    if (element == Element::kUint8) return byte;
    const auto rounded = static_cast<float>(value);
    if (element == Element::kFloat16) return half_from_float(rounded);
    std::uint32_t bits;
    std::memcpy(&bits, &rounded, sizeof bits);
    return bits;
  }

  std::mt19937 random_;
};

}  // namespace jetson_vla::image::testing
