#include "build_engine.h"

#include <utility>

#include "describe_engine.h"
#include "js_error.h"
#include "read_build_options.h"
#include "read_options.h"

namespace jetson_vla::binding {
namespace {

Napi::Array describe_tensors(Napi::Env env, const tensorrt::EngineDescription& engine) {
  Napi::Array tensors = Napi::Array::New(env, engine.tensors.size());
  std::uint32_t at = 0;
  for (const tensorrt::TensorDescription& tensor : engine.tensors) {
    Napi::Object described = describe_tensor(env, tensor);
    // JavaScript cannot hold such a tensor, but whoever reads about it should know what it is.
    if (tensor.type == tensorrt::ElementType::kOther) described.Set("dtype", tensor.type_name);
    tensors.Set(at++, described);
  }
  return tensors;
}

Napi::Object describe_result(Napi::Env env, const tensorrt::EngineBuildResult& result) {
  Napi::Object described = Napi::Object::New(env);
  described.Set("tensors", describe_tensors(env, result.engine));
  described.Set("timingCache", Napi::Buffer<std::uint8_t>::Copy(env, result.timing_cache.data(),
                                                                result.timing_cache.size()));
  Napi::Array warnings = Napi::Array::New(env, result.warnings.size());
  for (std::uint32_t at = 0; at < result.warnings.size(); ++at) warnings.Set(at, result.warnings[at]);
  described.Set("warnings", warnings);
  return described;
}

Napi::Array describe_progress(Napi::Env env, const std::vector<tensorrt::BuildProgress>& entries) {
  Napi::Array list = Napi::Array::New(env, entries.size());
  std::uint32_t at = 0;
  for (const tensorrt::BuildProgress& entry : entries) {
    Napi::Object described = Napi::Object::New(env);
    described.Set("phase", entry.phase);
    if (!entry.parent.empty()) described.Set("parent", entry.parent);
    described.Set("step", Napi::Number::New(env, entry.step));
    described.Set("steps", Napi::Number::New(env, entry.steps));
    list.Set(at++, described);
  }
  return list;
}

}  // namespace

Build::Build(Napi::Env env) : env_(env), deferred_(Napi::Promise::Deferred::New(env)) {}

Napi::Object Build::start(Napi::Env env, const Napi::Object& options) {
  tensorrt::EngineBuildRequest request = read_build_request(options);
  const Napi::Value on_progress = options.Get("onProgress");
  if (!on_progress.IsFunction()) throw Error(ErrorCode::kInvalidArgument, "onProgress must be a function");
  auto build = std::make_shared<Build>(env);
  auto owner = std::make_unique<std::shared_ptr<Build>>(build);
  build->changed_ = ChangedFunction::New(
      env, on_progress.As<Napi::Function>(), "jetson-vla build", 0, 1, build.get(),
      [](Napi::Env, std::shared_ptr<Build>* last, Build*) {
        const std::unique_ptr<std::shared_ptr<Build>> released(last);
      },
      owner.get());
  static_cast<void>(owner.release());
  // Added after the thread-safe function, so that it runs before that one's own hook takes the function away.
  napi_add_env_cleanup_hook(env, &Build::on_environment_exit, build.get());
  build->attached_ = true;
  try {
    Build* const raw = build.get();
    build->build_ = std::make_unique<tensorrt::EngineBuild>(std::move(request), [raw] {
      // Refused only while the environment ends, when nobody waits for the answer.
      if (!raw->announced_.exchange(true)) raw->changed_.NonBlockingCall();
    });
  } catch (...) {
    build->detach();
    throw;
  }
  return define(env, build);
}

Napi::Object Build::define(Napi::Env env, const std::shared_ptr<Build>& build) {
  Napi::Object object = Napi::Object::New(env);
  const auto add = [&](const char* name, auto&& body) {
    object.Set(name, Napi::Function::New(
                         env,
                         [build, body](const Napi::CallbackInfo& info) -> Napi::Value {
                           return guarded(info.Env(), [&] { return body(*build, info); });
                         },
                         name));
  };
  object.Set("result", build->deferred_.Promise());
  add("takeProgress", [](Build& self, const Napi::CallbackInfo& info) -> Napi::Value {
    return describe_progress(info.Env(), self.build_->take_progress());
  });
  add("cancel", [](Build& self, const Napi::CallbackInfo& info) -> Napi::Value {
    self.build_->cancel();
    return info.Env().Undefined();
  });
  add("publish", [](Build& self, const Napi::CallbackInfo& info) -> Napi::Value {
    if (!info[0].IsObject()) throw Error(ErrorCode::kInvalidArgument, "publish takes an object");
    const auto options = info[0].As<Napi::Object>();
    self.build_->publish(read_string(options, "file"), read_string(options, "passport"));
    return info.Env().Undefined();
  });
  add("stop", [](Build& self, const Napi::CallbackInfo& info) -> Napi::Value {
    self.build_->stop();
    return info.Env().Undefined();
  });
  return object;
}

void Build::on_changed(Napi::Env env, Napi::Function on_progress, Build* build, void*) {
  if (env == nullptr) return;
  build->announced_ = false;
  if (!build->attached_) return;
  // Read before the call: what comes in the meantime is announced anew.
  const bool done = build->build_->is_done();
  on_progress.Call({});
  if (done) build->settle(env);
}

void Build::settle(Napi::Env env) {
  try {
    deferred_.Resolve(describe_result(env, build_->take_result()));
  } catch (const Napi::Error& error) {
    deferred_.Reject(error.Value());
  } catch (...) {
    deferred_.Reject(to_js_error(env, std::current_exception()).Value());
  }
  detach();
}

void Build::on_environment_exit(void* data) {
  auto* const build = static_cast<Build*>(data);
  build->build_->stop();
  build->detach();
}

void Build::detach() noexcept {
  attached_ = false;
  napi_remove_env_cleanup_hook(env_, &Build::on_environment_exit, this);
  changed_.Release();
}

void register_build_engine(Napi::Env env, Napi::Object exports) {
  exports.Set("buildEngine", Napi::Function::New(
                                 env,
                                 [](const Napi::CallbackInfo& info) -> Napi::Value {
                                   return guarded(info.Env(), [&]() -> Napi::Value {
                                     if (!info[0].IsObject())
                                       throw Error(ErrorCode::kInvalidArgument,
                                                   "buildEngine takes an object of options");
                                     return Build::start(info.Env(), info[0].As<Napi::Object>());
                                   });
                                 },
                                 "buildEngine"));
}

}  // namespace jetson_vla::binding
