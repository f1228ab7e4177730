#include "engine.h"

#include <chrono>
#include <string>
#include <utility>

#include "../error.h"
#include "../tensorrt/element_size.h"
#include "addon_data.h"
#include "describe_engine.h"
#include "engine_workers.h"
#include "js_error.h"
#include "read_options.h"

namespace jetson_vla::binding {
namespace {

using tensorrt::IoTensor;
using tensorrt::Session;
using tensorrt::ViewMemory;

/// Milliseconds that `work` takes.
template <typename Work>
double timed(Work&& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

}  // namespace

Napi::Function Engine::define(Napi::Env env) {
  return DefineClass(env, "Engine",
                     {
                         StaticMethod("load", &load_engine),
                         InstanceMethod("info", &Engine::info),
                         InstanceMethod("buffer", &Engine::buffer),
                         InstanceMethod("setInputShape", &Engine::set_input_shape),
                         InstanceMethod("shapes", &Engine::shapes),
                         InstanceMethod("execute", &Engine::execute),
                         InstanceMethod("infer", &Engine::infer),
                         InstanceMethod("inspect", &Engine::inspect),
                         InstanceMethod("takeWarnings", &Engine::take_warnings),
                         InstanceMethod("dispose", &Engine::dispose),
                         InstanceMethod("stop", &Engine::stop),
                     });
}

Engine::Engine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Engine>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsExternal())
    throw to_js_error(env, Error(ErrorCode::kInvalidArgument, "engines are made by Engine.load"));
  session_ = std::move(*info[0].As<Napi::External<std::unique_ptr<Session>>>().Data());
  buffers_.resize(session_->tensors().size());
  thread_ = guarded(
      env, [this] { return std::make_unique<tensorrt::InferenceThread>([this] { run_on_thread(); }); });
  done_ = DoneFunction::New(env, "jetson-vla inference", 0, 1, this);
  // An idle engine must not keep the process alive.
  done_.Unref(env);
  // Added after the thread-safe function, so that it runs before that one's own hook takes the function away.
  napi_add_env_cleanup_hook(env, &Engine::on_environment_exit, this);
}

Engine::~Engine() {
  napi_remove_env_cleanup_hook(Env(), &Engine::on_environment_exit, this);
  take_session();
}

void Engine::on_environment_exit(void* engine) {
  static_cast<Engine*>(engine)->take_session();
}

std::unique_ptr<Session> Engine::take_session() noexcept {
  if (!session_) return nullptr;
  // It ends its work with a call of done_.
  thread_.reset();
  done_.Release();
  return std::move(session_);
}

Session& Engine::idle_session() const {
  if (!session_) throw Error(ErrorCode::kDisposed, "the engine was disposed", "Load it again.");
  if (deferred_)
    throw Error(ErrorCode::kQueueFull, "an inference is running, and its memory is in use until it is done",
                "Wait for its promise first.");
  return *session_;
}

IoTensor& Engine::tensor_at(const Napi::Value& index) const {
  const auto& tensors = idle_session().tensors();
  const std::int64_t at = index.IsNumber() ? index.As<Napi::Number>().Int64Value() : -1;
  if (at < 0 || at >= static_cast<std::int64_t>(tensors.size()))
    throw Error(ErrorCode::kInvalidArgument, "there is no tensor of this index");
  return *tensors[static_cast<std::size_t>(at)];
}

Napi::Value Engine::info(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] { return describe_engine(info.Env(), idle_session()); });
}

Napi::Value Engine::buffer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const std::shared_ptr<ViewMemory>& memory = tensor_at(info[0]).view();
    Napi::Reference<Napi::ArrayBuffer>& reference = buffers_[info[0].As<Napi::Number>().Uint32Value()];
    if (!reference.IsEmpty()) return reference.Value();
    auto keep_alive = std::make_unique<std::shared_ptr<ViewMemory>>(memory);
    Napi::ArrayBuffer view = Napi::ArrayBuffer::New(
        env, memory->data(), memory->size(),
        [](Napi::Env, void*, std::shared_ptr<ViewMemory>* owner) {
          const std::unique_ptr<std::shared_ptr<ViewMemory>> last(owner);
        },
        keep_alive.get());
    static_cast<void>(keep_alive.release());
    reference = Napi::Persistent(view);
    return view;
  });
}

void Engine::set_input_shape(const Napi::CallbackInfo& info) {
  guarded(info.Env(),
          [&] { idle_session().set_input_shape(tensor_at(info[0]), read_shape(info[1], "shape")); });
}

Napi::Value Engine::shapes(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    Session& session = idle_session();
    session.infer_shapes();
    Napi::Array shapes = Napi::Array::New(env, session.tensors().size());
    std::uint32_t at = 0;
    for (const std::unique_ptr<IoTensor>& tensor : session.tensors())
      shapes.Set(at++, to_js(env, tensor->shape()));
    return shapes;
  });
}

Napi::Value Engine::execute(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    Session& session = idle_session();
    return Napi::Number::New(info.Env(), timed([&] { session.execute(); }));
  });
}

Napi::Value Engine::infer(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    idle_session();
    deferred_.emplace(Napi::Promise::Deferred::New(env));
    // Until it is done neither the collector may take this object nor the process end for want of work.
    Ref();
    done_.Ref(env);
    thread_->start();
    return deferred_->Promise();
  });
}

void Engine::run_on_thread() noexcept {
  failure_ = nullptr;
  try {
    milliseconds_ = timed([this] { session_->enqueue(); });
  } catch (...) {
    failure_ = std::current_exception();
  }
  // Refused only while the environment ends, when nobody waits for the answer.
  done_.NonBlockingCall();
}

void Engine::on_done(Napi::Env env, Napi::Function, Engine* engine, void*) {
  if (env == nullptr) return;
  const Napi::Promise::Deferred deferred = *std::exchange(engine->deferred_, std::nullopt);
  const std::exception_ptr failure = std::exchange(engine->failure_, nullptr);
  const double milliseconds = engine->milliseconds_;
  // First, because a thread that is being terminated refuses to settle a promise.
  engine->done_.Unref(env);
  engine->Unref();
  if (failure)
    deferred.Reject(to_js_error(env, failure).Value());
  else
    deferred.Resolve(Napi::Number::New(env, milliseconds));
}

Napi::Value Engine::inspect(const Napi::CallbackInfo& info) {
  return guarded(info.Env(),
                 [&]() -> Napi::Value { return Napi::String::New(info.Env(), idle_session().inspect()); });
}

Napi::Value Engine::take_warnings(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const std::vector<std::string> warnings = idle_session().take_warnings();
    Napi::Array list = Napi::Array::New(env, warnings.size());
    for (std::uint32_t at = 0; at < warnings.size(); ++at) list.Set(at, Napi::String::New(env, warnings[at]));
    return list;
  });
}

Napi::Value Engine::dispose(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    Session& session = idle_session();
    std::vector<IoTensor*> unseen;
    // Before the memory goes: JavaScript must find empty views, not freed memory.
    for (std::size_t at = 0; at < buffers_.size(); ++at) {
      if (buffers_[at].IsEmpty()) continue;
      Napi::ArrayBuffer view = buffers_[at].Value();
      // Detached already: ArrayBuffer.transfer() has moved the memory to a buffer that is not known here, and
      // it has to stay for as long as that one lives.
      if (!view.IsDetached()) {
        view.Detach();
        unseen.push_back(session.tensors()[at].get());
      }
      buffers_[at].Reset();
    }
    return dispose_session(env, take_session(), std::move(unseen));
  });
}

void Engine::stop(const Napi::CallbackInfo&) {
  take_session();
}

void register_engine(Napi::Env env, Napi::Object exports) {
  auto data = std::make_unique<AddonData>();
  const Napi::Function constructor = Engine::define(env);
  data->engine_constructor = Napi::Persistent(constructor);
  env.SetInstanceData(data.release());
  exports.Set("Engine", constructor);
}

}  // namespace jetson_vla::binding
