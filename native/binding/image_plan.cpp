#include "image_plan.h"

#include <string>

#include "../error.h"
#include "js_error.h"
#include "read_image_plan.h"

namespace jetson_vla::binding {
namespace {

/// A typed array without node-addon-api's checks of its own, which would end in another kind of error.
struct View {
  void* data;
  std::size_t length;
};

View view(const Napi::Value& value, napi_typedarray_type expected, const char* what) {
  if (value.IsTypedArray()) {
    napi_typedarray_type type;
    View view{};
    const napi_status status =
        napi_get_typedarray_info(value.Env(), value, &type, &view.length, &view.data, nullptr, nullptr);
    if (status == napi_ok && type == expected) return view;
  }
  throw Error(ErrorCode::kInvalidArgument, std::string(what) + " must be a typed array of the plan's type");
}

napi_typedarray_type array_type(image::Element element) {
  switch (element) {
    case image::Element::kFloat32:
      return napi_float32_array;
    case image::Element::kFloat16:
      return napi_uint16_array;
    case image::Element::kUint8:
      return napi_uint8_array;
  }
  return napi_uint8_array;
}

}  // namespace

Napi::Function ImagePlan::define(Napi::Env env) {
  return DefineClass(env, "ImagePlan", {InstanceMethod("write", &ImagePlan::write)});
}

ImagePlan::ImagePlan(const Napi::CallbackInfo& info) : Napi::ObjectWrap<ImagePlan>(info) {
  executor_ =
      guarded(info.Env(), [&info] { return std::make_unique<image::Executor>(read_image_plan(info[0])); });
}

void ImagePlan::write(const Napi::CallbackInfo& info) {
  guarded(info.Env(), [this, &info] {
    const View frame = view(info[0], napi_uint8_array, "the frame");
    const View tensor = view(info[1], array_type(executor_->output().element), "the tensor");
    const std::size_t needed = image::element_count(executor_->output());
    if (tensor.length != needed)
      throw Error(ErrorCode::kInvalidArgument, "the tensor must have " + std::to_string(needed) +
                                                   " elements, got " + std::to_string(tensor.length));
    executor_->write({static_cast<const std::uint8_t*>(frame.data), frame.length}, tensor.data);
  });
}

void register_image_plan(Napi::Env env, Napi::Object exports) {
  exports.Set("ImagePlan", ImagePlan::define(env));
}

}  // namespace jetson_vla::binding
