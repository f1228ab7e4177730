#pragma once

#include <napi.h>

#include "../image/plan.h"

namespace jetson_vla::binding {

/// The NativeImagePlanDescription of lib/native/addon-types.ts. Throws Error kInvalidArgument naming the
/// property that is of another type; whether the numbers make sense is for image::check_plan.
image::Plan read_image_plan(const Napi::Value& value);

}  // namespace jetson_vla::binding
