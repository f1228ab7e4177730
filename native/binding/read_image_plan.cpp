#include "read_image_plan.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "../error.h"

namespace jetson_vla::binding {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991;

[[noreturn]] void wrong(const char* property, const char* expected) {
  throw Error(ErrorCode::kInvalidArgument,
              std::string("property ") + property + " of an image plan must be " + expected);
}

Napi::Object object_at(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  if (!value.IsObject()) wrong(property, "an object");
  return value.As<Napi::Object>();
}

double number(const Napi::Value& value, const char* property) {
  if (!value.IsNumber()) wrong(property, "a number");
  return value.As<Napi::Number>().DoubleValue();
}

std::int64_t whole(const Napi::Value& value, const char* property) {
  const double given = number(value, property);
  if (given != std::trunc(given) || std::abs(given) > kMaxSafeInteger) wrong(property, "a whole number");
  return static_cast<std::int64_t>(given);
}

std::int64_t whole_at(const Napi::Object& object, const char* property) {
  return whole(object.Get(property), property);
}

bool flag_at(const Napi::Object& object, const char* property) {
  const Napi::Value value = object.Get(property);
  if (!value.IsBoolean()) wrong(property, "true or false");
  return value.As<Napi::Boolean>();
}

template <typename Enumerator, std::size_t kCount>
Enumerator name_at(const Napi::Object& object, const char* property,
                   const std::pair<const char*, Enumerator> (&names)[kCount]) {
  const Napi::Value value = object.Get(property);
  if (value.IsString()) {
    const std::string given = value.As<Napi::String>();
    for (const auto& [name, enumerator] : names)
      if (given == name) return enumerator;
  }
  wrong(property, "one of the names that it can have");
}

/// Three values, one per channel.
template <typename Read>
auto channels_at(const Napi::Object& object, const char* property, Read read) {
  const Napi::Value value = object.Get(property);
  if (!value.IsArray() || value.As<Napi::Array>().Length() != 3) wrong(property, "an array of three");
  const auto array = value.As<Napi::Array>();
  return std::array{read(array.Get(0U), property), read(array.Get(1U), property),
                    read(array.Get(2U), property)};
}

template <typename Element>
std::vector<Element> elements(const Napi::Value& value, napi_typedarray_type type, const char* property) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type)
    wrong(property, "a typed array of its type");
  const auto array = value.As<Napi::TypedArrayOf<Element>>();
  const Element* const data = array.Data();
  return std::vector<Element>(data, data + array.ElementLength());
}

std::array<std::uint32_t, 256> table(const Napi::Value& value, const char* property) {
  // Bit patterns of all widths.
  const auto values = elements<std::uint32_t>(value, napi_uint32_array, property);
  std::array<std::uint32_t, 256> table{};
  if (values.size() != table.size()) wrong(property, "256 bit patterns per channel");
  std::copy(values.begin(), values.end(), table.begin());
  return table;
}

std::uint32_t bits(const Napi::Value& value, const char* property) {
  const std::int64_t given = whole(value, property);
  if (given < 0 || given > UINT32_MAX) wrong(property, "a bit pattern of 32 bits");
  return static_cast<std::uint32_t>(given);
}

image::FrameGeometry read_frame(const Napi::Object& frame) {
  image::FrameGeometry geometry;
  geometry.coding = name_at<image::Coding>(frame, "coding",
                                           {{"packed", image::Coding::kPacked},
                                            {"yuv422", image::Coding::kUyvy},
                                            {"yuv422_yuy2", image::Coding::kYuyv}});
  geometry.width = whole_at(frame, "width");
  geometry.height = whole_at(frame, "height");
  geometry.step = whole_at(frame, "step");
  geometry.bytes = whole_at(frame, "bytes");
  return geometry;
}

image::PixelGrid read_grid(const Napi::Object& object) {
  image::PixelGrid grid;
  grid.width = whole_at(object, "width");
  grid.height = whole_at(object, "height");
  grid.origin = whole_at(object, "origin");
  grid.stride_x = whole_at(object, "strideX");
  grid.stride_y = whole_at(object, "strideY");
  grid.channels = channels_at(object, "channels", whole);
  return grid;
}

image::Resize read_resize(const Napi::Object& object) {
  image::Resize resize;
  resize.vertical = name_at<image::Vertical>(object, "vertical",
                                             {{"lerp", image::Vertical::kLerp},
                                              {"sum", image::Vertical::kSum},
                                              {"byte-sum", image::Vertical::kByteSum}});
  resize.weight_bits = static_cast<int>(std::clamp<std::int64_t>(whole_at(object, "weightBits"), 0, 32));
  const Napi::Object x = object_at(object, "x");
  resize.x.taps = whole_at(x, "taps");
  resize.x.first = elements<std::int32_t>(x.Get("first"), napi_int32_array, "x.first");
  resize.x.weight = elements<std::int32_t>(x.Get("weight"), napi_int32_array, "x.weight");
  const Napi::Object y = object_at(object, "y");
  resize.y.taps = whole_at(y, "taps");
  resize.y.index = elements<std::int32_t>(y.Get("index"), napi_int32_array, "y.index");
  resize.y.weight = elements<double>(y.Get("weight"), napi_float64_array, "y.weight");
  return resize;
}

image::Output read_output(const Napi::Object& object) {
  image::Output output;
  output.element = name_at<image::Element>(object, "dtype",
                                           {{"float32", image::Element::kFloat32},
                                            {"float16", image::Element::kFloat16},
                                            {"uint8", image::Element::kUint8}});
  output.planar = flag_at(object, "planar");
  output.width = whole_at(object, "width");
  output.height = whole_at(object, "height");
  output.image_width = whole_at(object, "imageWidth");
  output.image_height = whole_at(object, "imageHeight");
  output.left = whole_at(object, "left");
  output.top = whole_at(object, "top");
  output.table = channels_at(object, "tables", table);
  output.factor = channels_at(object, "factor", number);
  output.padding = channels_at(object, "padding", bits);
  return output;
}

}  // namespace

image::Plan read_image_plan(const Napi::Value& value) {
  if (!value.IsObject()) wrong("plan", "an object");
  const auto object = value.As<Napi::Object>();
  image::Plan plan;
  plan.frame = read_frame(object_at(object, "frame"));
  plan.grid = read_grid(object_at(object, "grid"));
  plan.resized = !object.Get("resize").IsUndefined();
  if (plan.resized) plan.resize = read_resize(object_at(object, "resize"));
  plan.output = read_output(object_at(object, "output"));
  return plan;
}

}  // namespace jetson_vla::binding
