#pragma once

#include <napi.h>

namespace jetson_vla::binding {

/// `openTensorRT` of lib/native/addon-types.ts.
void register_tensorrt(Napi::Env env, Napi::Object exports);

}  // namespace jetson_vla::binding
