#pragma once

#include <napi.h>

#include <exception>

#include "js_error.h"

namespace jetson_vla::binding {

/// Work on a thread of the pool whose result or error settles a promise. Deletes itself.
class PromiseWorker : public Napi::AsyncWorker {
 public:
  explicit PromiseWorker(Napi::Env env) : AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Promise promise() const { return deferred_.Promise(); }

 protected:
  /// On the pool's thread; may throw anything.
  virtual void work() = 0;
  /// On JavaScript's thread.
  virtual Napi::Value result(Napi::Env env) = 0;

 private:
  void Execute() final {
    try {
      work();
    } catch (...) {
      // Also what is no std::exception: it would abort the process.
      failure_ = std::current_exception();
    }
  }

  void OnOK() final {
    if (failure_) return deferred_.Reject(to_js_error(Env(), failure_).Value());
    try {
      deferred_.Resolve(result(Env()));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (...) {
      deferred_.Reject(to_js_error(Env(), std::current_exception()).Value());
    }
  }

  Napi::Promise::Deferred deferred_;
  std::exception_ptr failure_;
};

/// Queues a PromiseWorker made from the arguments.
template <typename Worker, typename... Arguments>
Napi::Promise start_worker(Arguments&&... arguments) {
  auto worker = std::make_unique<Worker>(std::forward<Arguments>(arguments)...);
  const Napi::Promise promise = worker->promise();
  worker->Queue();
  // From here on N-API owns it.
  static_cast<void>(worker.release());
  return promise;
}

}  // namespace jetson_vla::binding
