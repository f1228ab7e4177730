#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "../tensorrt/session.h"

namespace jetson_vla::binding {

/// `Engine.load(options)`: a promise of an Engine, read on a thread of the pool because it can take seconds.
Napi::Value load_engine(const Napi::CallbackInfo& info);

/// A promise that is fulfilled once everything is freed, on a thread of the pool because it can take a while.
/// `unseen` are tensors of the session whose views are detached; the views of others outlive it.
Napi::Promise dispose_session(Napi::Env env, std::unique_ptr<tensorrt::Session> session,
                              std::vector<tensorrt::IoTensor*> unseen);

}  // namespace jetson_vla::binding
