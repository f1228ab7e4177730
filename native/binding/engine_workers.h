#pragma once

#include <napi.h>

#include <memory>

#include "../tensorrt/session.h"

namespace jetson_vla::binding {

/// `Engine.load(options)`: a promise of an Engine, read on a thread of the pool because it can take seconds.
Napi::Value load_engine(const Napi::CallbackInfo& info);

/// A promise that is fulfilled once everything is freed, on a thread of the pool because it can take a while.
Napi::Promise dispose_session(Napi::Env env, std::unique_ptr<tensorrt::Session> session);

}  // namespace jetson_vla::binding
