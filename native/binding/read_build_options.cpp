#include "read_build_options.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "../error.h"
#include "read_options.h"

namespace jetson_vla::binding {
namespace {

[[noreturn]] void wrong(const char* what, const char* expected) {
  throw Error(ErrorCode::kInvalidArgument, std::string(what) + " must be " + expected);
}

/// Nothing for undefined.
std::optional<std::int64_t> read_count(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  if (value.IsUndefined()) return std::nullopt;
  // 2^53: beyond it, numbers of JavaScript are not exact.
  constexpr double kMost = 9007199254740992.0;
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number < kMost && std::floor(number) == number))
    wrong(property, "a whole number from 0, or undefined");
  return static_cast<std::int64_t>(number);
}

Napi::Array read_array(const Napi::Value& value, const char* what) {
  if (!value.IsArray()) wrong(what, "an array");
  return value.As<Napi::Array>();
}

tensorrt::BuildProfileInput read_profile_input(const Napi::Value& value) {
  if (!value.IsObject()) wrong("profiles", "arrays of objects");
  const auto input = value.As<Napi::Object>();
  return {read_string(input, "name"),
          {read_shape(input.Get("min"), "min"), read_shape(input.Get("opt"), "opt"),
           read_shape(input.Get("max"), "max")}};
}

std::vector<std::vector<tensorrt::BuildProfileInput>> read_profiles(const Napi::Value& value) {
  const Napi::Array list = read_array(value, "profiles");
  std::vector<std::vector<tensorrt::BuildProfileInput>> profiles(list.Length());
  for (std::uint32_t at = 0; at < list.Length(); ++at) {
    const Napi::Array inputs = read_array(list.Get(at), "profiles");
    for (std::uint32_t input = 0; input < inputs.Length(); ++input)
      profiles[at].push_back(read_profile_input(inputs.Get(input)));
  }
  return profiles;
}

std::vector<std::uint8_t> read_bytes(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  if (value.IsUndefined()) return {};
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    wrong(property, "a Uint8Array, or undefined");
  const auto bytes = value.As<Napi::Uint8Array>();
  return {bytes.Data(), bytes.Data() + bytes.ByteLength()};
}

tensorrt::BuildOptions read_build_options(const Napi::Object& object) {
  tensorrt::BuildOptions options;
  options.fp16 = read_bool(object, "fp16");
  options.bf16 = read_bool(object, "bf16");
  options.int8 = read_bool(object, "int8");
  options.fp8 = read_bool(object, "fp8");
  options.tf32 = read_bool(object, "tf32");
  options.strongly_typed = read_bool(object, "stronglyTyped");
  options.version_compatible = read_bool(object, "versionCompatible");
  options.hardware_compatible = read_bool(object, "hardwareCompatible");
  if (const auto bytes = read_count(object, "workspaceBytes"))
    options.workspace_bytes = static_cast<std::size_t>(*bytes);
  if (const auto level = read_count(object, "optimisationLevel"))
    options.optimisation_level = static_cast<std::int32_t>(std::min<std::int64_t>(*level, INT32_MAX));
  options.profiles = read_profiles(object.Get("profiles"));
  options.timing_cache = read_bytes(object, "timingCache");
  return options;
}

}  // namespace

tensorrt::EngineBuildRequest read_build_request(const Napi::Object& options) {
  const LibraryOptions libraries = read_libraries(options.Get("libraries"));
  tensorrt::EngineBuildRequest request;
  request.cuda = libraries.cuda;
  request.libraries = {libraries.nvinfer, libraries.onnx_parser, libraries.backend_directory};
  request.device = libraries.device;
  request.onnx_file = read_string(options, "onnx");
  request.staged_file = read_string(options, "stagedFile");
  request.options = read_build_options(options);
  return request;
}

}  // namespace jetson_vla::binding
