#pragma once

#include <napi.h>

#include "../tensorrt/session.h"

namespace jetson_vla::binding {

/// The NativeBuiltTensor of lib/native/addon-types.ts.
Napi::Object describe_tensor(Napi::Env env, const tensorrt::TensorDescription& tensor);

/// The NativeEngineInfo of lib/native/addon-types.ts.
Napi::Object describe_engine(Napi::Env env, const tensorrt::Session& session);

}  // namespace jetson_vla::binding
