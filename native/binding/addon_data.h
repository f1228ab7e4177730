#pragma once

#include <napi.h>

namespace jetson_vla::binding {

/// What belongs to one JavaScript environment: every worker thread loads the addon anew.
struct AddonData {
  Napi::FunctionReference engine_constructor;
};

}  // namespace jetson_vla::binding
