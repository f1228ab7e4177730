#pragma once

#include <napi.h>

#include <atomic>
#include <memory>

#include "../tensorrt/engine_build.h"

namespace jetson_vla::binding {

/// NativeBuild of lib/native/addon-types.ts: a build, and the way from its threads to JavaScript's. Shared by
/// the functions that JavaScript has and the thread-safe function, and safe whichever of them goes last.
class Build {
 public:
  /// A promise, and functions on it, for `options` as JavaScript gave them.
  static Napi::Object start(Napi::Env env, const Napi::Object& options);

  explicit Build(Napi::Env env);
  Build(const Build&) = delete;
  Build& operator=(const Build&) = delete;

 private:
  static void on_environment_exit(void* build);
  static void on_changed(Napi::Env env, Napi::Function on_progress, Build* build, void*);
  using ChangedFunction = Napi::TypedThreadSafeFunction<Build, void, &Build::on_changed>;

  static Napi::Object define(Napi::Env env, const std::shared_ptr<Build>& build);
  void settle(Napi::Env env);
  /// Lets go of the environment. No thread of the build may run any more.
  void detach() noexcept;

  const napi_env env_;
  Napi::Promise::Deferred deferred_;
  ChangedFunction changed_;
  bool attached_ = false;
  /// Whether a call of on_changed is under way, so that a busy JavaScript thread finds one, not thousands.
  std::atomic<bool> announced_{false};
  std::unique_ptr<tensorrt::EngineBuild> build_;
};

/// `buildEngine` of lib/native/addon-types.ts.
void register_build_engine(Napi::Env env, Napi::Object exports);

}  // namespace jetson_vla::binding
