#pragma once

#include <napi.h>

#include <exception>
#include <memory>
#include <optional>
#include <vector>

#include "../tensorrt/inference_thread.h"
#include "../tensorrt/session.h"

namespace jetson_vla::binding {

/// NativeEngine of lib/native/addon-types.ts: a session, the thread that it runs on, and JavaScript's views
/// on its memory. Lives and dies on the thread of its environment.
class Engine : public Napi::ObjectWrap<Engine> {
 public:
  static Napi::Function define(Napi::Env env);

  /// Only load() makes engines: the argument is an External of a std::unique_ptr<Session>.
  explicit Engine(const Napi::CallbackInfo& info);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

 private:
  static void on_environment_exit(void* engine);
  static void on_done(Napi::Env env, Napi::Function, Engine* engine, void*);
  using DoneFunction = Napi::TypedThreadSafeFunction<Engine, void, &Engine::on_done>;

  Napi::Value info(const Napi::CallbackInfo& info);
  Napi::Value buffer(const Napi::CallbackInfo& info);
  void set_input_shape(const Napi::CallbackInfo& info);
  Napi::Value shapes(const Napi::CallbackInfo& info);
  Napi::Value execute(const Napi::CallbackInfo& info);
  Napi::Value infer(const Napi::CallbackInfo& info);
  Napi::Value inspect(const Napi::CallbackInfo& info);
  Napi::Value take_warnings(const Napi::CallbackInfo& info);
  Napi::Value dispose(const Napi::CallbackInfo& info);
  void stop(const Napi::CallbackInfo& info);

  /// Throws DISPOSED, and QUEUE_FULL while an inference runs.
  tensorrt::Session& idle_session() const;
  tensorrt::IoTensor& tensor_at(const Napi::Value& index) const;
  void run_on_thread() noexcept;
  /// Waits for the inference that runs; afterwards the engine counts as disposed.
  std::unique_ptr<tensorrt::Session> take_session() noexcept;

  std::unique_ptr<tensorrt::Session> session_;
  std::unique_ptr<tensorrt::InferenceThread> thread_;
  DoneFunction done_;
  std::vector<Napi::Reference<Napi::ArrayBuffer>> buffers_;

  /// Of the inference that runs: written by its thread, read by on_done().
  std::exception_ptr failure_;
  double milliseconds_ = 0;
  std::optional<Napi::Promise::Deferred> deferred_;
};

void register_engine(Napi::Env env, Napi::Object exports);

}  // namespace jetson_vla::binding
