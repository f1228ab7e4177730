#include "build_options.h"

#include <set>
#include <string>

#include "../error.h"
#include "version.h"

namespace jetson_vla::tensorrt {
namespace {

constexpr std::int32_t kWithCompatibility = 80600;
constexpr std::int32_t kWithStrongTyping = 100000;
constexpr std::int32_t kOnlyStrongTyping = 110000;

[[noreturn]] void invalid(const std::string& message, const std::string& hint = {}) {
  throw Error(ErrorCode::kInvalidArgument, message, hint);
}

void require_version(bool wanted, const char* option, std::int32_t first, std::int32_t version) {
  if (wanted && version < first)
    invalid(std::string(option) + " needs TensorRT " + version_text(first) + " or newer; this is " +
                version_text(version),
            "Leave the option out, or update JetPack.");
}

void check_precision(const BuildOptions& options, std::int32_t version) {
  require_version(options.fp8, "fp8", kWithCompatibility, version);
  require_version(options.bf16, "bf16", kWithStrongTyping, version);
  require_version(options.strongly_typed, "stronglyTyped", kWithStrongTyping, version);
  if (!options.fp16 && !options.bf16 && !options.int8 && !options.fp8) return;
  if (version >= kOnlyStrongTyping)
    invalid(
        "TensorRT " + version_text(version) + " has no fp16, bf16, int8 or fp8 option",
        "From 11 on it takes the precision from the ONNX file: export the model in that precision (ModelOpt "
        "AutoCast), or with QuantizeLinear/DequantizeLinear nodes for int8: npx jetson-vla quantize "
        "model.onnx");
  if (options.strongly_typed)
    invalid("stronglyTyped excludes fp16, bf16, int8 and fp8: it takes every type from the ONNX file",
            "Pass one or the other.");
}

void check_shape_bounds(const std::string& where, const ProfileShapes& shapes) {
  if (shapes.min.rank < 0 || shapes.min.rank > kMaxRank)
    invalid(where + " has " + std::to_string(shapes.min.rank) + " dimensions; TensorRT has 0 … 8");
  if (shapes.opt.rank != shapes.min.rank || shapes.max.rank != shapes.min.rank)
    invalid(where + ": min, opt and max have different numbers of dimensions");
  for (std::size_t i = 0; i < static_cast<std::size_t>(shapes.min.rank); ++i) {
    const std::int64_t min = shapes.min.dims[i];
    const std::int64_t opt = shapes.opt.dims[i];
    const std::int64_t max = shapes.max.dims[i];
    if (min < 0 || opt < min || max < opt || max > INT32_MAX)
      invalid(where + ", dimension " + std::to_string(i) + ": expected 0 ≤ min ≤ opt ≤ max < 2³¹, got " +
              std::to_string(min) + ", " + std::to_string(opt) + ", " + std::to_string(max));
  }
}

void check_profiles(const BuildOptions& options) {
  for (std::size_t i = 0; i < options.profiles.size(); ++i) {
    std::set<std::string> names;
    const std::string profile = "profile " + std::to_string(i);
    for (const BuildProfileInput& input : options.profiles[i]) {
      const std::string where = profile + ", input \"" + input.name + "\"";
      if (!names.insert(input.name).second) invalid(where + " is given twice");
      check_shape_bounds(where, input.shapes);
    }
  }
}

}  // namespace

bool is_strongly_typed(const BuildOptions& options, std::int32_t version) noexcept {
  return options.strongly_typed || version >= kOnlyStrongTyping;
}

void check_build_options(const BuildOptions& options, std::int32_t version) {
  check_precision(options, version);
  require_version(options.optimisation_level.has_value(), "optimisationLevel", kWithCompatibility, version);
  require_version(options.version_compatible, "versionCompatible", kWithCompatibility, version);
  require_version(options.hardware_compatible, "hardwareCompatible", kWithCompatibility, version);
  if (options.optimisation_level && (*options.optimisation_level < 0 || *options.optimisation_level > 5))
    invalid("optimisationLevel: expected 0 … 5, got " + std::to_string(*options.optimisation_level));
  if (options.workspace_bytes && *options.workspace_bytes == 0)
    invalid("workspace: expected at least 1 byte, got 0", "Leave it out for TensorRT's own choice.");
  check_profiles(options);
}

}  // namespace jetson_vla::tensorrt
