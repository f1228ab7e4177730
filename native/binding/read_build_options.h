#pragma once

#include <napi.h>

#include "../tensorrt/engine_build.h"

namespace jetson_vla::binding {

/// The NativeBuildOptions of lib/native/addon-types.ts. Throws INVALID_ARGUMENT naming the property that is
/// not what that says.
tensorrt::EngineBuildRequest read_build_request(const Napi::Object& options);

}  // namespace jetson_vla::binding
