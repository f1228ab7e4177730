#include "read_options.h"

#include <array>
#include <cmath>
#include <utility>

#include "../error.h"

namespace jetson_vla::binding {
namespace {

[[noreturn]] void wrong(const std::string& what, const std::string& expected) {
  throw Error(ErrorCode::kInvalidArgument, what + " must be " + expected);
}

Napi::Object read_object(const Napi::Value& value, const char* what) {
  if (!value.IsObject()) wrong(what, "an object");
  return value.As<Napi::Object>();
}

int read_index(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= 1e6 && std::floor(number) == number))
    wrong(property, "a whole number from 0");
  return static_cast<int>(number);
}

template <typename Choice, std::size_t Count>
Choice read_choice(const Napi::Object& object, const char* property,
                   const std::array<std::pair<const char*, Choice>, Count>& choices) {
  const std::string given = read_string(object, property);
  std::string names;
  for (const auto& [name, choice] : choices) {
    if (given == name) return choice;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  wrong(property, "one of " + names);
}

}  // namespace

std::string read_string(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  if (!value.IsString()) wrong(property, "a string");
  return value.As<Napi::String>().Utf8Value();
}

bool read_bool(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  if (!value.IsBoolean()) wrong(property, "true or false");
  return value.As<Napi::Boolean>().Value();
}

LibraryOptions read_libraries(const Napi::Value& value) {
  const Napi::Object libraries = read_object(value, "libraries");
  LibraryOptions options;
  options.nvinfer = read_string(libraries, "nvinfer");
  if (!libraries.Get("onnxParser").IsUndefined()) options.onnx_parser = read_string(libraries, "onnxParser");
  options.cuda = read_string(libraries, "cuda");
  options.backend_directory = read_string(libraries, "backendDirectory");
  options.device = read_index(libraries, "device");
  return options;
}

tensorrt::SessionOptions read_session_options(const Napi::Object& object, int device) {
  using Priority = cuda::Stream::Priority;
  using Wait = cuda::Event::Wait;
  using tensorrt::HalfView;
  using tensorrt::MemoryMode;
  tensorrt::SessionOptions options;
  options.device = device;
  options.profile = read_index(object, "profile");
  options.memory = read_choice<MemoryMode, 3>(
      object, "memory",
      {{{"auto", MemoryMode::kAuto}, {"mapped", MemoryMode::kMapped}, {"staged", MemoryMode::kStaged}}});
  options.graph = read_bool(object, "graph");
  options.host_code =
      read_bool(object, "hostCode") ? tensorrt::HostCode::kAllow : tensorrt::HostCode::kRefuse;
  options.priority = read_choice<Priority, 2>(object, "priority",
                                              {{{"normal", Priority::kNormal}, {"high", Priority::kHigh}}});
  options.wait = read_choice<Wait, 2>(object, "wait", {{{"block", Wait::kBlock}, {"spin", Wait::kSpin}}});
  options.half_view = read_choice<HalfView, 2>(
      object, "half", {{{"bits", HalfView::kBits}, {"float32", HalfView::kFloat32}}});
  return options;
}

tensorrt::Shape read_shape(const Napi::Value& value, const char* what) {
  if (!value.IsArray()) wrong(what, "an array of dimensions");
  const auto dims = value.As<Napi::Array>();
  if (dims.Length() > static_cast<std::uint32_t>(tensorrt::kMaxRank)) wrong(what, "of at most 8 dimensions");
  tensorrt::Shape shape;
  shape.rank = static_cast<std::int32_t>(dims.Length());
  for (std::uint32_t axis = 0; axis < dims.Length(); ++axis) {
    const Napi::Value dim = dims.Get(axis);
    const double size = dim.IsNumber() ? dim.As<Napi::Number>().DoubleValue() : -1;
    // Beyond 2^31 no dimension of a tensor in memory can be, and TensorRT 8 counts in 32 bits.
    if (!(size >= 0 && size < 2147483648.0 && std::floor(size) == size))
      wrong(what, "whole numbers from 0 to 2147483647");
    shape.dims[axis] = static_cast<std::int64_t>(size);
  }
  return shape;
}

Napi::Array to_js(Napi::Env env, const tensorrt::Shape& shape) {
  const auto rank = static_cast<std::uint32_t>(shape.rank);
  Napi::Array dims = Napi::Array::New(env, rank);
  for (std::uint32_t axis = 0; axis < rank; ++axis)
    dims.Set(axis, Napi::Number::New(env, static_cast<double>(shape.dims[axis])));
  return dims;
}

}  // namespace jetson_vla::binding
