#include <napi.h>

#include "binding/build_engine.h"
#include "binding/engine.h"
#include "binding/image_plan.h"
#include "binding/tensorrt.h"

namespace {

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("version", Napi::String::New(env, JETSON_VLA_VERSION));
  jetson_vla::binding::register_tensorrt(env, exports);
  jetson_vla::binding::register_engine(env, exports);
  jetson_vla::binding::register_build_engine(env, exports);
  jetson_vla::binding::register_image_plan(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(NODE_GYP_MODULE_NAME, initialise)
